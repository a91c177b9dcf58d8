"""Jupyter notebooks: what their cells printed, read like any printed log. Nothing is run.

Settings are what cells printed, and literals that they assign to known names (``learning_rate = 1e-3``).
"""

import html
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import load_json
from logminer.formats.printed.lines import split_lines
from logminer.formats.printed.meaning import is_setting
from logminer.formats.printed.python_text import read_constants
from logminer.formats.printed.reader import Reader
from logminer.formats.printed.runs import parsed_log

NAMES = ("*.ipynb",)

_MOST_BYTES = 200_000_000
_ROW = re.compile(r"<tr\b[^>]{0,400}>(.{0,20000}?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]{0,400}>(.{0,2000}?)</t[hd]>", re.DOTALL)
_TAG = re.compile(r"<[^>]{0,400}>")


def sniff(probe: Probe) -> Match:
    """A notebook whose cells printed a training or its result; another one holds nothing of use."""
    if probe.head.lstrip()[:1] != b"{" or not re.search(
        rb'"(?:cells|nbformat|metadata)"', probe.head
    ):
        return Match.NO
    try:
        reader = _reader(probe)
    except ValueError:
        return Match.NO
    return Match.EXACT if reader.course.positions >= 2 or reader.results else Match.PARTS


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read what the cells of a notebook printed.

    Raises:
        ValueError: no notebook, or far too large.
    """
    reader = _reader(probe)
    log = parsed_log(reader, os.path.splitext(probe.path)[0], probe.path, unplaced=True)
    if (error := _last_error(_cells(probe))) is not None:
        stopped = error.startswith("KeyboardInterrupt")
        log.runs[-1].status, log.runs[-1].reason = ("preempted" if stopped else "failed"), error
    log.offset = probe.size
    return log


def _reader(probe: Probe) -> Reader:
    reader = Reader()
    for cell in _cells(probe):
        reader.announce(_assigned(_text(cell.get("source"))))
        text = "".join(_printed(cell))
        for line in split_lines(text):
            reader.take(line)
    reader.close()
    return reader


def _cells(probe: Probe) -> list[Mapping[str, Any]]:
    """Cells with code, in the order in which they were run."""
    if probe.size > _MOST_BYTES:
        raise ValueError(f"a notebook of more than {_MOST_BYTES // 1_000_000} MB is not read")
    book = load_json(probe.read_bytes())
    cells = book.get("cells") if isinstance(book, Mapping) else None
    if not isinstance(cells, list):
        raise ValueError("no notebook: it holds no cells")  # noqa: TRY004
    code = [c for c in cells if isinstance(c, Mapping) and isinstance(c.get("outputs"), list)]
    counts = [cell.get("execution_count") for cell in code]
    if all(isinstance(count, int) for count in counts):
        code.sort(key=lambda cell: int(cell["execution_count"]))
    return code


def _printed(cell: Mapping[str, Any]) -> Iterator[str]:
    """Texts that a cell put out, and its tables as lines of columns."""
    for output in cell["outputs"]:
        if not isinstance(output, Mapping):
            continue
        data = output.get("data")
        data = data if isinstance(data, Mapping) else {}
        if "text" in output:
            yield _text(output["text"]) + "\n"
        elif "text/html" in data and "<tr" in (page := _text(data["text/html"])):
            yield "".join(_table_lines(page))
        elif "text/plain" in data:
            yield _text(data["text/plain"]) + "\n"


def _table_lines(page: str) -> Iterator[str]:
    for row in _ROW.findall(page[:2_000_000]):
        cells = [html.unescape(_TAG.sub("", cell)) for cell in _CELL.findall(row)]
        yield "\t".join("_".join(cell.split()) for cell in cells) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _assigned(source: str) -> dict[str, Any]:
    """Literals that a cell assigns to names of settings; its magics and shell commands are passed over."""
    lines = ["" if line.lstrip()[:1] in {"%", "!", "?"} else line for line in source.splitlines()]
    try:
        found = read_constants("\n".join(lines))
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if is_setting(name)}


def _last_error(cells: list[Mapping[str, Any]]) -> str | None:
    """The exception that the last cell with any output ended in."""
    last = next((cell["outputs"][-1] for cell in reversed(cells) if cell["outputs"]), None)
    if not isinstance(last, Mapping) or last.get("output_type") != "error":
        return None
    return f"{_text(last.get('ename'))}: {_text(last.get('evalue'))}"[:300]
