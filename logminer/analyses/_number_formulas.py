"""Formulas between encoded columns: which hold in every config, and what a value is worth."""

import math
from collections.abc import Sequence

import numpy as np

from logminer.analyses import _formulas as formulas
from logminer.analyses._chance import joint_codes
from logminer.analyses._encoding import (
    EncodedColumn,
    print_tolerance,
    sample,
    significant_digits,
    unit_tolerance,
)
from logminer.analyses._formulas import Formula
from logminer.analyses._screening import Candidate, screen

# For so many sets of present runs formulas of several numbers are looked for.
_MASKS = 8


def is_equality(formula: Formula) -> bool:
    """Whether it only says that two columns are equal."""
    plain = formula.form in {"power", "linear"} and formula.coefficients == (1.0,)
    return plain and formula.factor == 1 and formula.offset == 0 and not formula.rounding


def rank_key(column: EncodedColumn) -> bytes:
    """Equal for columns set in the same runs whose values have the same order, or the reverse."""
    assert column.numbers is not None
    ranks = np.empty(len(column.numbers), dtype=np.int32)
    ranks[np.argsort(column.numbers)] = np.arange(len(ranks))
    if ranks[0] > ranks[1]:
        ranks = len(ranks) - 1 - ranks
    return np.where(column.codes >= 0, ranks[column.codes], -1).astype(np.int32).tobytes()


def _points(
    target: EncodedColumn, parents: Sequence[EncodedColumn]
) -> tuple[np.ndarray, list[np.ndarray]] | None:
    """Values of the distinct combinations of target and parents where the target is set."""
    rows = np.flatnonzero(target.present)
    if not all(p.present[rows].all() for p in parents):
        return None
    firsts = rows[np.unique(joint_codes([target, *parents], rows), return_index=True)[1]]
    return target.values[firsts], [p.values[firsts] for p in parents]


def one_variable_formula(target: EncodedColumn, original: EncodedColumn) -> Formula | None:
    """How one number follows from another of the same order: the simplest formula that is exact."""
    points = _points(target, [original])
    if points is None:
        return None
    y, (x,) = points
    tolerance, slack = print_tolerance(y), _input_slack(x)
    exponents = [1.0]
    if (x > 0).all() and (y > 0).all():
        slope = float(np.polyfit(np.log(x), np.log(y), 1)[0])
        nearest = min(formulas.EXPONENTS, key=lambda k: abs(k - slope))
        exponents += [k for k in (nearest, math.copysign(1.0, slope)) if k not in exponents]
    for k in sorted(exponents, key=lambda k: abs(k) != 1):
        formula = formulas.fit_power(y, tolerance, [x], [slack], [k])
        if formula:
            return formula
    named = formulas.fit_function(y, tolerance, x)
    if named or len(y) < 3:
        return named
    return formulas.fit_linear(y, tolerance, [x], [float(np.polyfit(x, y, 1)[0])])


def _input_slack(values: np.ndarray | None) -> np.ndarray:
    assert values is not None
    return np.asarray(np.maximum(print_tolerance(values), unit_tolerance(values)))


def exact_formula(
    target: EncodedColumn, parents: Sequence[EncodedColumn], candidate: Candidate
) -> Formula | None:
    """A screened candidate with simple exponents or weights, if it then holds in every config."""
    points = _points(target, parents)
    if points is None:
        return None
    y, xs = points
    tolerance = print_tolerance(y)
    if candidate.form == "linear":
        exact = formulas.fit_linear(y, tolerance, xs, candidate.coefficients)
        whole = [float(round(c)) for c in candidate.coefficients]
        return exact or formulas.fit_linear(y, tolerance, xs, whole)
    slack = [_input_slack(x) for x in xs]
    near = [min(formulas.EXPONENTS, key=lambda k: abs(k - c)) for c in candidate.coefficients]
    plain = [math.copysign(1.0, c) for c in candidate.coefficients]
    for exponents in [near] if near == plain else [plain, near]:
        formula = formulas.fit_power(y, tolerance, xs, slack, exponents)
        if formula:
            return formula
    return None


def digit_bits(target: EncodedColumn, formula: Formula) -> float:
    """Bits that one agreeing value is worth: its digits, as far as the formula is held to them."""
    assert target.numbers is not None
    values = sample(target.numbers)
    digits = np.asarray([significant_digits(v) for v in values]) - 1
    known = np.minimum(digits * math.log2(10), 30.0)
    if formula.rounding:
        known = np.minimum(known, np.log2(np.maximum(np.abs(values), 1)))
    if formula.printed:
        known = np.minimum(known, 2 * math.log2(10))
    return float(known.mean())


def by_presence(
    columns: Sequence[EncodedColumn], form: str
) -> list[tuple[list[EncodedColumn], np.ndarray]]:
    """Targets that are set (for products: not zero) in the same runs, the largest groups."""
    groups: dict[bytes, list[EncodedColumn]] = {}
    for column in columns:
        groups.setdefault(_presence(column, form).tobytes(), []).append(column)
    largest = sorted(groups.values(), key=len, reverse=True)[:_MASKS]
    return [(g, np.flatnonzero(_presence(g[0], form))) for g in largest]


def _presence(column: EncodedColumn, form: str) -> np.ndarray:
    present = column.present
    return present & (column.values != 0) if form == "power" else present


def is_input(column: EncodedColumn, rows: np.ndarray, form: str) -> bool:
    if not len(rows) or not _presence(column, form)[rows].all():
        return False
    values = column.values[rows]
    return bool((values != values[0]).any())


def screened(
    targets: Sequence[EncodedColumn], inputs: Sequence[EncodedColumn], rows: np.ndarray, form: str
) -> list[list[Candidate]]:
    y, x = (np.column_stack([c.values[rows] for c in columns]) for columns in (targets, inputs))
    y_slack = np.column_stack([_slack(t)[t.codes[rows]] for t in targets])
    x_slack = np.zeros_like(x)
    if form == "power":
        x_slack = np.column_stack(
            [np.asarray(_input_slack(c.numbers))[c.codes[rows]] for c in inputs]
        )
        y_slack, x_slack = y_slack / np.abs(y), x_slack / np.abs(x)
        y, x = np.log(np.abs(y)), np.log(np.abs(x))
    names = {c.name: i for i, c in enumerate(inputs)}
    own = [names.get(t.name, -1) for t in targets]
    return screen(y, (y_slack**2).mean(axis=0), x, (x_slack**2).mean(axis=0), own=own, form=form)


def _slack(column: EncodedColumn) -> np.ndarray:
    """What rounding or printing may have changed in each distinct value."""
    assert column.numbers is not None
    return np.full(len(column.numbers), 0.3) if column.is_whole else column.print_tolerance
