"""Distributions of scipy.stats as hyperparameters: what ``RandomizedSearchCV`` takes, ``SearchCV`` takes too."""

import math
from collections.abc import Mapping
from typing import Any

from logminer.core.errors import SpaceError

_LOG = ("loguniform", "reciprocal")
_TAIL = 0.001  # of a distribution without bounds, on each side, that is left out
_WIDE = (
    100.0  # quotient of the bounds of positive numbers from which they are searched on a log scale
)


def space_of(given: Any) -> Any:
    """A space whose distributions are written as a ``space.yaml`` has them; anything else comes back as it is.

    Raises:
        SpaceError: a distribution has no numbers to search.
    """
    if not isinstance(given, Mapping):
        return given
    return {
        name: _parameter(name, value) if _is_distribution(value) else value
        for name, value in given.items()
    }


def _is_distribution(value: Any) -> bool:
    """A frozen distribution of scipy.stats, by what it can do."""
    return all(hasattr(value, name) for name in ("rvs", "ppf", "support", "dist"))


def _parameter(name: str, distribution: Any) -> dict[str, Any]:
    low, high = map(float, distribution.support())
    family = str(distribution.dist.name)
    whole = hasattr(distribution, "pmf")
    if not math.isfinite(low):
        low = float(distribution.ppf(_TAIL))
    if not math.isfinite(high):
        high = float(distribution.ppf(1 - _TAIL))
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise SpaceError(f"'{name}': no numbers to search in {family} from {low:g} to {high:g}")
    bounded = family in (*_LOG, "uniform", "randint")
    if whole:
        return {"type": "int", "low": math.ceil(low), "high": math.floor(high)}
    if not bounded and low == 0:  # an open end, such as that of an exponential distribution
        low = float(distribution.ppf(_TAIL))
    log = family in _LOG or (not bounded and low > 0 and high / low > _WIDE)
    return {"type": "float", "low": low, "high": high, "log": log}
