"""Search spaces that tools declare: the descriptions of all runs as one parameter a name, with their evidence.

A declared range is what somebody chose to search; the extremes of the values drawn are only what chance made
of it. So a declaration goes before all that the values suggest, as long as the values bear it out.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import pandas as pd

from logminer.analyses._kinds import extent, short
from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer, Parameter, is_number, same
from logminer.core.space_spec import parameter_from_spec

if TYPE_CHECKING:
    from logminer.analyses.space import Decision

_BORNE_OUT = 0.5  # share of the recorded values that are of the declared kind
_ON_STEPS = 0.9  # share of the recorded numbers that lie on the declared steps
_MOST_STEPS = 1_000_000  # of a common lattice; a finer one is none
_TOOLS = {
    "optuna": "Optuna", "optuna_journal": "Optuna", "wandb": "Weights & Biases", "keras_tuner": "Keras Tuner",
    "ray": "Ray Tune", "sklearn_cv": "scikit-learn", "hydra": "Hydra", "smac": "SMAC", "hpbandster": "HpBandSter",
    "mlflow": "MLflow", "mlflow_sqlite": "MLflow",
}  # fmt: skip

Range = Float | Integer


@dataclass(frozen=True)
class Declaration:
    """What the runs declare of one hyperparameter.

    Attributes:
        parameter: how it is searched; None where the descriptions contradict each other or the values.
        because: the evidence, or what is wrong with it.
    """

    parameter: Parameter | None
    because: str


def declarations(
    spaces: pd.DataFrame, columns: pd.DataFrame, written: Mapping[str, Sequence[str]]
) -> dict[str, Declaration]:
    """One declaration a hyperparameter that some run declares.

    Args:
        spaces: long frame ``run``, ``name``, ``spec`` (JSON, in the words of a ``space.yaml``), and perhaps ``tool``.
        columns: recorded values, one row a run (indexed by run id), one column a hyperparameter.
        written: names under which the logs hold each column.
    """
    if spaces.empty:
        return {}
    shown = {name: column for column, names in written.items() for name in names}
    rows = spaces[spaces["run"].isin(columns.index)]
    rows = rows.assign(column=rows["name"].map(shown)).dropna(subset="column")
    found = {}
    for name, group in rows.groupby("column", sort=False):
        specs = group.groupby("spec", sort=False)["run"].nunique()
        tools = sorted(set(group["tool"].dropna())) if "tool" in group else []
        by = f"by {' and '.join(dict.fromkeys(_TOOLS.get(t, t) for t in tools))} " if tools else ""
        count = group["run"].nunique()
        origin = f"{by}in {count} run{'s' if count > 1 else ''}"
        found[str(name)] = _borne_out(_combined(specs, origin), columns[name].dropna())
    return found


def _combined(specs: pd.Series, origin: str) -> Declaration:
    """One parameter from all descriptions, each with the number of its runs."""
    parameters: list[tuple[Parameter, int]] = []
    for text, runs in specs.items():
        try:
            parameters.append((_parsed(str(text)), int(runs)))
        except (SpaceError, ValueError, RecursionError):
            continue
    if not parameters:
        return Declaration(None, f"what is declared {origin} makes no sense")
    distinct = {repr(parameter): parameter for parameter, _ in parameters}
    if len(distinct) == 1:
        (parameter,) = distinct.values()
        return Declaration(parameter, f"declared {origin}: {extent(parameter)}")
    joined = _joined(parameters)
    if joined is None:
        kinds = " and as ".join(sorted({_kind(p) for p in distinct.values()}))
        return Declaration(None, f"declared {origin} as {kinds}, which contradict each other")
    what = "choices" if isinstance(joined, Categorical) else "ranges"
    said = f"declared {origin}: {extent(joined)}, which holds all {len(distinct)} {what}"
    return Declaration(joined, said)


def _parsed(text: str) -> Parameter:
    parameter = parameter_from_spec(json.loads(text))
    if isinstance(parameter, Categorical):
        plain = (str, int, float, bool, type(None))
        if not all(isinstance(choice, plain) for choice in parameter.choices):
            raise SpaceError("choices are no plain values")
    return parameter


def _kind(parameter: Parameter) -> str:
    return {Categorical: "choices", Float: "real", Integer: "whole"}[type(parameter)]


def _joined(parameters: Sequence[tuple[Parameter, int]]) -> Parameter | None:
    """The least parameter that holds the values of all; None where they are of different kinds."""
    choices = [p for p, _ in parameters if isinstance(p, Categorical)]
    ranges = [(p, runs) for p, runs in parameters if isinstance(p, Float | Integer)]
    if not ranges:
        return _union(choices)
    single = [p.choices[0] for p in choices if p.count == 1 and is_number(p.choices[0])]
    if len(single) < len(choices) or len({type(p) for p, _ in ranges}) > 1:
        return None  # a number that was fixed for a while is a range of one value, other choices are none
    low = min([p.low for p, _ in ranges] + single)
    high = max([p.high for p, _ in ranges] + single)
    return _hull(ranges, low, high, single)


def _union(parameters: Sequence[Categorical]) -> Categorical:
    choices: list[Any] = []
    for parameter in parameters:
        choices += [c for c in parameter.choices if not any(same(c, other) for other in choices)]
    ordered = all(p.ordered for p in parameters) and all(is_number(c) for c in choices)
    when = parameters[0].when if all(p.when == parameters[0].when for p in parameters) else {}
    return Categorical(tuple(sorted(choices)) if ordered else tuple(choices), ordered, when)


def _hull(
    ranges: Sequence[tuple[Range, int]], low: float, high: float, single: Sequence[float]
) -> Parameter:
    """The range from the lowest to the highest bound, on the scale of most runs, in steps that hold all values."""
    first = ranges[0][0]
    usual = max(ranges, key=lambda pair: sum(n for p, n in ranges if _scale(p) == _scale(pair[0])))[
        0
    ]
    log, one_minus = usual.log and low > 0, usual.one_minus and high < 1
    when = first.when if all(p.when == first.when for p, _ in ranges) else {}
    lows = [p.low for p, _ in ranges] + list(single)
    if isinstance(first, Integer):
        factor = _common_factor([p for p, _ in ranges], lows) if log else None
        step = 1 if factor else _common_step([p for p, _ in ranges], lows, high - low) or 1
        return Integer(
            int(low), int(high), log, when, int(step), None if factor is None else int(factor)
        )
    factor = _common_factor([p for p, _ in ranges], lows) if log else None
    spacing = None if factor else _common_step([p for p, _ in ranges], lows, high - low)
    return Float(low, high, log, when, one_minus, spacing, factor)


def _scale(parameter: Range) -> tuple[bool, bool]:
    return parameter.log, parameter.one_minus


def _common_step(ranges: Sequence[Range], lows: Sequence[float], width: float) -> float | None:
    """The largest step whose lattice from the lowest bound holds all values; None where some range has none."""
    if any(p.factor is not None or p.step is None for p in ranges):
        return None
    exact = [Fraction(repr(value)) for value in lows]
    spans = [value - min(exact) for value in exact] + [Fraction(repr(p.step)) for p in ranges]
    common = reduce(_common_divisor, spans)
    if not common or width / float(common) > _MOST_STEPS:
        return None
    return int(common) if common.denominator == 1 else float(common)


def _common_divisor(one: Fraction, other: Fraction) -> Fraction:
    below = one.denominator * other.denominator
    return Fraction(
        math.gcd(one.numerator * other.denominator, other.numerator * one.denominator), below
    )


def _common_factor(ranges: Sequence[Range], lows: Sequence[float]) -> float | None:
    """The factor that all ranges share, if their lowest values are powers of it apart."""
    factors = {p.factor for p in ranges}
    factor = factors.pop()
    if factors or factor is None:
        return None
    powers = [math.log(value / min(lows)) / math.log(factor) for value in lows]
    return factor if all(abs(power - round(power)) < 1e-6 for power in powers) else None


def _borne_out(declaration: Declaration, values: pd.Series) -> Declaration:
    """The declaration as far as recorded values agree with it: written otherwise, they are no values of it."""
    parameter = declaration.parameter
    if parameter is None or values.empty:
        return declaration
    if isinstance(parameter, Categorical):
        if values.map(parameter.contains).mean() >= _BORNE_OUT:
            return declaration
        return Declaration(None, f"{declaration.because}; most runs hold other values")
    numbers = values[values.map(is_number)]
    if len(numbers) < _BORNE_OUT * len(values):
        return Declaration(None, f"{declaration.because}; most runs hold no such number")
    inside = numbers[numbers.map(lambda v: bool(parameter.low <= v <= parameter.high))]
    if not parameter.is_stepped or inside.map(parameter.contains).mean() >= _ON_STEPS:
        return declaration
    freed: Parameter = (
        replace(parameter, step=1, factor=None)
        if isinstance(parameter, Integer)
        else replace(parameter, step=None, factor=None)
    )
    return Declaration(freed, f"{declaration.because}; but runs hold numbers between the steps")


def with_declared(
    decisions: Sequence["Decision"], declared: Mapping[str, Declaration]
) -> list["Decision"]:
    """Decisions of which declared hyperparameters are searched as declared, whatever their values suggest.

    One whose declaration allows a single value is a constant.

    Args:
        decisions: one a recorded name.
        declared: as from ``declarations``, without what is not to be searched all the same: seeds, what tells tasks
            apart.
    """
    result = []
    for decision in decisions:
        declaration = declared.get(decision.name)
        if declaration is None:
            result.append(decision)
        elif declaration.parameter is None:
            said = f"{decision.because}; {declaration.because}"
            result.append(replace(decision, because=said))
        elif declaration.parameter.count == 1:
            (value,) = declaration.parameter.values()
            said = f"constant: {short(value) if is_number(value) else value}, {declaration.because}"
            result.append(replace(decision, parameter=None, because=said))
        else:
            result.append(
                replace(decision, parameter=declaration.parameter, because=declaration.because)
            )
    return _with_known_parents(result)


def _with_known_parents(decisions: Sequence["Decision"]) -> list["Decision"]:
    """Conditions on what is not searched, or never takes the value, are none."""
    known = {d.name: d.parameter for d in decisions if d.parameter}
    result = []
    for decision in decisions:
        if decision.parameter and decision.parameter.when:
            when = {
                parent: kept
                for parent, values in decision.parameter.when.items()
                if parent in known and parent != decision.name
                and (kept := tuple(v for v in values if known[parent].contains(v)))
            }  # fmt: skip
            result.append(replace(decision, parameter=replace(decision.parameter, when=when)))
        else:
            result.append(decision)
    return result
