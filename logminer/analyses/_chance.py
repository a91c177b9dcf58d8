"""Could recorded names agree by chance? Bits of evidence, counted on independent draws."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from logminer.analyses._encoding import EncodedColumn, significant_digits

# What a name's agreement with others must have beyond the number of agreements that were looked
# for: 2**-12, one table of independent draws in 4,096.
ENOUGH_BITS = 12.0
_BONUS = 6.0
# A column is crossed with the others if so many of the combinations were run (some runs are always
# missing).
_FILLED = 0.65
# A column that says whose draws others are is looked for among so many.
_PARENTS = 200
# Words that add nothing to what a name means: model and model_name, lr and log10_lr, n_train and
# train_frac.
_NEUTRAL = frozenset(
    "name id type str string label key cls class kind value text full short log log2 log10 ln exp "  # noqa: SIM905
    "total effective eff global num n number count size frac fraction ratio pct percent idx index "
    "of per".split()
)


def words_of(name: str) -> frozenset[str]:
    """Lower-case words of a name: ``effectiveBatch_size`` is effective, batch, size."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return frozenset(re.findall(r"[a-z]+[0-9]*|[0-9]+", spaced.lower()))


def are_akin(one: str, two: str) -> bool:
    """Whether two names differ by neutral words only: ``model`` and ``model_name``."""
    a, b = words_of(one) - _NEUTRAL, words_of(two) - _NEUTRAL
    return bool(a) and a == b


def log2_factorial(n: float) -> float:
    """Base-two logarithm of n!."""
    return math.lgamma(n + 1) / math.log(2)


def arrangement_bits(codes: np.ndarray) -> float:
    """Bits of one order of the values among all their permutations: log2(n! / prod n_i!)."""
    counts = np.unique(codes, return_counts=True)[1]
    return log2_factorial(len(codes)) - sum(log2_factorial(c) for c in counts.tolist())


def tie_bits(codes: np.ndarray) -> float:
    """Bits against a permutation that gives the same groups, whatever they are called.

    Zero where each value occurs once: any two such columns are one to one.
    """
    counts = np.unique(codes, return_counts=True)[1].tolist()
    return arrangement_bits(codes) - sum(log2_factorial(m) for m in Counter(counts).values())


def map_bits(codes: np.ndarray, groups: int) -> float:
    """Bits against a permutation that is some function of ``groups`` groups (a bound)."""
    return arrangement_bits(codes) - groups * math.log2(max(len(np.unique(codes)), 2))


def search_bits(columns: int, variables: int) -> float:
    """Bits lost to having looked at all sets of ``variables`` columns for each column."""
    sets = math.comb(max(columns - 1, 1), variables) or 1
    return math.log2(max(columns, 2) / 2 * sets) if variables == 1 else math.log2(columns * sets)


def long_integer_bits(column: EncodedColumn) -> float:
    """Bits for whole numbers of many digits (25338880): such are computed, seldom typed."""
    if column.numbers is None or not column.is_whole:
        return 0.0
    digits = np.mean([significant_digits(v) for v in column.numbers[:32]])
    return float(np.clip(2 * (digits - 4), 0, _BONUS))


