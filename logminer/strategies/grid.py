"""Grid search: a few levels of every hyperparameter, all combinations; refused where that explodes."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Parameter, Scalar
from logminer.core.prior import Prior
from logminer.core.space import Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._combinations import combinations

LEVELS = 5  # of a real number, and at most of one in steps
_ABSURD = 10_000
EXHAUSTIVE = True
"""Every config is to be tried, also where others failed."""


def suggest(
    space: Space,
    history: Sequence[Trial],
    prior: Prior,  # noqa: ARG001 - part of the protocol
    n: int,
    rng: np.random.Generator,  # noqa: ARG001
) -> list[Suggestion]:
    """Propose the next ``n`` untried configs of the grid, in a fixed shuffled order.

    Shuffled, so that a search stopped early has seen something of every hyperparameter. The prior has no
    say. A finished grid starts again: repeats measure the noise.

    Raises:
        UsageError: the grid would hold more than 10,000 configs.
    """
    configs = list(islice(combinations(space, levels), _ABSURD + 1))
    if len(configs) > _ABSURD:
        raise UsageError(
            _cost(space), hint="try --strategy sobol, or give choices for fewer hyperparameters"
        )
    order = np.random.default_rng(0).permutation(len(configs))
    taken = {trial.key for trial in history}
    fresh = [i for i in order if config_key(configs[i]) not in taken]
    picked = (fresh + list(order) * n)[:n]
    done = len(configs) - len(fresh)
    return [
        Suggestion(configs[i], because=(_place(done + place, len(configs)),), strategy="grid")
        for place, i in enumerate(picked, start=1)
    ]


def levels(parameter: Parameter) -> list[Scalar]:
    """The values a parameter takes on the grid: all choices, or evenly spaced ones on its scale."""
    if isinstance(parameter, Categorical) or parameter.count <= LEVELS:
        return list(parameter.values())
    ends = [parameter.to_unit(parameter.low), parameter.to_unit(parameter.high)]
    return list(
        dict.fromkeys(parameter.from_unit(u) for u in np.linspace(ends[0], ends[1], LEVELS))
    )


def _cost(space: Space) -> str:
    counts = [len(levels(parameter)) for parameter in space.parameters.values()]
    size = f"{np.prod([float(c) for c in counts]):,.0f}"
    return (
        f"a grid over {len(counts)} hyperparameters holds up to {size} configs "
        f"({' x '.join(map(str, counts))}); each further hyperparameter multiplies it, and "
        "still each is tried at a handful of values only"
    )


def _place(number: int, size: int) -> str:
    if number > size:
        return f"the grid's {size} configs were all tried: a repeat measures the noise"
    return f"{number} of the grid's {size} configs"
