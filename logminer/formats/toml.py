"""TOML documents: configs, and now and then results."""

import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.toml_text import MAX_BYTES, load_toml
from logminer.formats._encoding import is_binary, text_of
from logminer.formats._last_line import unfinished
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
_CLOSING = "]}\"'"
_HEADERS_AT_END = re.compile(r"(?:^[ \t]*\[[^\n]*\][ \t]*\n?)+\Z", re.MULTILINE)
_TRUTH = re.compile(r"=\s*(?:true|false)$")


def sniff(probe: Probe) -> Match:
    """Any text named TOML that is not another tool's own file."""
    if is_binary(probe.head):
        return Match.NO
    return Match.PARTS if probe.name.lower() in _OTHERS else Match.GENERIC


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read a document.

    Raises:
        ValueError: not TOML, or neither parameters nor measurements in it.
    """
    if probe.size > MAX_BYTES:
        raise ValueError(f"TOML of more than {MAX_BYTES // 1_000_000} MB is not read")
    text = text_of(probe.read_bytes()).decode("utf-8", errors="replace").replace("\r", "\n")
    whole = _whole(text)
    if text.strip() and not whole.strip():
        raise ValueError("no TOML entry of it is whole: its only line has no end")
    # A table without an entry says nothing, unless they were cut off.
    log = read_config(load_toml(_HEADERS_AT_END.sub("", whole)), probe.root, probe.path)
    if whole != text:
        log.problems.append(unfinished(probe.path))
    log.offset = probe.size
    return log


def _whole(text: str) -> str:
    """A text without its last line where that has no end and its value may go on: ``lr = 0.00`` of ``0.001``."""
    last = text[text.rfind("\n") + 1 :].strip()
    if not last or last[0] == "#" or last[-1] in _CLOSING or _TRUTH.search(last):
        return text
    return text[: text.rfind("\n") + 1]
