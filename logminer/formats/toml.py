"""TOML documents: configs, and now and then results."""

import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.toml_text import MAX_BYTES, load_toml
from logminer.formats._encoding import is_binary, text_of
from logminer.formats._last_line import is_growing, unfinished
from logminer.formats._peers import are_open
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
_EMPTY = re.compile(r"""=\s*(?:""|'')$""")  # or the beginning of a text of several lines
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
    whole = _whole(text, probe.path)
    if text.strip() and not whole.strip():
        raise ValueError("no TOML entry of it is whole: its only line has no end")
    # A table without an entry says nothing, unless they were cut off.
    log = read_config(load_toml(_HEADERS_AT_END.sub("", whole)), probe.root, probe.path)
    if whole != text:
        log.problems.append(unfinished(probe.path))
    log.offset = probe.size
    return log


def _whole(text: str, path: str) -> str:
    """A text without its last line where that has no end and its value may go on: ``lr = 0.00`` of ``0.001``."""
    above = text[: text.rfind("\n") + 1]
    last = text[len(above) :].strip()
    if not last or last[0] == "#" or _shows_end(last):
        return text
    return text if not is_growing(path) and are_open(path) else above


def _shows_end(line: str) -> bool:
    """Whether a line's form shows that nothing of its value is missing: a sign that closes, a truth, a comment behind."""
    if (line[-1] in _CLOSING and not _EMPTY.search(line)) or _TRUTH.search(line):
        return True
    entry, mark, _ = line.partition("#")
    return bool(mark and entry) and _is_toml(entry)


def _is_toml(line: str) -> bool:
    try:
        return bool(load_toml(line))
    except ValueError:
        return False
