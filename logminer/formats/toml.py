"""TOML documents: configs, and now and then results."""

import tomllib

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_config

NAMES = ("*.toml",)

_OTHERS = (
    "pyproject.toml",
    "cargo.toml",
    "poetry.lock",
    "netlify.toml",
    "logminer.toml",
    "ruff.toml",
    "uv.toml",
)


def sniff(probe: Probe) -> Match:
    """Any text named TOML that is not another tool's own file."""
    if b"\0" in probe.head:
        return Match.NO
    return Match.PARTS if probe.name.lower() in _OTHERS else Match.GENERIC


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read a document.

    Raises:
        ValueError: not TOML, or neither parameters nor measurements in it.
    """
    data = probe.read_bytes()
    try:
        loaded = tomllib.loads(data.decode("utf-8-sig", errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"not TOML: {str(error) or 'nested too deeply'}") from None
    log = read_config(loaded, probe.root, probe.path)
    log.offset = len(data)
    return log