@dataclass(eq=False)
class Design:
    """How configs were laid out: drawn one by one, crossed with tasks, or a full grid.

    Repeats count nothing as evidence. A column crossed with all others (tasks, say: each config on
    each) does not either, as configs remain the draws. Of a full grid each row does, since its
    independent factors are crossed, so two that are not crossed are one. Only one crossed column
    makes a grid if its values are chosen numbers (10, 25, 50, 100), and not words or 0, 1, 2 as
    tasks and folds are.

    Attributes:
        columns: columns of the distinct configs that vary.
        classes: class of each column; those of one class are one to one.
    """

    columns: Sequence[EncodedColumn]
    repeat_hash: np.ndarray | None = None
    classes: dict[str, int] = field(init=False)
    _crossed: frozenset[int] = field(init=False)
    _rows: np.ndarray = field(init=False)
    _core: np.ndarray = field(init=False)
    _inner: frozenset[int] = field(init=False)
    _grid_like: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        buckets: dict[bytes, int] = {}
        self.classes = {
            c.name: buckets.setdefault(partition_key(c.codes), len(buckets)) for c in self.columns
        }
        firsts: dict[int, EncodedColumn] = {}
        for column in self.columns:
            firsts.setdefault(self.classes[column.name], column)
        count = len(self.columns[0].codes) if self.columns else 0
        usual = {i: c for i, c in firsts.items() if 2 * len(c.levels) <= count}
        self._grid_like = frozenset(i for i, c in usual.items() if _is_grid_like(c))
        hashes = {i: hashed(c.codes, i) for i, c in usual.items()}
        total = sum(hashes.values(), np.zeros(count, dtype=np.uint64))
        self._rows = np.arange(count)
        identity = set(usual)
        if len(usual) < len(firsts) and self._is_repeated(total):
            self._rows = _first_of_each(total)
        elif len(np.unique(total)) < count:
            identity = set(firsts)
            unusual = [hashed(c.codes, i) for i, c in firsts.items() if i not in usual]
            total = sum(unusual, total)
        total = total[self._rows]
        most = sorted(identity, key=lambda i: -len(firsts[i].levels))[:2]
        crossed = [
            i
            for i, h in hashes.items()
            if _may_be_crossed(usual[i], [firsts[j] for j in most if j != i], len(self._rows))
            and len(np.unique(total - h[self._rows])) * _count(usual[i]) * _FILLED
            <= len(self._rows)
        ]
        self._crossed = frozenset(crossed)
        core = total - sum(
            (hashes[i][self._rows] for i in crossed), np.zeros(len(self._rows), dtype=np.uint64)
        )
        self._core = self._rows[_first_of_each(core)]
        self._inner = frozenset(identity) - self._crossed

    def _is_repeated(self, total: np.ndarray) -> bool:
        """Whether values that differ in every row (measured ones) hide repeated configs."""
        counts = np.unique(total, return_counts=True)[1]
        if counts.min() == counts.max() > 1:
            return True
        if self.repeat_hash is None or len(np.unique(self.repeat_hash)) * 2 > len(total):
            return False
        both = len(np.unique(total + self.repeat_hash))
        return len(counts) < len(total) and both == len(total)

    def draws(
        self, target: EncodedColumn, parents: Sequence[EncodedColumn]
    ) -> tuple[np.ndarray, float]:
        """Rows that are independent draws of these columns, and bits for how names and layout fit.

        Args:
            target: the column that would depend.
            parents: the columns it would depend on.
        """
        involved = {self.classes[c.name] for c in (target, *parents)}
        if involved.isdisjoint(self._inner | self._crossed):
            # Measured: configs are distinct without them.
            return np.arange(len(target.codes)), 0.0
        outside = self._crossed - involved
        akin = any(are_akin(target.name, p.name) for p in parents)
        rows, bits = self._rows, _BONUS * akin
        if outside:
            # The rest after the crossed ones is these columns alone: a grid, if of several factors.
            alone = self._inner | self._crossed == involved | outside
            names = [n for n, i in self.classes.items() if i in involved]
            own = len(names) == 1 + len(parents)
            several = len(outside) > 1 or outside <= self._grid_like
            if alone and (several or (akin and own)):
                bits += _BONUS * (len(outside) > 1)
            else:
                rows = self._core
        return self._draws_of_a_finer(rows, target, parents, involved), bits

    def recurs_elsewhere(self, parents: Sequence[EncodedColumn]) -> bool:
        """Whether another column recurs under most values of these: no mere repeats."""
        every = np.arange(len(parents[0].codes))
        own = joint_codes(parents, every)
        groups = int(own.max()) + 1
        for column in self.columns[:_PARENTS]:
            levels = _count(column)
            if 2 * levels > len(every) or is_function(column.codes, own):
                continue
            pairs = len(np.unique(own * (levels + 1) + column.codes))
            if 2 * pairs >= levels * groups and not is_function(own, column.codes):
                return True
        return False

    def _draws_of_a_finer(
        self,
        rows: np.ndarray,
        target: EncodedColumn,
        parents: Sequence[EncodedColumn],
        involved: set[int],
    ) -> np.ndarray:
        """Rows by a column that sets all of these, as continuous ones do in repeated configs."""
        own = joint_codes([target, *parents], rows)
        below, best = int(own.max()) + 1 if len(own) else 0, len(rows)
        for column in self.columns[:_PARENTS]:
            count = len(column.levels)
            if not below < count < best or self.classes[column.name] in involved:
                continue
            codes = column.codes[rows]
            if is_function(own, codes) and not is_function(codes, own):
                firsts = _first_of_each(codes)
                rows, own, best = rows[firsts], own[firsts], len(firsts)
        return rows


def partition_key(codes: np.ndarray) -> bytes:
    """Equal for columns that fall into the same groups of equal values."""
    return np.ascontiguousarray(codes, dtype=np.int32).tobytes()


def hashed(codes: np.ndarray, salt: int) -> np.ndarray:
    """Codes as scattered 64-bit numbers; sums of several columns' tell rows apart."""
    x = (codes.astype(np.int64) + 2).astype(np.uint64) + np.uint64((salt + 1) * 0x9E3779B1 % 2**63)
    x = x * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def joint_codes(columns: Sequence[EncodedColumn], rows: np.ndarray) -> np.ndarray:
    """One code for each combination of values, in order of first appearance."""
    total = sum(
        (hashed(c.codes[rows], i) for i, c in enumerate(columns)), np.zeros(len(rows), np.uint64)
    )
    return np.asarray(pd.factorize(total)[0])


def is_function(codes: np.ndarray, of: np.ndarray) -> bool:
    """Whether ``codes`` are constant in each group of equal ``of``."""
    firsts = np.zeros(int(of.max()) + 2, dtype=np.int64)
    firsts[of[::-1]] = np.arange(len(of))[::-1]  # -1, unset, is the last group
    return bool((codes == codes[firsts[of]]).all())


def _may_be_crossed(column: EncodedColumn, others: Sequence[EncodedColumn], rows: int) -> bool:
    """Whether there are enough rows to cross a column with the one of most values."""
    most = max((len(c.levels) for c in others), default=1)
    return _count(column) * most * _FILLED <= rows


def _is_grid_like(column: EncodedColumn) -> bool:
    numbers = column.numbers
    return numbers is not None and bool((np.diff(np.unique(numbers)) != 1).any())


def _count(column: EncodedColumn) -> int:
    return len(column.levels) + bool((column.codes < 0).any())


def _first_of_each(keys: np.ndarray) -> np.ndarray:
    return np.sort(np.unique(keys, return_index=True)[1])
