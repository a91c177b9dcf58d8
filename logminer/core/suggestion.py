"""A suggestion: a config to try next, with what is expected of it and what speaks for it."""

from dataclasses import dataclass, field, replace
from typing import Any

from logminer.core.space import Config


@dataclass(frozen=True)
class Suggestion:
    """One config proposed by a strategy.

    Attributes:
        config: active hyperparameters by name.
        budget: amount of fidelity to grant, or None for a full run.
        predicted: expected objective value in the metric's own unit, or None without a model.
        interval: 80 % interval around ``predicted``, or None.
        resumes: identity of the trial this one goes on from (promotion, PBT), or None.
        because: the runs and sources that speak for it, one line each.
        strategy: name of the strategy that proposed it.
        id: identity within a study, given by the study.
    """

    config: Config
    budget: float | None = None
    predicted: float | None = None
    interval: tuple[float, float] | None = None
    resumes: str | None = None
    because: tuple[str, ...] = ()
    strategy: str = ""
    id: str = field(default="", compare=False)

    def signed(self, sign: float) -> "Suggestion":
        """The same with what is expected times 1 or -1: from a loss to the metric's own unit, or back."""
        predicted = None if self.predicted is None else sign * self.predicted
        if self.interval is None:
            return replace(self, predicted=predicted)
        low, high = sorted(sign * end for end in self.interval)
        return replace(self, predicted=predicted, interval=(low, high))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and YAML; fields that are unknown are null."""
        return {
            "id": self.id or None,
            "config": dict(self.config),
            "budget": self.budget,
            "predicted": self.predicted,
            "interval": list(self.interval) if self.interval else None,
            "resumes": self.resumes,
            "strategy": self.strategy or None,
            "because": list(self.because),
        }
