"""Axes of curves: columns of whole numbers that climb, at least within runs."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import words
from logminer.core.vocabulary import describe
from logminer.formats.documents.values import spoken
from logminer.formats.tables.table import STEP_NAMES, Table, whole_steps

_WORDS = spoken("""
    epoch epochs step steps iteration iterations iter iters round rounds episode episodes update updates batch batches evaluation
    evaluations evals tokens samples examples images frames seen timestep timesteps generation generations kimg nfev calls
    interactions interacts environment trained processed consumed
""")
# A plural may be a plan (30 epochs) as well as a place on a curve.
_PLANS = spoken(
    "epochs steps iterations iters rounds batch tokens samples t evaluations evals calls"
)
LIKELY = 100  # rank of names that hold a word for steps
_UNKNOWN = 200  # rank of names that tell nothing
_FEWEST = 5  # rows of a curve whose axis has a name that tells nothing
_LEVELS = 4  # places that an axis of runs which are stacked passes at least
_NOISE = 0.5  # von Neumann's ratio (over 2) of values that keep no order; 1 for independent draws


@dataclass(frozen=True)
class Axis:
    """A column that may be the axis of a table's curves.

    Attributes:
        name: of the column, None where rows only count.
        rank: how well the name speaks for it, 0 best.
        step: int64 (n,), blanks taking the step above them.
        outer: column that climbs where this one starts anew.
        span: steps of this column within one of ``outer``.
        repeats: whether rows with the same step hold different columns, so that equal steps are no fall.
    """

    name: str | None
    rank: int = 0
    step: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    outer: str | None = None
    span: int = 0
    repeats: bool = False

    @property
    def climbs(self) -> bool:
        """Whether it climbs over all rows."""
        climb = np.diff(self.step)
        return self.outer is not None or bool(np.all(climb >= 0 if self.repeats else climb > 0))

    @property
    def is_weak(self) -> bool:
        """Whether the name may as well be that of a plan, or tells nothing."""
        last = words(self.name or "")[-1:]
        return self.rank >= LIKELY or (bool(last) and last[0] in _PLANS)

    @property
    def is_unknown(self) -> bool:
        """Whether the name tells nothing."""
        return self.rank >= _UNKNOWN

    def counts_on(self, *, beside_settings: bool) -> bool:
        """Whether the values go on as those of an axis, where the name is that of a plan (``total_steps``).

        Args:
            beside_settings: whether runs differ by what was chosen, so that plans may as well: then only steps of one count.
        """
        if describe(self.name or "").kind != "budget":
            return True
        climb = np.diff(self.step)
        up = climb[climb > 0]
        if len(up) < _LEVELS - 1 or np.any(up != up[0]):
            return False
        return bool(self.step[0] in {0, 1, up[0]} and (up[0] == 1 or not beside_settings))

    @property
    def starts_anew(self) -> bool:
        """Whether it mostly climbs and falls now and then, as in a log that was started again."""
        climb = np.diff(self.step)
        falls, rises = np.count_nonzero(climb < 0), np.count_nonzero(climb > 0)
        return bool(
            falls * 4 <= max(len(climb), 4) and (self.repeats or rises * 10 >= len(climb) * 6)
        )

    @property
    def is_regular(self) -> bool:
        """Whether runs pass at least four places, mostly one stride apart."""
        climb = np.diff(self.step)
        up = climb[climb > 0]
        if len(np.unique(self.step)) < _LEVELS or not len(up):
            return False
        return bool(np.count_nonzero(up == np.median(up)) * 10 >= len(up) * 8)

    def is_piecewise(self, table: Table, name: str) -> bool:
        """Whether a column is constant wherever this axis climbs from row to row."""
        same = np.flatnonzero(np.diff(self.step) > 0)
        if not len(same):
            return False
        cells = table.texts.get(name)
        if cells is not None:
            return all(cells[i] == cells[i + 1] for i in same.tolist())
        column = table.numbers[name]
        equal = column.value[same] == column.value[same + 1]
        blank = ~column.measured[same] & ~column.measured[same + 1]
        return bool(np.all(equal | blank))


@lru_cache(maxsize=1 << 16)
def name_rank(name: str) -> int | None:
    """How well a name speaks for an axis, 0 best; None for names of measures, settings and times."""
    plain = name.strip().lower().replace(" ", "_")
    if plain in STEP_NAMES:
        return STEP_NAMES.index(plain)
    kind = describe(name).kind
    if kind == "axis":
        return LIKELY
    if kind == "budget":
        return LIKELY + 50
    if kind == "context" and not _WORDS.isdisjoint(words(name)):
        return LIKELY
    if kind:
        return None
    return _UNKNOWN if _WORDS.isdisjoint(words(name)) else LIKELY


def axes_of(table: Table, taken: Collection[str] = ()) -> Iterator[Axis]:
    """Columns that may be the axis, the best names first.

    Args:
        table: the rows.
        taken: columns that are something else.
    """
    ranked = sorted(
        (rank, i, name)
        for i, name in enumerate(table.numbers)
        if name not in taken and name not in table.booleans
        and (rank := name_rank(name)) is not None
    )  # fmt: skip
    for rank, _, name in ranked:
        step = whole_steps(table.numbers[name])
        if step is None or (step < 0).any() or (table.rows > 1 and step.min() == step.max()):
            continue
        if rank >= LIKELY and not _may_be_axis(table, name, step, rank):
            continue
        outer, span = _outer(table, step, [n for r, _, n in ranked if n != name and r < _UNKNOWN])
        yield Axis(name, rank, step, outer, span, _repeats(table, name, step))


def _may_be_axis(table: Table, name: str, step: NDArray[np.int64], rank: int) -> bool:
    """Whether a column of which the name tells little climbs like an axis: all over, or up and anew, without a blank."""
    climb = np.diff(step)
    if not len(climb) or not table.numbers[name].measured.all():
        return False
    rising = bool(np.all(climb > 0))
    if rank < _UNKNOWN:
        return rising or bool(np.count_nonzero(climb > 0) * 2 > len(climb))
    strides = len(np.unique(climb))
    return rising and len(step) >= _FEWEST and strides == 1


def _outer(table: Table, step: NDArray[np.int64], others: list[str]) -> tuple[str | None, int]:
    """A column that climbs exactly where the steps start anew, and the steps within one of its values."""
    falls = np.diff(step) < 0
    if not falls.any():
        return None, 0
    for name in others:
        place = whole_steps(table.numbers[name])
        if place is None or not table.numbers[name].measured.all():
            continue
        climb = np.diff(place)
        if np.all(climb >= 0) and np.all(climb[falls] > 0) and np.all((climb > 0) <= falls):
            return name, int(step.max() - min(step.min(), 0)) + 1
    return None, 0


def _repeats(table: Table, axis: str, step: NDArray[np.int64]) -> bool:
    """Whether rows of one step hold different columns: a training row and a validation row."""
    same = np.flatnonzero(np.diff(step) == 0)
    if not len(same):
        return False
    both = np.zeros(len(same), dtype=bool)
    for name, column in table.numbers.items():
        rank = name_rank(name)
        if name != axis and (rank is None or rank >= LIKELY):
            both |= column.measured[same] & column.measured[same + 1]
    return bool(np.count_nonzero(both) * 10 <= len(same))


def is_erratic(table: Table, name: str) -> bool:
    """Whether a column goes up and down from row to row, as draws and grids do and schedules do not."""
    if name in table.texts:
        cells = table.texts[name]
        return int(np.count_nonzero(cells[1:] != cells[:-1])) > max(2, len(cells) // 10)
    present = table.numbers[name].present
    present = present[np.isfinite(present)]
    if len(present) < 3 or np.all(present == present[0]):
        return False
    climb = np.diff(present)
    if np.all(climb >= 0) or np.all(climb <= 0):
        return False
    ratio = float(np.mean(climb**2) / (2 * np.var(present)))
    return ratio > _NOISE
