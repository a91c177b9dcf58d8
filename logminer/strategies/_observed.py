"""The trials of a study as arrays: repeats averaged, failed and pending ones set apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from logminer.core.space import Config, config_key
from logminer.core.trial import Trial

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """What a study knows.

    Attributes:
        configs: distinct configs with a value, in the order they were first told.
        losses: their mean losses, shape (n,).
        noise: standard deviation of each mean, 0 where unknown, shape (n,).
        failed: configs that gave no value.
        pending: configs that are still running.
    """

    configs: list[Config]
    losses: Array
    noise: Array
    failed: list[Config]
    pending: list[Config]

    def __len__(self) -> int:
        return len(self.configs)

    @property
    def taken(self) -> list[Config]:
        """Every config that was proposed before."""
        return self.configs + self.failed + self.pending

    def with_pending(self, configs: Sequence[Config]) -> "Observed":
        """The same with further configs pending."""
        return replace(self, pending=[*self.pending, *configs])


def observe(history: Sequence[Trial]) -> Observed:
    """Sort the trials of a study by what they tell; of several budgets a config's largest counts."""
    values: dict[tuple[tuple[str, str], ...], list[Trial]] = {}
    failed: dict[tuple[tuple[str, str], ...], Config] = {}
    pending: dict[tuple[tuple[str, str], ...], Config] = {}
    for trial in history:
        key = config_key(trial.config)
        if trial.status == "running":
            pending[key] = trial.config
        elif trial.status == "complete" and trial.value is not None and isfinite(trial.value):
            values.setdefault(key, []).append(trial)
        else:
            failed[key] = trial.config
    means = {key: _mean(trials) for key, trials in values.items()}
    return Observed(
        [trials[0].config for trials in values.values()],
        np.array([mean for mean, _ in means.values()]),
        np.array([noise for _, noise in means.values()]),
        [config for key, config in failed.items() if key not in values],
        [config for key, config in pending.items() if key not in values],
    )


def _mean(trials: list[Trial]) -> tuple[float, float]:
    longest = max((t.budget for t in trials if t.budget is not None), default=None)
    counted = [t for t in trials if t.budget == longest]
    values = np.array([t.value for t in counted], dtype=float)
    if len(values) > 1:
        return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    return float(values[0]), counted[0].noise
