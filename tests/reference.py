"""The parts of the documentation that are written by the code itself.

python tests/reference.py    renew docs/commands.md and docs/plugins.md
"""

from importlib import import_module
from pathlib import Path

import click

import logminer
from logminer.cli._app import cli
from logminer.core.registry import Registry

ROOT = Path(__file__).parent.parent
PACKAGE = Path(logminer.__file__).parent
WIDTH = 90


def registries():
    """Every registry of the package, by the name of its folder."""
    rooms = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
    found = {room: vars(import_module(f"logminer.{room}")).values() for room in rooms}
    return {
        room: next(value for value in values if isinstance(value, Registry))
        for room, values in found.items()
        if any(isinstance(value, Registry) for value in values)
    }


def commands(group=cli, name="logminer"):
    """Every command and subcommand, by what one types."""
    context = click.Context(group, info_name=name)
    found = {}
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        found[f"{name} {word}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{name} {word}")
    return found


def help_text(name):
    """What ``--help`` prints, at a fixed width."""
    context = None
    for word in name.split():
        command = context.command.get_command(context, word) if context else cli
        settings = command.context_settings | {"terminal_width": WIDTH, "max_content_width": WIDTH}
        context = click.Context(command, parent=context, info_name=word, **settings)
        command._help_option = None  # click keeps the one it made in whichever context came first
    return "\n".join(line.rstrip() for line in context.get_help().splitlines())


def command_page():
    """All of ``--help`` as one page."""
    parts = ["# Commands", "Written by `make docs` from the commands themselves."]
    for name in ["logminer", *commands()]:
        parts += [f"## `{name}`", f"```text\n{help_text(name)}\n```"]
    return "\n\n".join(parts) + "\n"


def plugin_page():
    """One table a registry: names and first lines of docstrings."""
    parts = ["# Plug-ins", "Written by `make docs` from the plug-ins themselves."]
    for room, registry in registries().items():
        rows = [f"| `{name}` | {registry.summary(name)} |" for name in registry.names()]
        table = "\n".join([f"| {registry.noun} | |", "|---|---|", *rows])
        parts += [f"## {room.capitalize()}", table]
    return "\n\n".join(parts) + "\n"


PAGES = {"docs/commands.md": command_page, "docs/plugins.md": plugin_page}

if __name__ == "__main__":
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), encoding="utf-8")
