"""The lattices that recorded numbers keep to: powers of two, multiples of 8, steps of 0.05.

Values between the ones that people chose are often no values at all (a width that the heads do not divide), and
always look odd beside theirs. So suggestions keep to the coarsest lattice on which all recorded values lie, if
values drawn from a range would hardly ever have fallen on it.

*Evidence.* ``m`` independent draws fall on a lattice of density ``d`` with probability ``d ** m``. Draws are distinct
configs, not runs: repeats with other seeds say nothing. Where one value stands in most configs (the base of a study
of one factor at a time), only those beside it were drawn.

*Real numbers on a log scale stay continuous*, and so do those that are known to be (learning rates, decays): a grid
over decades is how people list what they would try, no property of the number. Between 0.001 and 0.01 lies what a
model can find, and any script takes it; a search that kept to a full grid would have nothing left to propose. For the
same reason the steps of other real numbers are given up where nearly all combinations were tried.
"""

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from logminer.analyses._columns import comparable
from logminer.core.names import canonical, words
from logminer.core.parameters import Float, Integer, Parameter, is_finite, is_number

if TYPE_CHECKING:
    from logminer.analyses.space import Decision

_CHANCE = 0.01  # of values from a range that fall on a lattice by luck
_CHANCE_OF_SIZE = 0.2  # the same for sizes, which are powers or multiples nearly everywhere
_MOST_STEPS = 100  # of real numbers; a finer lattice is the rounding of a log
_MOST_DIGITS = 6  # behind the point
_LARGEST = 2**52
_USED_UP = 0.8  # share of the combinations tried from which a grid is used up
_CONTINUOUS = {
    "learning_rate", "weight_decay", "epsilon", "min_learning_rate", "l1", "C", "gamma", "one_minus_beta1",
    "one_minus_beta2", "one_minus_momentum",
}  # fmt: skip
_SIZES = {
    "batch_size", "batch_size_per_device", "tokens_per_batch", "hidden_size", "embedding_dim", "seq_length",
    "input_size", "num_heads", "buffer_size", "lora_r", "lora_alpha", "num_leaves",
}  # fmt: skip

_SIZE_WORDS = {"units", "width", "channels", "dim", "dims", "filters", "size", "neurons"}


def in_lattices(
    decisions: Sequence["Decision"], columns: pd.DataFrame, declared: Container[str]
) -> list["Decision"]:
    """Decisions whose numbers keep to the lattice of their recorded values.

    Args:
        decisions: one a recorded name.
        columns: recorded values, one row a run, one column a hyperparameter.
        declared: names whose parameter somebody declared: those stay as they are.
    """
    names = [d.name for d in decisions if d.parameter]
    configs = columns[names].map(comparable, na_action="ignore").drop_duplicates()
    spaced: dict[str, Parameter] = {}
    for decision in decisions:
        parameter, name = decision.parameter, decision.name
        if isinstance(parameter, Float | Integer) and name not in declared:
            values = columns.loc[configs.index, name].dropna()
            spaced[name] = on_lattice(name, parameter, values.tolist())
    whole = {d.name: spaced.get(d.name, d.parameter) for d in decisions if d.parameter}
    if _size(whole) * _USED_UP <= len(configs):
        spaced = {n: p for n, p in spaced.items() if isinstance(p, Integer)}
    return [_spaced(decision, spaced) for decision in decisions]


def _size(parameters: Mapping[str, Parameter | None]) -> float:
    return math.prod(float(p.count) for p in parameters.values() if p)


def _spaced(decision: "Decision", spaced: Mapping[str, Parameter]) -> "Decision":
    parameter = spaced.get(decision.name)
    if not isinstance(parameter, Float | Integer) or not parameter.is_stepped:
        return decision
    return replace(
        decision, parameter=parameter, because=f"{decision.because}; all are {_words(parameter)}"
    )


def _words(parameter: Float | Integer) -> str:
    low = parameter.low
    if parameter.factor is not None:
        return "powers of two" if math.log2(low).is_integer() else f"{low:g} times a power of two"
    step = parameter.step or 1
    places = low / step
    if abs(places - round(places)) < 1e-9:
        return f"multiples of {step:g}"
    return f"{low:g} and steps of {step:g}"


def on_lattice(name: str, parameter: Float | Integer, values: Sequence[Any]) -> Float | Integer:
    """The parameter with the coarsest lattice that its values support, or as it is.

    Args:
        name: as written in the logs.
        parameter: the range of the values.
        values: one for each distinct config, repeats included.
    """
    numbers = [v for v in values if is_number(v) and is_finite(v)]
    draws = len(numbers) - max(Counter(numbers).values(), default=0) + 1
    distinct = sorted(set(numbers))
    known = canonical(name).split(".")[-1]
    if known in _CONTINUOUS or len(distinct) < 2 or distinct[0] < parameter.low:
        return parameter
    unit = _unit(distinct)
    if not unit or (unit > 1 and (parameter.log or parameter.one_minus)):
        return parameter
    chance = _CHANCE_OF_SIZE if known in _SIZES or _SIZE_WORDS & set(words(name)) else _CHANCE
    places = [round(v * unit) for v in distinct]
    steps = _steps(places, draws, chance)
    if isinstance(parameter, Float) and 10.0**-draws <= chance:
        steps.append(1)  # one more digit would not have been 0 each time
    found = [_with_step(parameter, step, unit) for step in steps]
    if unit == 1 and (powers := _powers(parameter, places, draws, chance)):
        found.insert(0, powers)
    if unit > 1:
        found = [p for p in found if p.count <= _MOST_STEPS]
    return min(found, key=lambda p: p.count, default=parameter)


def _unit(values: Sequence[float]) -> int:
    """The power of ten by which all values become whole; 0 where there is none."""
    if max(abs(v) for v in values) >= _LARGEST:
        return 0
    for digits in range(_MOST_DIGITS + 1):
        unit = int(10**digits)
        if all(abs(v * unit - round(v * unit)) <= 1e-9 * max(1.0, abs(v * unit)) for v in values):
            return unit
    return 0


def _steps(places: Sequence[int], draws: int, chance: float) -> list[int]:
    """Steps on which all whole values lie, and that chance does not explain."""
    multiple = math.gcd(*places)
    steps = [multiple] if multiple > 1 and float(multiple) ** -draws <= chance else []
    spacing = math.gcd(*(p - places[0] for p in places))
    # Two values are always some step apart: it takes a third one to bear it out.
    if len(places) > 2 and spacing > multiple and float(spacing) ** (1 - draws) <= chance:
        steps.append(spacing)
    return steps


def _with_step(parameter: Float | Integer, step: int, unit: int) -> Float | Integer:
    if isinstance(parameter, Integer):
        return replace(parameter, step=step)
    return replace(parameter, step=step / unit)


def _powers(
    parameter: Float | Integer, places: Sequence[int], draws: int, chance: float
) -> Float | Integer | None:
    """The lattice of powers of two from the lowest value on, if all lie on it and chance does not explain that."""
    low, high = places[0], places[-1]
    if low < 1 or any(p % low or (p // low).bit_count() != 1 for p in places):
        return None
    powers = [low * 2**k for k in range((high // low).bit_length())]
    even = len(powers) / (high - low + 1)
    by_ratio = sum(math.log1p(1 / p) for p in powers) / math.log((high + 1) / low)
    if max(even, by_ratio) ** (draws - 1) > chance:
        return None
    if isinstance(parameter, Integer):
        return replace(parameter, log=True, factor=2)
    return replace(parameter, log=True, factor=2.0)
