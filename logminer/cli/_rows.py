"""Which rows of a table are shown, and in which order: what ``--where`` and ``--sort`` mean."""

import math
import operator
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from logminer.core.errors import UsageError, did_you_mean
from logminer.formats.documents.values import parse_scalar

_CONDITION = re.compile(r"\s*(.+?)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*")
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def known(frame: pd.DataFrame, name: str) -> str:
    """A column by its name.

    Raises:
        UsageError: there is none.
    """
    if name in frame.columns:
        return name
    names = [str(column) for column in frame.columns]
    raise UsageError(
        f"no column '{name}'{did_you_mean(name, names)}", f"columns are: {', '.join(names)}"
    )


def holds(frame: pd.DataFrame, condition: str) -> pd.Series:
    """Whether each row meets a condition such as ``lr<0.1``.

    Raises:
        UsageError: the condition makes no sense, or names no column.
    """
    found = _CONDITION.fullmatch(condition)
    if not found:
        raise UsageError(
            f"--where '{condition}' is no condition", "write it as 'status=finished' or 'lr<0.1'"
        )
    name, sign, text = found.groups()
    wanted = parse_scalar(text)
    if sign in _ORDERS and not isinstance(wanted, int | float):
        raise UsageError(
            f"--where '{condition}': '{text}' is no number", "'=', '!=' and '~' compare texts"
        )
    return frame[known(frame, name)].map(lambda value: _compare(value, sign, wanted, text))


def _compare(value: Any, sign: str, wanted: Any, text: str) -> bool:
    if sign == "~":
        return text.lower() in str(value).lower()
    if sign in ("=", "!="):
        return (value == wanted or str(value) == text) is (sign == "=")
    if not isinstance(value, int | float) or not isinstance(wanted, int | float):
        return False
    return bool(_ORDERS[sign](value, wanted))


def ordered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows sorted by a column, downwards with a minus before its name; ties stay as they are.

    Raises:
        UsageError: there is no such column.
    """
    column, down = known(frame, name.removeprefix("-")), name.startswith("-")
    keys = frame[column].map(lambda value: _sort_key(value, down=down))
    return frame.loc[keys.sort_values(kind="stable").index]


def _sort_key(value: Any, *, down: bool) -> tuple[int, float, tuple[Any, ...]]:
    """Numbers as numbers, then texts with their numbers in order; missing values last either way."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return (2, 0.0, ())
    if isinstance(value, int | float):
        return (0, -value if down else value, ())
    parts = tuple(int(p) if p.isdigit() else p.lower() for p in re.split(r"(\d+)", str(value)))
    return (1, 0.0, tuple(_Down(p) for p in parts) if down else parts)


@dataclass(frozen=True)
class _Down:
    """A key that sorts the other way round."""

    key: Any

    def __lt__(self, other: "_Down") -> bool:
        return bool(other.key < self.key)
