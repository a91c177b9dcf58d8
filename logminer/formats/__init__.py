"""One file per log format: the file name is the format's name.

A format says whether a file is its own (``sniff``) and turns it into columns (``read``); it knows
nothing of the store. ``docs/add-a-format.md`` walks through writing one.
"""

from logminer.core.registry import Registry
from logminer.formats._probe import Match, Probe
from logminer.formats._protocol import LogFormat

FORMATS = Registry("logminer.formats", "format")

__all__ = ["FORMATS", "LogFormat", "Match", "Probe"]
