"""What a set of configs from many sources says, parameter by parameter.

Sources are what is exchangeable: the next source is thought of as one more draw. So every source carries
the same weight however many files it has, inside it every group (one schedule, one model family) the same,
and inside that every distinct config the same, each times the trust in its kind (tuned over default).
The same statistics serve published records and tasks mined from logs.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar, is_number
from logminer.core.published import Belief, PublishedParameter
from logminer.core.space import Config, config_key

# A tuned config has been chosen among many on results; a default need never have been tried.
KIND_WEIGHTS = {
    "tuned": 1.0, "portfolio": 1.0, "reference": 0.7, "measured_run": 0.6, "recipe": 0.5, "default": 0.3,
}  # fmt: skip
_MOST_CHOICES = 16
_MOST_COMMON = 16
_LOG_RATIO = 20.0
_MANY = 8
_BOUND_TAIL = 0.01
# Doubt: as many sources as this count for the plain space in every density.
_DOUBT = 2.0


@dataclass(frozen=True)
class Record:
    """One config of one source.

    Attributes:
        config: hyperparameters by canonical name.
        context: what it was used for, by context name.
        source: identity of the source.
        group: identity of the group inside it whose configs are not independent of each other.
        weight: trust in its kind, positive.
        ref: where it stands.
        used: number of records that say the same.
    """

    config: Config
    context: Mapping[str, str]
    source: str
    group: str = ""
    weight: float = 1.0
    ref: str = ""
    used: int = 1


def distinct(records: Sequence[Record]) -> list[Record]:
    """Records without repeats inside a source and context; ``used`` counts what was joined."""
    found: dict[object, Record] = {}
    for record in records:
        context = {k: v for k, v in record.context.items() if k not in ("model", "dataset")}
        key = (record.source, config_key(record.config), config_key(context))
        first = found.get(key)
        if first is None:
            found[key] = record
        else:
            best = max(first, record, key=lambda r: r.weight)
            found[key] = replace(best, used=first.used + record.used)
    return list(found.values())


def balanced(records: Sequence[Record]) -> NDArray[np.float64]:
    """Weights of records, shape (n,), summing to 1: sources alike, groups in a source alike.

    The trust in a kind scales whole sources (by their mean) and configs inside a group.
    """
    groups: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, record in enumerate(records):
        groups[record.source][record.group].append(i)
    trust = np.array([record.weight for record in records])
    weights = np.zeros(len(records))
    for inside in groups.values():
        for rows in inside.values():
            weights[rows] = trust[rows] / (trust[rows].sum() * len(inside))
        everything = [i for rows in inside.values() for i in rows]
        weights[everything] *= float(weights[everything] @ trust[everything])
    total = max(float(weights.sum()), 1e-300)
    return np.asarray(weights / total, dtype=np.float64)


def plain_parameters(records: Sequence[Record]) -> dict[str, Parameter]:
    """Bounds or choices of every parameter that enough distinct records set, robust to single outliers.

    The most often set parameters come first.
    """
    columns: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for name in record.config:
            columns[name].append(record)
    space: dict[str, Parameter] = {}
    for name, rows in sorted(columns.items(), key=lambda item: (-len(item[1]), item[0])):
        if not _enough(rows):
            continue
        parameter = _plain([r.config[name] for r in rows], balanced(rows))
        if parameter is not None:
            space[name] = parameter
    return space


def _enough(rows: Sequence[Record]) -> bool:
    """Two sources, or three groups, or eight configs of one."""
    groups = {(r.source, r.group) for r in rows}
    return len({r.source for r in rows}) >= 2 or len(groups) >= 3 or len(rows) >= _MANY


def _plain(values: Sequence[Scalar], weights: NDArray[np.float64]) -> Parameter | None:
    numbers = np.array([_number(v) for v in values])
    numeric = np.isfinite(numbers)
    if weights[numeric].sum() < 0.5 * weights.sum():
        return _choices([v for v in values if not is_number(v)])
    found, weight = numbers[numeric], weights[numeric]
    positive = found > 0
    low, high = _quantiles(found, weight, [_BOUND_TAIL, 1 - _BOUND_TAIL])
    log = False
    if positive.any() and found.min() >= 0:
        above = _quantiles(found[positive], weight[positive], [_BOUND_TAIL, 1 - _BOUND_TAIL])
        log = above[1] / above[0] >= _LOG_RATIO
        low = above[0] if log else low
    if low == high:
        return None
    whole = all(isinstance(v, int) for v in values if is_number(v))
    if whole:
        return Integer(int(low), int(high), log)
    return Float(_rounded(low, math.floor), _rounded(high, math.ceil), log)


def _rounded(value: float, to: Callable[[float], int]) -> float:
    """Three digits, rounded outward, so that bounds read well."""
    if value == 0:
        return 0.0
    digits = 2 - math.floor(math.log10(abs(value)))
    return float(f"{to(round(value * 10.0**digits, 6)) / 10.0**digits:.6g}")


def _choices(values: Sequence[Scalar]) -> Categorical | None:
    counts: dict[Scalar, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    if not 2 <= len(counts) <= _MOST_CHOICES:
        return None
    return Categorical(tuple(sorted(counts, key=lambda v: (-counts[v], str(v)))))


def _number(value: Scalar) -> float:
    return float(value) if is_number(value) else math.nan


def beliefs(
    name: str, parameter: Parameter, records: Sequence[Record], conditioned_on: Sequence[str]
) -> tuple[Belief, ...]:
    """What the records say of one parameter: in general, then in every context that enough of them share.

    The most telling contexts come before the others: all conditions together, then each alone in the order of
    ``conditioned_on``.
    """
    rows = [r for r in records if _usable(parameter, r.config.get(name))]
    found = [_belief(name, parameter, rows, {})] if rows else []
    telling = [context for context in conditioned_on if context != name]
    for together in dict.fromkeys([tuple(telling), *((context,) for context in telling)]):
        for values, inside in _by_context(rows, together).items():
            if together and _enough(inside):
                found.append(
                    _belief(name, parameter, inside, dict(zip(together, values, strict=True)))
                )
    return tuple(found)


def _by_context(
    rows: Sequence[Record], together: Sequence[str]
) -> dict[tuple[str, ...], list[Record]]:
    """Rows by their values of the given context names; rows that miss one are left out."""
    found: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for row in rows:
        if all(name in row.context for name in together):
            found[tuple(row.context[name] for name in together)].append(row)
    return dict(sorted(found.items()))


def _usable(parameter: Parameter, value: Scalar) -> bool:
    if isinstance(parameter, Categorical):
        return parameter.contains(value)
    return math.isfinite(_number(value))


def _belief(
    name: str, parameter: Parameter, rows: Sequence[Record], when: Mapping[str, str]
) -> Belief:
    weights = balanced(rows)
    values = [r.config[name] for r in rows]
    shares: dict[Scalar, float] = defaultdict(float)
    for value, weight in zip(values, weights, strict=True):
        shares[value] += float(weight)
    common = sorted(shares.items(), key=lambda pair: (-pair[1], str(pair[0])))[:_MOST_COMMON]
    centre, spread, low, high = common[0][0], 0.0, None, None
    if not isinstance(parameter, Categorical):
        centre, spread, low, high = _centre(parameter, values, weights)
    return Belief(
        when=dict(when),
        centre=centre,
        spread=spread,
        low=low,
        high=high,
        common=tuple((value, round(share, 4)) for value, share in common),
        sources=tuple(sorted({r.source for r in rows}, key=_natural)),
        groups=len({(r.source, r.group) for r in rows}),
        configs=len({(r.source, config_key(r.config)) for r in rows}),
        confidence=round(_confidence(rows, weights), 3),
    )


def _natural(key: str) -> tuple[int, str]:
    return (len(key), key)


def _confidence(rows: Sequence[Record], weights: NDArray[np.float64]) -> float:
    """Effective number of sources over itself plus a constant doubt: two sources give a half."""
    shares: dict[str, float] = defaultdict(float)
    for row, weight in zip(rows, weights, strict=True):
        shares[row.source] += float(weight)
    effective = 1 / sum(share**2 for share in shares.values())
    return effective / (effective + _DOUBT)


def _centre(
    parameter: Float | Integer, values: Sequence[Scalar], weights: NDArray[np.float64]
) -> tuple[Scalar, float, float, float]:
    """Weighted median, robust spread (from quartiles, as of a normal) and the 10 % and 90 % quantiles."""
    numbers = np.array([_number(v) for v in values])
    # A zero has no logarithm: in the spread it counts as the lowest value, which is how it acts.
    seen = np.log(np.maximum(numbers, parameter.low)) if parameter.log else numbers
    low, q1, q3, high = _quantiles(seen, weights, [0.1, 0.25, 0.75, 0.9])
    # Values that pile up on one point have no quartile range; the outer quantiles then tell.
    spread = max((q3 - q1) / 1.349, (high - low) / 2.563 / 2)
    spread = math.exp(spread) if parameter.log else spread
    ends = _quantiles(numbers, weights, [0.5, 0.1, 0.9])
    centre: Scalar = round(ends[0]) if isinstance(parameter, Integer) else ends[0]
    return centre, float(f"{spread:.6g}"), ends[1], ends[2]


def _quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], at: Sequence[float]
) -> list[float]:
    """Weighted quantiles: the smallest value with at least that share of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, np.array(at) * reached[-1] - 1e-12)
    return [float(values[order][min(int(i), len(values) - 1)]) for i in places]


def summarise(
    records: Sequence[Record],
    conditioned_on: Sequence[str],
    plain: Mapping[str, Parameter],
    units: Mapping[str, str] | None = None,
) -> dict[str, PublishedParameter]:
    """Everything the records say of the parameters in ``plain``; parameters nobody sets are left out."""
    found = {}
    for name, parameter in plain.items():
        held = beliefs(name, parameter, records, conditioned_on)
        if held:
            found[name] = PublishedParameter(parameter, held, (units or {}).get(name, ""))
    return found
