"""CSV text as a Table, parsed by pandas: exact numbers, blanks told from a written NaN, bad rows named."""

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from logminer.core.problem import Problem
from logminer.formats.documents.values import parse_scalar
from logminer.formats.tables.table import NO_NUMBER, Numbers, Table

_SKIPPED = re.compile(r"line (\d+): expected (\d+) fields, saw (\d+)")
_LONG_FIRST_ROW = "Length of header or names does not match"
_MOST_LONG_ROWS = 100


def read_csv(
    data: bytes,
    names: Sequence[str],
    delimiter: str,
    *,
    path: str = "",
    problems: list[Problem] | None = None,
    first_line: int = 1,
) -> Any:
    """Rows without their header line as a pandas DataFrame; rows with too many cells are skipped and said.

    Numbers are the exact doubles written. Blank cells are missing, a written ``nan`` stays text for
    ``from_frame`` to tell apart.

    Args:
        data: whole lines.
        names: column names, unique.
        delimiter: one character, or ``" "`` for runs of blanks.
        path: file named in problems.
        problems: where skipped rows are said.
        first_line: number of the first line of ``data`` in its file.

    Raises:
        ValueError: the rows do not fit the names.
    """
    said: list[Problem] = []
    for line in range(first_line, first_line + _MOST_LONG_ROWS):
        frame, warned = _parse_csv(data, names, delimiter)
        if _LONG_FIRST_ROW not in warned:
            said += [
                _too_long(path, match[3], match[2], int(match[1]) + line - 1)
                for match in _SKIPPED.finditer(warned)
            ]
            if problems is not None:
                problems.extend(said)
            return _without_headers(frame)
        # The parser measures rows by the first one, so a first row that is too long must go.
        row, _, data = data.partition(b"\n")
        said.append(_too_long(path, str(row.count(delimiter.encode()) + 1), str(len(names)), line))
    raise ValueError(f"its rows do not fit the {len(names)} columns of the first line")


def _without_headers(frame: Any) -> Any:
    """Rows without those that repeat the header, as a run that is started again writes it once more.

    The index keeps their places free.
    """
    for name, column in frame.items():
        if column.dtype.kind not in "iufb":
            again = column.astype(str).str.strip() == name
            return frame[~again] if again.any() else frame
    return frame


def _restarts(frame: Any) -> list[int]:
    """Rows above which one is missing: there the header was repeated."""
    index = frame.index.to_numpy()
    return (np.flatnonzero(np.diff(index, prepend=-1) > 1)).tolist() if len(index) else []


def _too_long(path: str, cells: str, columns: str, line: int) -> Problem:
    return Problem(path, f"{cells} cells under {columns} columns; row skipped", f"line {line}")


def _parse_csv(data: bytes, names: Sequence[str], delimiter: str) -> tuple[Any, str]:
    """A DataFrame, and what the parser warned of."""
    import pandas as pd

    options: dict[str, Any] = {"sep": r"\s+" if delimiter == " " else delimiter}
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1):
        options["float_precision"] = "round_trip"  # since 3.1 every parse is exact
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = pd.read_csv(
            io.BytesIO(data), header=None, names=list(names), index_col=False, low_memory=False,
            keep_default_na=False, na_values=[""], skipinitialspace=True, on_bad_lines="warn",
            encoding_errors="replace", **options,
        )  # fmt: skip
    return frame, "\n".join(str(warning.message) for warning in caught)


def from_frame(frame: Any, path: str = "", problems: list[Problem] | None = None) -> Table:
    """Table of a pandas DataFrame read with ``keep_default_na=False, na_values=[""]``."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    table = Table(len(frame), order=list(frame.columns), restarts=_restarts(frame))
    for name in frame.columns:
        column = frame[name]
        if is_bool_dtype(column):
            table.booleans.add(name)
        if is_numeric_dtype(column) or is_bool_dtype(column):
            table.numbers[name] = Numbers(column.to_numpy(np.float64), column.notna().to_numpy())
            continue
        cells = column.astype(object).where(column.notna(), None)
        lowered = column.astype("str").str.strip().str.lower()
        written = column.notna() & ~lowered.isin(NO_NUMBER)
        values = pd.to_numeric(lowered.replace({"true": "1", "false": "0"}), errors="coerce")
        good = written & (values.notna() | lowered.isin(("nan", "-nan")))
        if not written.any():
            continue
        if good.sum() * 2 <= written.sum():
            table.texts[name] = cells.to_numpy(dtype=object)
            continue
        table.numbers[name] = Numbers(values.to_numpy(np.float64), good.to_numpy())
        if lowered[written].isin(("true", "false")).all():
            table.booleans.add(name)
        if (written & ~good).any():
            kept = [
                parse_scalar(str(c)) if w else None for c, w in zip(cells, written, strict=True)
            ]
            table.mixed[name] = np.array([*kept, None], dtype=object)[:-1]
    if problems is not None:
        problems += table.lost(path)
    return table
