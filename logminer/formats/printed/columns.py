"""Rows of numbers printed below a line of column names, as Chainer, fastai, skorch and YOLO do while they train."""

import re
from dataclasses import dataclass, field

from logminer.formats.documents.values import is_number, parse_scalar
from logminer.formats.printed.counters import family_of
from logminer.formats.printed.meaning import is_measure
from logminer.formats.printed.prefixes import prefix_end

_NAME = re.compile(r"[A-Za-z_][\w./%@()+-]{0,60}:?")
_CELL = re.compile(
    r"[-+]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?|nan|[-+]?inf",
    re.IGNORECASE,
)
_WAY = re.compile(r"([0-9]{1,12})/([0-9]{1,12})")
_FEWEST, _MOST = 3, 60
_LONGEST = 2_000
_WORDS = 3  # lines between the names and the first row


@dataclass
class Row:
    """One row: its position, NaN where it has none, how many epochs there will be, and its values by name."""

    epoch: float = float("nan")
    step: float = float("nan")
    epochs: float = float("nan")
    values: dict[str, float] = field(default_factory=dict)


class Columns:
    """Column names that were printed last, and the rows below them."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._counters: list[str] = []
        self._left = 0

    def take(self, line: str) -> Row | None:
        """A row of numbers below the names; None for any other line, which may be one of names."""
        if len(line) > _LONGEST:
            return None
        cells = _cells(line)
        if self._names and (row := self._row(cells)) is not None:
            self._left = _MOST
            return row
        cells = cells[: next((i for i, cell in enumerate(cells) if "%|" in cell), None)]
        fewest = _FEWEST - ("\t" in line)
        if fewest <= len(cells) <= _MOST and all(map(_NAME.fullmatch, cells)):
            self._begin([_name(cell) for cell in cells])
        elif self._names:
            self._left -= bool(cells)
            if not self._left:
                self._names = []
        return None

    def _begin(self, names: list[str]) -> None:
        counters = [name if family_of(name) in {"epoch", "step"} else "" for name in names]
        measures = sum(map(is_measure, names))
        if measures >= (1 if any(counters) else 2) and len(set(names)) == len(names):
            self._names, self._counters = names, counters
            self._left = _WORDS if not any(counters) else _MOST

    def _row(self, cells: list[str]) -> Row | None:
        width = len(self._names)
        if len(cells) < width or (
            len(cells) > width and "%" not in cells[width] and "|" not in cells[width]
        ):
            return None
        row = Row()
        for name, counter, cell in zip(self._names, self._counters, cells, strict=False):
            text = cell.rstrip(":")
            if counter:
                if not self._count(row, counter, text):
                    return None
            elif _CELL.fullmatch(text) and is_number(
                value := parse_scalar(text.lstrip("0") or "0")
            ):
                row.values[name] = float(value)
        placed = any(self._counters)
        if not row.values or (not placed and (cells[0] != "all" and len(row.values) < width)):
            return None
        return row

    @staticmethod
    def _count(row: Row, counter: str, text: str) -> bool:
        way = _WAY.fullmatch(text)
        if not way and not (text.isdigit() and len(text) < 16):
            return False
        at = float(way[1] if way else text)
        if family_of(counter) == "epoch":
            row.epoch, row.epochs = at, float(way[2]) if way else row.epochs
        elif row.step != row.step:
            row.step = at
        return True


def _name(cell: str) -> str:
    """The name in a cell, without the bracket around several: ``Box(P   R   mAP50)`` names P, R and mAP50."""
    name = cell.rstrip(":")
    return name if name.count("(") == name.count(")") else name.rpartition("(")[2].removesuffix(")")


def _cells(line: str) -> list[str]:
    body = line[prefix_end(line) :].removeprefix("copypaste: ")
    return (
        body.replace(",", " ").split() if "," in body and " " not in body.strip() else body.split()
    )
