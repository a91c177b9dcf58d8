"""The command line: one file a command, thin: parse, call a workflow, print."""

from logminer.cli._app import main

__all__ = ["main"]
