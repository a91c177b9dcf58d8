"""How much a prior helps on a source it has not seen: leave one source out, in nats.

Each source is held out in turn and the prior built from the others. The gain of a held-out config is its log
density under that prior minus its log density under the plain space (the same bounds, nothing believed), summed
over the parameters both know. A proper score: believing too much costs as much as believing wrongly.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from logminer.core.parameters import Categorical, Parameter, Scalar
from logminer.core.published import Evidence, PublishedParameter
from logminer.published.marginals import marginal
from logminer.published.summarise import Record, balanced, summarise

LEAST_SOURCES = 4
_LEVEL = 0.9


@dataclass(frozen=True)
class HeldOut:
    """Gains of every source when it was held out.

    Attributes:
        by_source: nats a config, by source.
        by_parameter: mean over sources of the nats a config that one parameter gains.
        configs: number of distinct held-out configs, by source.
    """

    by_source: Mapping[str, float]
    by_parameter: Mapping[str, float]
    configs: Mapping[str, int]

    @property
    def evidence(self) -> Evidence:
        """Mean gain with its 90 % t-interval over sources, and the confidence that follows from it."""
        gains = np.array(list(self.by_source.values()))
        n = len(gains)
        if n == 0:
            return Evidence()
        mean = float(gains.mean())
        if n < LEAST_SOURCES:
            return Evidence(gain=round(mean, 3), held_out=n)
        half = float(stdtrit(n - 1, 0.5 + _LEVEL / 2) * gains.std(ddof=1) / np.sqrt(n))
        ends = round(mean - half, 3), round(mean + half, 3)
        return Evidence("good" if ends[0] > 0 else "low", round(mean, 3), *ends, n)


def held_out(
    records: Sequence[Record],
    conditioned_on: Sequence[str],
    plain: Mapping[str, Parameter],
    derived: Collection[str] = (),
) -> HeldOut:
    """Hold every source out in turn.

    Args:
        records: distinct records.
        conditioned_on: context names the beliefs depend on.
        plain: bounds of the plain space, the same for every fold.
        derived: parameters computed from others; they do not count towards a config's gain.
    """
    by_source: dict[str, float] = {}
    by_parameter: dict[str, list[float]] = defaultdict(list)
    configs: dict[str, int] = {}
    for source in sorted({record.source for record in records}):
        seen = [r for r in records if r.source != source]
        unseen = [r for r in records if r.source == source]
        gains = density_gains(summarise(seen, conditioned_on, plain), unseen)
        if not gains:
            continue
        weights = balanced(unseen)
        means = {name: float(weights @ column) for name, column in gains.items()}
        by_source[source] = sum(mean for name, mean in means.items() if name not in derived)
        configs[source] = len(unseen)
        for name, mean in means.items():
            by_parameter[name].append(mean)
    averaged = {name: float(np.mean(gains)) for name, gains in by_parameter.items()}
    return HeldOut(by_source, averaged, configs)


def density_gains(
    believed: Mapping[str, PublishedParameter], records: Sequence[Record]
) -> dict[str, NDArray[np.float64]]:
    """Log density over the plain space of every record, shape (n,), by parameter.

    0 where a record does not set the parameter; parameters that none sets are left out.
    """
    found = {}
    for name, known in believed.items():
        unit = np.array([_place(known.parameter, r.config.get(name)) for r in records])
        if not np.isfinite(unit).any():
            continue
        column = np.zeros(len(records))
        for belief in known.beliefs:
            rows = np.array(
                [
                    known.belief(r.context) is belief and np.isfinite(u)
                    for r, u in zip(records, unit, strict=True)
                ]
            )
            if rows.any():
                density = marginal(known, belief, known.parameter)
                inside = np.clip(unit[rows], 0.0, 1.0)
                column[rows] = np.log(np.maximum(density.density(inside), 1e-12))
        found[name] = column
    return found


def _place(parameter: Parameter, value: Scalar) -> float:
    """Position on the unit interval; NaN where the value is missing or of another kind (``"auto"``)."""
    if isinstance(parameter, Categorical):
        return parameter.to_unit(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return parameter.to_unit(value)


def with_gains(
    parameters: Mapping[str, PublishedParameter], result: HeldOut
) -> dict[str, PublishedParameter]:
    """The parameters with the gain each showed on held-out sources."""
    return {
        name: replace(known, gain=round(result.by_parameter[name], 3))
        if name in result.by_parameter
        else known
        for name, known in parameters.items()
    }


def typicality(
    believed: Mapping[str, PublishedParameter], records: Sequence[Record]
) -> NDArray[np.float64]:
    """How typical each record's values are, shape (n,): geometric mean of the densities of what it sets."""
    gains = list(density_gains(believed, records).values())
    if not gains:
        return np.ones(len(records))
    stacked = np.array(gains)
    return np.asarray(np.exp(stacked.sum(axis=0) / np.maximum((stacked != 0).sum(axis=0), 1)))
