"""Bytes of a table as plain rows: UTF-8, line feeds, decimal points, no comments, no drawn rules."""

import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from logminer.formats.tables.quotes import mend_quotes

if TYPE_CHECKING:
    from logminer.formats.tables.layout import Layout

_COMMENTS = re.compile(rb"(?m)^[ \t]*#.*$\n?")
_ENDS = re.compile(rb"(?m)^[ \t]*\||\|[ \t\r]*$")
_COMMA = re.compile(
    rb'(?m)(^|[;\t"])([ ]*[+-]?[0-9.]*),([0-9]+(?:[eE][+-]?[0-9]+)?[ ]?%?[ ]*)(?=["\r;\t]|$)'
)


def is_rule(text: str) -> bool:
    """Whether a line is only drawn: ``|---|---|``, ``+====+``."""
    return _is_rule(text.replace("\u2013", "-").replace("\u2014", "-").encode("utf-8", "replace"))


def _is_rule(line: bytes) -> bool:
    return not line.strip(b" \t\r|+:=-") and (b"--" in line or b"==" in line)


def split_line(text: str, delimiter: str, *, piped: bool = False) -> list[str]:
    """Cells of one line.

    Raises:
        ValueError: it cannot be read as a row.
    """
    if delimiter == " ":
        return text.split()
    if piped:
        text = text.strip().removeprefix("|").removesuffix("|")
    if '"' not in text:
        return [cell.lstrip(" ") for cell in text.split(delimiter)]
    if text.count('"') % 2:
        text = mend_quotes(text.encode("utf-8", "replace"), delimiter, 0, more=False)[0].decode()
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"no table that can be read: {error}") from None


def is_piped(texts: Sequence[str]) -> bool:
    """Whether most lines begin and end with a bar."""
    drawn = [text.strip() for text in texts]
    bars = sum(t.startswith("|") and t.endswith("|") and t.count("|") > 2 for t in drawn)
    return bars >= 2 and bars * 10 >= len(drawn) * 8


def plain_rows(data: bytes, layout: "Layout") -> bytes:
    """Whole lines as the parser likes them; mostly they are so already and come back as they are."""
    return plain(decoded(data, layout), layout)


def decoded(data: bytes, layout: "Layout") -> bytes:
    """Lines as UTF-8 with line feeds."""
    if layout.is_wide:
        data = data.decode(layout.encoding, "replace").encode("utf-8", "replace")
    return data.replace(b"\r", b"\n") if layout.newline == "\r" else data


def plain(data: bytes, layout: "Layout") -> bytes:
    """Decoded lines without what the layout says that stands between their cells."""
    if layout.comments:
        data = _COMMENTS.sub(b"", data)
    if layout.delimiter in " |" and (b"--" in data or b"==" in data):
        data = b"\n".join(line for line in data.split(b"\n") if not _is_rule(line))
    if layout.piped:
        data = _ENDS.sub(b"", data)
    if layout.comma:
        data = _COMMA.sub(_with_point, _COMMA.sub(_with_point, data))
    if layout.ragged:
        data = _joined(data, layout)
    return data


def _with_point(match: re.Match[bytes]) -> bytes:
    """A number with its decimal comma as a point, and without points between thousands."""
    return match[1] + match[2].replace(b".", b"") + b"." + match[3]


def _joined(data: bytes, layout: "Layout") -> bytes:
    """Rows whose cells beyond the last column belong to it."""
    width, out = len(layout.names), io.StringIO()
    writer = csv.writer(out, delimiter=layout.delimiter, lineterminator="\n")
    for line in data.decode("utf-8", "replace").split("\n"):
        if line.strip():
            cells = split_line(line, layout.delimiter)
            last = [layout.delimiter.join(cells[width - 1 :])] if len(cells) >= width else []
            writer.writerow([*cells[: width - 1], *last])
    return out.getvalue().encode()
