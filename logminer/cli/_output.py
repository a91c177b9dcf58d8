"""Printing: results on stdout as table, JSON, CSV or Markdown; everything else on stderr."""

import json
import math
import re
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from logminer.cli._rows import holds, known, ordered
from logminer.core.markdown import as_text
from logminer.core.words import counted, first_few

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# In text that keeps its lines: JSON, where these are written as escapes, and cells of CSV.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_FEWEST_ROWS = 20  # of a page
_LONG = 200  # rows from which a table is printed line by line, for folding takes its time
_TELLING = 500  # rows of a long table that tell how wide its columns are
_FOLDED = 30  # characters a long text gets at least before it folds
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Listing:
    """How the user wants a table: which rows and columns, in which order and format."""

    form: str = "table"
    columns: tuple[str, ...] = ()
    sort: str | None = None
    limit: int | None = None
    where: tuple[str, ...] = ()

    def print(
        self, frame: pd.DataFrame, *, shown: Sequence[str] = (), room: Sequence[str] = ()
    ) -> None:
        """Print the rows and columns asked for.

        Args:
            frame: everything there is.
            shown: columns of a table when the user names none; other formats hold all.
            room: those columns in the order in which they are given room, if not as they stand; what is blank or the
                same in all rows comes after what is not.
        """
        frame = self.select(frame)
        if self.form == "table":
            if shown and not self.columns:
                frame = frame[list(shown)]
            page = frame if self.limit is not None else frame[: _page()]
            _table(page, self._room(page, room) if room and not self.columns else ())
            if len(page) < len(frame):
                more = counted(len(frame) - len(page), "more row")
                say(f"{more}: --limit {len(frame)}, or --format csv")
            return
        printers = {
            "plain": _plain, "json": _json, "jsonl": _jsonl, "csv": _csv, "md": _markdown
        }  # fmt: skip
        printers[self.form](frame)

    def _room(self, frame: pd.DataFrame, room: Sequence[str]) -> list[str]:
        """Columns of a table in the order in which they are given room: what it is sorted by before all."""
        asked = self.sort.removeprefix("-") if self.sort else ""
        some = frame.head(_TELLING)
        dull = {str(name): _dull(values) for name, values in some.items()} | {asked: -1}
        return sorted(
            (name for name in {asked: 0, **dict.fromkeys(room)} if name in frame),
            key=dull.__getitem__,
        )

    def fits(self, frame: pd.DataFrame) -> bool:
        """Whether all columns of a table have room side by side; other formats and columns asked for always do."""
        if self.form != "table" or self.columns:
            return True
        return len(_fitting(_texts(frame), console().width)) == len(frame.columns)

    def select(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows and columns asked for, sorted.

        Raises:
            UsageError: a column that does not exist, or a condition that makes no sense.
        """
        for condition in self.where:
            frame = frame[holds(frame, condition)]
        if self.sort:
            frame = ordered(frame, self.sort)
        if self.columns:
            frame = frame[[known(frame, name) for name in self.columns]]
        return frame if self.limit is None else frame.head(self.limit)


def cell(value: Any) -> str:
    """A value as people read it: five significant digits, no control characters."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return (
            format(value, ".0f")
            if value.is_integer() and abs(value) < 1e15
            else format(value, ".5g")
        )
    return clean(str(value))


def clean(text: str) -> str:
    """Text from a log without what could steer a terminal."""
    return _CONTROL.sub("�", text.replace("\n", " ").replace("\t", " "))


def clock(seconds: float) -> str:
    """A Unix time as people here read it: local date and time, with the name of the zone."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    except (ValueError, OverflowError, OSError):  # no date of our calendar
        return cell(seconds)


def console(*, stderr: bool = False) -> Any:
    """A rich console that honours NO_COLOR, TERM=dumb and pipes."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def say_left_out(mined: Any) -> None:
    """Say on stderr which tasks an answer leaves out, as they search other things than the largest family."""
    left_out = [clean(name) for name in mined.left_out]
    if left_out:
        tasks = counted(len(left_out), "unrelated task")
        say(f"{tasks} left out; --task names one: {first_few(left_out)}")


def say_guess(mined: Any) -> None:
    """Say on stderr of which metrics nothing tells which way is better, and which of several objectives is used."""
    from logminer.analyses.objective import guess, several

    objectives = mined.history.objectives.values()
    for line in filter(None, (several(objectives), guess(objectives))):
        say(line)


def say(text: str, *, start: str = "") -> None:
    """Say something beside the result, on stderr: folded between words at the width of the terminal."""
    print(
        textwrap.fill(
            clean(text), console(stderr=True).width, initial_indent=start, subsequent_indent=" " * len(start),
            break_long_words=False, break_on_hyphens=False,
        ),
        file=sys.stderr,
    )  # fmt: skip


def say_problem(problem: Any, *, start: str = "") -> None:
    """Say a problem on stderr: on one line, or its path on a line of its own, which is never broken."""
    whole = start + clean(str(problem))
    if len(whole) <= console(stderr=True).width:
        print(whole, file=sys.stderr)
        return
    print(f"{start}{clean(problem.path)}:", file=sys.stderr)
    say(f"{problem.where}: {problem.what}" if problem.where else problem.what, start="    ")


