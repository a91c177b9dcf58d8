"""One ask: what a strategy knows when it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.strategies._observed import Observed, observe
from logminer.transfer.cube import Cube
from logminer.transfer.mined import Mined, mined

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ask:
    """What a strategy knows when it is asked.

    Attributes:
        strategy: name of the strategy, for its suggestions.
        space: the space.
        prior: what past tasks say.
        seen: the trials of this study.
        rng: source of randomness.
    """

    strategy: str
    space: Space
    prior: Prior
    seen: Observed
    rng: np.random.Generator

    @cached_property
    def cube(self) -> Cube:
        """The space's unit cube."""
        return Cube(self.space)

    @cached_property
    def past(self) -> Mined | None:
        """The mined past, None without past tasks."""
        return mined(self.prior, self.space)

    @cached_property
    def points(self) -> Array:
        """The configs with a value, on the cube, shape (n, d)."""
        return self.tried[: len(self.seen)]

    @cached_property
    def tried(self) -> Array:
        """Every config proposed before, on the cube, shape (n, d); those with a value come first."""
        return self.space.to_unit(self.seen.taken)

    def leaders(self, count: int) -> Array:
        """The best few points, best first, shape (up to count, d)."""
        return np.asarray(self.points[np.argsort(self.seen.losses, kind="stable")[:count]])

    def after(self, proposed: Sequence[Suggestion]) -> "Ask":
        """The same ask once some suggestions are pending."""
        return replace(self, seen=self.seen.with_pending([s.config for s in proposed]))

    def suggestion(self, config: Config, *because: str) -> Suggestion:
        """A suggestion in the name of the strategy."""
        return Suggestion(config, because=because, strategy=self.strategy)


def ask_of(
    strategy: str, space: Space, history: Sequence[Trial], prior: Prior, rng: np.random.Generator
) -> Ask:
    """Sort out what is known."""
    return Ask(strategy, space, prior, observe(history), rng)
