"""Recorded names as columns over runs: what their values look like, before anything is said of their role."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.concepts import Vocabulary
from logminer.core.parameters import is_number
from logminer.core.vocabulary import Meaning, describe

_EXACT_DIGITS = 5
_LONG = 60
_HASH_SEED = 20_240_917
_MOST_REPEATS = 5  # runs of one config, where no seed tells them apart
_NEARLY_ALL = 0.9


def comparable(value: object) -> str:
    """A value as text in which rounding of a number does not show; whole numbers stay exact."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".6g")
    return str(value)


def as_float(value: float) -> float:
    """A number as a double; a whole number beyond every double is infinite."""
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


@dataclass(frozen=True)
class Column:
    """One recorded name.

    Attributes:
        name: as written.
        kinds: what reading says of it in some run: ``param``, ``path``, ``cell``, ``meta``.
        rows: positions of the runs that record it.
        values: their values, same length.
        codes: number of each value among the distinct ones.
        position: where it stands among what is recorded beside it, 0 the first.
        meaning: what its name says.
    """

    name: str
    kinds: frozenset[str]
    rows: NDArray[np.int64]
    values: NDArray[Any]
    codes: NDArray[np.int64]
    position: float
    meaning: Meaning

    @property
    def undeclared(self) -> bool:
        """Whether nothing but its place beside a run is known of it."""
        return self.kinds == {"cell"}

    @cached_property
    def distinct(self) -> int:
        """Number of distinct values."""
        return int(self.codes.max()) + 1 if len(self.codes) else 0

    @cached_property
    def examples(self) -> list[Any]:
        """Each distinct value once."""
        _, first = np.unique(self.codes, return_index=True)
        return [self.values[i] for i in first]

    @cached_property
    def boolean(self) -> bool:
        """Whether all values are true or false."""
        return all(isinstance(value, bool) for value in self.examples)

    @cached_property
    def numeric(self) -> bool:
        """Whether all values are numbers, booleans aside."""
        return not self.boolean and all(is_number(value) for value in self.examples)

    @cached_property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return self.numeric and all(as_float(value).is_integer() for value in self.examples)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The values as doubles; only of numeric columns."""
        return np.array([as_float(value) for value in self.values], dtype=np.float64)

    @cached_property
    def precise(self) -> bool:
        """Whether most values carry as many digits as measured ones do."""
        if not self.numeric or self.whole:
            return False
        digits = [
            len(f"{abs(as_float(v)):.15g}".replace(".", "").strip("0")) for v in self.examples
        ]
        return float(np.median(digits)) >= _EXACT_DIGITS

    @cached_property
    def counter(self) -> bool:
        """Whether the values count the rows: 0, 1, 2, … or 1, 2, 3, …, each once."""
        if not self.whole or self.distinct < len(self.values) or self.distinct < 3:
            return False
        ordered = np.sort(self.numbers)
        return bool(ordered[0] in {0.0, 1.0} and np.all(np.diff(ordered) == 1))

    @cached_property
    def prose(self) -> bool:
        """Whether the values are texts too long to be choices."""
        texts = [value for value in self.examples if isinstance(value, str)]
        return bool(texts) and float(np.mean([len(t) > _LONG or "\n" in t for t in texts])) > 0.5

    @property
    def recurs(self) -> bool:
        """Whether a few values are shared by many runs, as those of a grid are."""
        n = len(self.values)
        return self.distinct <= max(2, min(n // 3, 24)) and n >= 4


def columns_of(
    params: pd.DataFrame, runs: pd.Index, vocabulary: Vocabulary | None = None
) -> dict[str, Column]:
    """Every name recorded for some runs, in the order in which the logs write them.

    Args:
        params: long frame ``run``, ``name``, ``value``, ``kind``; ``place`` where the order of writing is known.
        runs: ids of runs; rows of other runs and folder levels are passed over.
        vocabulary: the project's own words.
    """
    rows = params[params["run"].isin(runs) & (params["kind"] != "level")]
    place = rows["place"] if "place" in rows else pd.Series(range(len(rows)), rows.index)
    position = place.groupby(rows["run"]).rank().groupby(rows["name"]).median() - 1
    at = pd.Series(np.arange(len(runs)), index=runs)
    columns = {}
    for name, group in rows.groupby("name", sort=False):
        values = group["value"].to_numpy()
        columns[str(name)] = Column(
            str(name),
            frozenset(group["kind"].unique()),
            at.loc[group["run"]].to_numpy(),
            values,
            _codes(group, values),
            float(position[name]),
            describe(str(name), vocabulary),
        )
    return dict(sorted(columns.items(), key=lambda item: (item[1].position, item[0])))


def _codes(group: pd.DataFrame, values: NDArray[Any]) -> NDArray[np.int64]:
    if "number" in group and group["number"].notna().all():
        texts: Any = group["number"].map(comparable)
    else:
        texts = [comparable(value) for value in values]
    return pd.factorize(np.asarray(texts, dtype=object))[0].astype(np.int64)


class ConfigGroups:
    """Runs that agree on a set of columns, and on all of them but one, by hashes that add up.

    Args:
        columns: the columns that make a config.
        n: number of runs.
        repeats: columns that tell repeats of a config apart.
    """

    def __init__(self, columns: Iterable[Column], n: int, repeats: Iterable[Column] = ()) -> None:
        random = np.random.default_rng(_HASH_SEED)
        self._parts: dict[str, NDArray[np.uint64]] = {}
        self._total = np.zeros(n, dtype=np.uint64)
        for column in columns:
            part = np.zeros(n, dtype=np.uint64)
            part[column.rows] = random.integers(1, 2**63, column.distinct, dtype=np.uint64)[
                column.codes
            ]
            self._parts[column.name] = part
            self._total += part  # unsigned sums wrap around
        self._repeats = ConfigGroups(repeats, n).but() if repeats else None

    def __len__(self) -> int:
        return len(self._parts)

    def but(self, *names: str) -> NDArray[np.uint64]:
        """The group of each run when these columns do not count."""
        left = self._total.copy()
        for name in names:
            if name in self._parts:
                left -= self._parts[name]
        return left

    def contrast(self, column: Column) -> "Contrast":
        """How a column behaves among runs that agree on all others."""
        frame = pd.DataFrame({"group": self.but(column.name)[column.rows], "code": column.codes})
        if self._repeats is not None:
            frame["repeat"] = self._repeats[column.rows]
        by_group = frame.groupby("group")
        counts = by_group["code"].agg(["size", "nunique"])
        repeated = counts[counts["size"] > 1]
        if repeated.empty:
            return Contrast(0.0, 0, 0.0, repeats=False)
        union = frame[frame["group"].isin(repeated.index)]["code"].nunique()
        sizes = repeated["size"]
        if self._repeats is None:
            few = sizes.max() <= _MOST_REPEATS and sizes.sum() > len(frame) / 2
            repeats = bool(few and (sizes == sizes.mode().iloc[0]).mean() >= _NEARLY_ALL)
        else:
            apart = by_group["repeat"].nunique()[repeated.index] == sizes
            repeats = bool(apart.mean() >= _NEARLY_ALL)
        return Contrast(
            float((repeated["nunique"] > 1).mean()),
            len(repeated),
            float((repeated["nunique"] / union).mean()),
            repeats,
        )


@dataclass(frozen=True)
class Contrast:
    """The values of a column in groups of two runs and more that agree on everything else.

    Attributes:
        differing: share of the groups in which values differ.
        groups: number of groups.
        coverage: mean share of all values that occur in a group: 1 where the column is crossed with the others.
        repeats: whether the runs of a group look like repeats: told apart by a seed, or as few in each group.
    """

    differing: float
    groups: int
    coverage: float
    repeats: bool


def frame_of(columns: Mapping[str, Column], names: Iterable[str], runs: pd.Index) -> pd.DataFrame:
    """Some columns as a frame: one row a run, None where it records none."""
    wide = {}
    for name in names:
        cells = np.full(len(runs), None, dtype=object)
        cells[columns[name].rows] = columns[name].values
        wide[name] = cells
    return pd.DataFrame(wide, index=runs, dtype=object)