def _page() -> int | None:
    """Rows of a table that a terminal shows at once; None where all are wanted, as in a pipe."""
    return max(_FEWEST_ROWS, console().height - 5) if sys.stdout.isatty() else None


def _texts(frame: pd.DataFrame) -> dict[str, list[str]]:
    return {name: [cell(value) for value in frame[name]] for name in frame.columns}


def _dull(values: pd.Series) -> int:
    """0 for a column that tells rows apart, 1 where all are the same, 2 where all are blank."""
    seen = {cell(value) for value in values}
    return 2 if seen <= {""} else int(len(seen) == 1 < len(values))


def _table(frame: pd.DataFrame, room: Sequence[str] = ()) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    screen = console()
    texts = _texts(frame.head(_TELLING))
    fitting = _fitting({name: texts[name] for name in room or texts}, screen.width)
    shown = [name for name in texts if name in fitting]
    hidden = [clean(str(name)) for name in texts if name not in shown]
    if len(frame) > _LONG:
        _lines(frame[shown], texts)
        _say_hidden(hidden)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name in shown:
        number = _of_numbers(frame[name])
        table.add_column(
            Text(clean(str(name))),
            justify="right" if number else "left",
            no_wrap=number,
            overflow="fold",
        )
    for row in zip(*(texts[name] for name in shown), strict=True):
        table.add_row(*(Text(text) for text in row))
    screen.print(table)
    _say_hidden(hidden)


def _lines(frame: pd.DataFrame, texts: Mapping[str, list[str]]) -> None:
    """Print a long table, a line a row; no text is folded, so a few lines may be longer than others.

    Args:
        frame: the rows and columns.
        texts: cells of its first rows, by column.
    """
    widths = {n: max([len(clean(str(n))), *map(len, texts[n])]) for n in frame.columns}
    pads = {n: str.rjust if _of_numbers(frame[n]) else str.ljust for n in frame.columns}
    columns = []
    for name in frame.columns:
        width, pad = widths[name], pads[name]
        columns.append([pad(cell(value), width) for value in frame[name].tolist()])
    head = [pads[name](clean(str(name)), widths[name]) for name in frame.columns]
    rule = ["─" * widths[name] for name in frame.columns]
    rows = [head, rule, *map(list, zip(*columns, strict=True))]
    print("\n".join(" " + "   ".join(row).rstrip() for row in rows))


def _of_numbers(values: pd.Series) -> bool:
    return all(value is None or isinstance(value, int | float) for value in values)


def _say_hidden(hidden: Sequence[str]) -> None:
    if hidden:
        count = counted(len(hidden), "more column")
        say(f"{count} ({first_few(hidden, 4)}): --columns or --format csv")


def _fitting(texts: Mapping[str, list[str]], width: int) -> list[str]:
    """The first columns that fit side by side; long texts may fold, numbers may not."""
    shown: list[str] = []
    taken = 0
    for name, cells in texts.items():
        longest = max([len(str(name)), *map(len, cells)])
        needed = min(longest, _FOLDED) + 3
        if shown and taken + needed > width + 3:
            continue
        shown.append(name)
        taken += needed
    return shown


def _plain(frame: pd.DataFrame) -> None:
    print("\t".join(clean(str(name)) for name in frame.columns))
    for row in frame.itertuples(index=False):
        print("\t".join(cell(value) for value in row))


def json_value(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinities become null."""
    if isinstance(value, Mapping):
        return {str(k): json_value(v) for k, v in value.items()}
    if hasattr(value, "tolist"):  # a number or a list of NumPy's
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [json_value(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if value is pd.NaT else str(value)


def print_json(value: Any) -> None:
    """Print plain data as JSON; characters that steer a terminal as escapes."""
    ascii_only = sys.stdout.encoding.lower() != "utf-8"
    text = json.dumps(json_value(value), indent=2, ensure_ascii=ascii_only)
    print(_STEERING.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False)]


def _json(frame: pd.DataFrame) -> None:
    print_json(_records(frame))


def _jsonl(frame: pd.DataFrame) -> None:
    for record in _records(frame):
        print(json.dumps(json_value(record)))


def _csv(frame: pd.DataFrame) -> None:
    guarded = frame.map(lambda value: _csv_text(value) if isinstance(value, str) else value)
    guarded.columns = [_csv_text(str(name)) for name in guarded.columns]
    guarded.to_csv(sys.stdout, index=False)


def _csv_text(text: str) -> str:
    """A text that neither steers a terminal nor is run by a spreadsheet: an apostrophe guards a formula."""
    return _STEERING.sub("�", f"'{text}" if text.startswith(_FORMULA) else text)


def _markdown(frame: pd.DataFrame) -> None:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(map(as_text, cells)) + " |"

    print(line([clean(str(name)) for name in frame.columns]))
    print("| " + " | ".join(["---"] * len(frame.columns)) + " |")
    for row in frame.itertuples(index=False):
        print(line([cell(value) for value in row]))
