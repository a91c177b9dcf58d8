"""The search for dependences, in stages from equal values to functions of several names."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice

import numpy as np
import pandas as pd

from logminer.analyses._chance import (
    ENOUGH_BITS,
    Design,
    are_akin,
    arrangement_bits,
    hashed,
    is_function,
    joint_codes,
    log2_factorial,
    long_integer_bits,
    map_bits,
    partition_key,
    search_bits,
    tie_bits,
)
from logminer.analyses._composed import find_composed
from logminer.analyses._dependence import Dependence, Kind, value_key
from logminer.analyses._encoding import EncodedColumn, encode
from logminer.analyses._formulas import Formula
from logminer.analyses._number_formulas import (
    by_presence,
    digit_bits,
    exact_formula,
    is_equality,
    is_input,
    one_variable_formula,
    rank_key,
    screened,
)
from logminer.analyses._screening import PAIR_INPUTS, TRIPLE_INPUTS, Candidate, screen_all_inputs

# A re-expression without a formula needs so many distinct values in the same order.
MONOTONE_VALUES = 10
# Columns of one bucket (equal ranks, equal groups) are compared with so many of their kind.
_BUCKET = 32
# Columns that are tried as formulas or functions of several others.
_TARGETS = 2000
# Columns that may set others together: in pairs, in triples.
_FUNCTION_PARENTS = (24, 12)
_FUNCTION_ROWS = 512
_TABLE = 10_000


def distinct_rows(columns: Iterable[EncodedColumn], count: int) -> np.ndarray:
    total = sum((hashed(c.codes, i) for i, c in enumerate(columns)), np.zeros(count, np.uint64))
    return np.sort(np.unique(total, return_index=True)[1])


class DependenceSearch:
    """The columns of one table, which of them are still free, and what was found."""

    def __init__(
        self, configs: pd.DataFrame, repeats: Sequence[str], priority: Mapping[str, float]
    ) -> None:
        again = set(repeats)
        known = encode(configs.loc[:, [c for c in configs.columns if c not in again]])
        rows = distinct_rows(known, len(configs))
        varied = [c for c in (k.at(rows) for k in known) if len(c.levels) + (c.codes < 0).any() > 1]
        seeds = encode(configs.loc[:, [c for c in configs.columns if c in again]].iloc[rows])
        spread = sum(
            (hashed(c.codes, -i - 2) for i, c in enumerate(seeds)), np.zeros(len(rows), np.uint64)
        )
        self._count = len(rows)
        self._design = Design(varied, spread if seeds else None)
        position = {c.name: i for i, c in enumerate(varied)}
        ranked = sorted(varied, key=lambda c: (-priority.get(c.name, 0.0), position[c.name]))
        self._free = {c.name: c for c in ranked if len(c.levels) > 1}
        self._found: dict[str, Dependence] = {}

    def run(self) -> dict[str, Dependence]:
        if self._count > 2:
            self._find_re_expressions()
            self._find_equal_words()
            self._find_composed()
            self._find_formulas()
            self._find_same_order()
            self._find_ties()
            self._find_functions()
        return dict(reversed(self._found.items()))

    def _least_likely_first(self) -> list[EncodedColumn]:
        return list(self._free.values())[::-1]

    def _take(
        self,
        target: EncodedColumn,
        parents: Sequence[EncodedColumn],
        kind: Kind,
        text: str,
        *,
        bits: float,
        rule: Formula | None = None,
        ceiling: float = 1.0,
    ) -> None:
        spare = max(bits - ENOUGH_BITS, 0.0)
        strength = min(1 - 2.0 ** -(2 + spare / 4), ceiling)
        count = len(np.unique(joint_codes(parents, np.flatnonzero(target.present))))
        configs = int(target.present.sum())
        how = "as printed" if isinstance(rule, Formula) and rule.printed else "exact"
        evidence = f"{how} in {configs} distinct configs"
        if count < configs:
            evidence += f" ({count} distinct values)"
        del self._free[target.name]
        table = rule if rule or kind == "composed" else _table(target, parents)
        self._found[target.name] = Dependence(
            kind, tuple(p.name for p in parents), text, evidence, strength, table
        )

    def _find_re_expressions(self) -> None:
        """Numbers that are one number seen another way: same order of values, or the reverse."""
        numeric = sum(c.numbers is not None for c in self._free.values())
        for target, originals in self._ranked_alike():
            self._re_express(target, originals, numeric)

    def _ranked_alike(self) -> Iterator[tuple[EncodedColumn, list[EncodedColumn]]]:
        """Numbers, least likely choices first, with likelier ones of the same or reverse order."""
        buckets: dict[bytes, list[EncodedColumn]] = {}
        for column in self._free.values():
            if column.numbers is not None:
                buckets.setdefault(rank_key(column), []).append(column)
        for bucket in buckets.values():
            for i in range(len(bucket) - 1, 0, -1):
                yield bucket[i], bucket[: min(i, _BUCKET)]

    def _re_express(
        self, target: EncodedColumn, originals: Sequence[EncodedColumn], numeric: int
    ) -> None:
        for original in originals:
            formula = one_variable_formula(target, original)
            if formula:
                bits = self._formula_bits(target, [original], formula, numeric)
                if bits >= ENOUGH_BITS:
                    self._take_formula(target, [original], formula, bits)
                    return

    def _draws(
        self, target: EncodedColumn, parents: Sequence[EncodedColumn]
    ) -> tuple[np.ndarray, float]:
        rows, bonus = self._design.draws(target, parents)
        return rows[target.present[rows]], bonus

    def _formula_bits(
        self,
        target: EncodedColumn,
        parents: Sequence[EncodedColumn],
        formula: Formula,
        numeric: int,
    ) -> float:
        """Evidence for a formula, less what was fitted and looked for; 0 for too few points."""
        points = int(joint_codes(parents, np.flatnonzero(target.present)).max()) + 1
        constants, values = formula.constants, len(target.levels)
        if formula.form == "power":
            constants += sum(abs(k) != 1 for k in formula.coefficients)
        if min(points, values) < constants + (1 if is_equality(formula) else len(parents)) + 1:
            return 0.0
        rows, bonus = self._draws(target, parents)
        bits = arrangement_bits(target.codes[rows]) - constants * math.log2(values) + bonus
        shared = is_equality(formula) and values < len(rows)
        assert target.numbers is not None
        if not shared and not target.is_pool and points >= constants + len(parents) + 2:
            digits = (min(points, values) - constants) * digit_bits(target, formula)
            bits = max(bits, digits)
        forms = sum(1.0 + 2.0 * (abs(c) != 1) for c in formula.coefficients)
        return bits - search_bits(numeric, len(parents)) - forms * (not is_equality(formula))

    def _take_formula(
        self, target: EncodedColumn, parents: Sequence[EncodedColumn], formula: Formula, bits: float
    ) -> None:
        names = [p.name for p in parents]
        if is_equality(formula):
            self._take(target, parents, "copy", f"equals {names[0]}", bits=bits, rule=formula)
            return
        self._take(
            target, parents, "formula", formula.text(target.name, names), bits=bits, rule=formula
        )

    def _find_equal_words(self) -> None:
        buckets: dict[tuple[bytes, tuple[str, ...]], list[EncodedColumn]] = {}
        for column in self._free.values():
            if column.numbers is None:
                spelled = tuple(re.sub("[^a-z0-9.]", "", str(v).lower()) for v in column.levels)
                buckets.setdefault((partition_key(column.codes), spelled), []).append(column)
        words = sum(map(len, buckets.values()))
        for first, *others in buckets.values():
            for target in others[::-1]:
                rows, bonus = self._draws(target, [first])
                bits = arrangement_bits(target.codes[rows]) + bonus - search_bits(words, 1)
                if bits >= ENOUGH_BITS:
                    self._take(target, [first], "copy", f"equals {first.name}", bits=bits)

    def _find_composed(self) -> None:
        texts = [c for c in self._least_likely_first() if c.numbers is None]
        parts = list(self._free.values())
        for name, (held, bits) in find_composed(texts, parts).items():
            left = [p for p in held if p.name in self._free]
            if left:
                text = f"names {_listed([p.name for p in left])}"
                self._take(self._free[name], left, "composed", text, bits=bits)

    def _find_formulas(self) -> None:
        numeric = [c for c in self._free.values() if c.numbers is not None]
        candidates: dict[str, list[tuple[Candidate, list[EncodedColumn]]]] = {}
        for form in ("power", "linear"):
            for targets, rows in by_presence(numeric[::-1][:_TARGETS], form):
                fitting = (c for c in numeric if is_input(c, rows, form))
                inputs = list(islice(fitting, PAIR_INPUTS))
                if not inputs:
                    continue
                fits = screened(targets, inputs, rows, form)
                for target, own in zip(targets, fits, strict=True):
                    candidates.setdefault(target.name, []).extend((fit, inputs) for fit in own)
        for target in numeric[::-1]:
            options = candidates.get(target.name, [])
            options.sort(key=lambda o: (len(o[0].inputs), o[0].form != "power"))
            self._try(target, options, len(numeric))

    def _try(
        self,
        target: EncodedColumn,
        options: Sequence[tuple[Candidate, list[EncodedColumn]]],
        numeric: int,
    ) -> None:
        best: tuple[float, Formula, list[EncodedColumn]] | None = None
        size = 0
        for candidate, inputs in options:
            parents = [inputs[i] for i in candidate.inputs]
            if best and len(parents) > size:
                break
            if all(p.name in self._free for p in parents):
                formula = exact_formula(target, parents, candidate)
                bits = self._formula_bits(target, parents, formula, numeric) if formula else 0.0
                if formula and bits >= ENOUGH_BITS and (best is None or bits > best[0]):
                    best, size = (bits, formula, parents), len(parents)
        best = best or self._of_many(target, numeric)
        if best:
            self._take_formula(target, best[2], best[1], best[0])

    def _of_many(
        self, target: EncodedColumn, numeric: int
    ) -> tuple[float, Formula, list[EncodedColumn]] | None:
        if numeric > PAIR_INPUTS:
            return None
        rows = np.flatnonzero(target.present & (np.nan_to_num(target.values) != 0))
        inputs = [
            c
            for c in list(self._free.values())[:TRIPLE_INPUTS]
            if c is not target and c.numbers is not None and is_input(c, rows, "power")
        ]
        if len(inputs) < 4 or len(rows) < len(inputs) + 4:
            return None
        logs = np.log(np.abs(np.column_stack([c.values[rows] for c in inputs])))
        used = screen_all_inputs(np.log(np.abs(target.values[rows])), logs)
        if not used:
            return None
        parents = [inputs[i] for i in used]
        shape = np.linalg.lstsq(
            np.column_stack([np.ones(len(rows)), logs[:, used]]),
            np.log(np.abs(target.values[rows])),
            rcond=None,
        )[0][1:]
        formula = exact_formula(
            target, parents, Candidate("power", used, tuple(shape.tolist()), 0.0)
        )
        bits = self._formula_bits(target, parents, formula, numeric) if formula else 0.0
        return (bits, formula, parents) if formula and bits >= ENOUGH_BITS else None

    def _find_same_order(self) -> None:
        """Numbers of the same or the reverse order as another that no formula gives."""
        numeric = sum(c.numbers is not None for c in self._free.values())
        for target, originals in self._ranked_alike():
            self._order(target, originals, numeric)

    def _order(
        self, target: EncodedColumn, originals: Sequence[EncodedColumn], numeric: int
    ) -> None:
        assert target.numbers is not None
        steps = np.diff(target.numbers)
        if (steps > 0).all() or (steps < 0).all():
            # Raised or lowered from run to run, as other settings were: a habit and no dependence.
            return
        for original in originals:
            rows, bonus = self._draws(target, [original])
            values = min(len(target.levels), len(np.unique(target.codes[rows])))
            bits = log2_factorial(values) - 1 + bonus - search_bits(numeric, 1)
            if values >= MONOTONE_VALUES and bits >= ENOUGH_BITS:
                text = f"in the order of {original.name}"
                self._take(target, [original], "copy", text, bits=bits, ceiling=0.6)
                return

    def _find_ties(self) -> None:
        """Columns that are one to one over more configs than chance explains."""
        buckets: dict[bytes, list[EncodedColumn]] = {}
        for column in self._free.values():
            buckets.setdefault(partition_key(column.codes), []).append(column)
        looked = len(self._free)
        for bucket in buckets.values():
            for target in bucket[:0:-1]:
                self._tie(target, bucket[: bucket.index(target)][:_BUCKET], looked)

    def _tie(self, target: EncodedColumn, originals: Sequence[EncodedColumn], looked: int) -> None:
        # Of several the one of the same name: model_name repeats model.
        for original in sorted(originals, key=lambda o: not are_akin(target.name, o.name)):
            words = target.numbers is None and original.numbers is None
            if not words and not self._may_set(target, original):
                continue
            rows, bonus = self._draws(target, [original])
            bits = tie_bits(target.codes[rows])
            if bits <= 0:
                continue
            bits += bonus + long_integer_bits(target) - search_bits(looked, 1)
            if bits >= ENOUGH_BITS:
                text = f"one to one with {original.name}" if words else f"set by {original.name}"
                self._take(target, [original], "copy" if words else "function", text, bits=bits)
                return

    def _may_set(self, target: EncodedColumn, original: EncodedColumn) -> bool:
        """Whether two that are one to one may tell more than that configs were run again.

        Drawn fractions are one to one whenever configs repeat; without a formula they are
        independent.
        """
        often = 3 * len(original.levels) <= self._count
        if not often:
            return False
        drawn = any(
            c.numbers is not None and not c.is_whole and not c.is_pool for c in (target, original)
        )
        return not drawn and self._design.recurs_elsewhere([original])

    def _find_functions(self) -> None:
        """Columns that two or three others set together, then those that one of words sets."""
        looked = len(self._free)
        by_levels = sorted(self._least_likely_first(), key=lambda c: -len(c.levels))
        targets = [c for c in by_levels if 2 * len(c.levels) <= self._count][:_TARGETS]
        for size, limit in zip((2, 3), _FUNCTION_PARENTS, strict=True):
            self._set_by_several(targets, size, limit, looked)
        words = [c for c in self._free.values() if c.numbers is None]
        for parent in [c for c in words if self._is_parent(c)][: _FUNCTION_PARENTS[0]]:
            for target in targets:
                fine = len(target.levels) < len(parent.levels) and target is not parent
                if fine and target.name in self._free and parent.name in self._free:
                    self._set_by(target, [parent], looked)

    def _is_parent(self, column: EncodedColumn) -> bool:
        return 3 * len(column.levels) <= self._count and bool(column.present.all())

    def _set_by_several(
        self, targets: Sequence[EncodedColumn], size: int, limit: int, looked: int
    ) -> None:
        parents = [c for c in self._free.values() if self._is_parent(c)][:limit]
        left = [t for t in targets if t.name in self._free]
        if len(parents) < size or not left:
            return
        rows = np.unique(np.linspace(0, self._count - 1, _FUNCTION_ROWS).astype(int))
        table = np.column_stack([t.codes[rows] for t in left])
        levels = np.asarray([len(t.levels) for t in left])
        for group in combinations(parents, size):
            joint = joint_codes(group, rows)
            if 2 * (joint.max() + 1) > len(rows):
                continue
            firsts = np.unique(joint, return_index=True)[1]
            fine = levels > max(len(p.levels) for p in group)
            columns = np.flatnonzero(fine)
            same = (table[:, columns] == table[np.ix_(firsts, columns)][joint]).all(axis=0)
            for i in columns[same]:
                names = {left[i].name, *(p.name for p in group)}
                if names <= self._free.keys() and len(names) == size + 1:
                    self._set_by(left[i], group, looked)

    def _set_by(self, target: EncodedColumn, parents: Sequence[EncodedColumn], looked: int) -> None:
        every = np.arange(self._count)
        joint = joint_codes(parents, every)
        if not is_function(target.codes, joint) or any(
            is_function(target.codes, joint_codes([p for p in parents if p is not one], every))
            for one in parents
            if len(parents) > 1
        ):
            return
        rows, bonus = self._draws(target, parents)
        bits = map_bits(target.codes[rows], len(np.unique(joint[rows])))
        if bits <= 0:
            return
        bits += bonus + long_integer_bits(target) - search_bits(looked, len(parents))
        if bits >= ENOUGH_BITS:
            text = f"set by {_listed([p.name for p in parents])}"
            self._take(target, parents, "function", text, bits=bits)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _table(
    target: EncodedColumn, parents: Sequence[EncodedColumn]
) -> dict[tuple[object, ...], object]:
    rows = np.flatnonzero(target.present)
    firsts = rows[np.unique(joint_codes(parents, rows), return_index=True)[1]][:_TABLE]
    return {
        tuple(value_key(p.levels[p.codes[row]]) for p in parents): target.levels[target.codes[row]]
        for row in firsts.tolist()
        if all(p.codes[row] >= 0 for p in parents)
    }
