"""The trials of a study as arrays: repeats averaged, failed and pending ones set apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from logminer.core.space import Config, ConfigKey, config_key
from logminer.core.trial import Trial
from logminer.transfer.scale import bounded

Array = NDArray[np.float64]
_ENOUGH = 5  # values at one budget that are worth more than many at a smaller one
_MOST = 500  # trials that models are built on: their cost grows faster than the trials
_ALIKE = 0.9  # budgets that differ by less than this factor count as one


@dataclass(frozen=True, eq=False)
class Observed:
    """What a study knows.

    Attributes:
        configs: distinct configs with a value, in the order they were first told.
        losses: their mean losses, shape (n,).
        noise: standard deviation of each mean, 0 where unknown, shape (n,).
        failed: configs that gave no value.
        pending: configs that are still running.
        others: configs with values at other budgets only, which do not compare.
        keys: identities of every config proposed before; beyond 500 trials the lists above keep the best half
            and an even share of the rest.
    """

    configs: list[Config]
    losses: Array
    noise: Array
    failed: list[Config]
    pending: list[Config]
    others: list[Config]
    keys: frozenset[ConfigKey]

    def __len__(self) -> int:
        return len(self.configs)

    @property
    def taken(self) -> list[Config]:
        """The configs that were proposed before; those with a value come first."""
        return self.configs + self.failed + self.pending + self.others

    def with_pending(self, configs: Sequence[Config]) -> "Observed":
        """The same with further configs pending."""
        keys = self.keys.union(config_key(config) for config in configs)
        return replace(self, pending=[*self.pending, *configs], keys=keys)


def observe(history: Sequence[Trial]) -> Observed:
    """Sort the trials of a study by what they tell.

    Values compare at one budget only: the largest at which there are enough, as in BOHB (Falkner et al. 2018).
    """
    valued = [t for t in history if _has_value(t)]
    compared = _at_one_budget(valued)
    values: dict[ConfigKey, list[Trial]] = {}
    for trial in compared:
        values.setdefault(trial.key, []).append(trial)
    known = set(values)
    pending = _distinct([t for t in history if t.status == "running"], known)
    failed = _distinct([t for t in history if t.status != "running" and not _has_value(t)], known)
    others = _distinct(valued, known)
    means = np.array([_mean(trials) for trials in values.values()]).reshape(-1, 2)
    rows = thinned(means[:, 0], _MOST)
    configs = [trials[0].config for trials in values.values()]
    return Observed(
        [configs[row] for row in rows],
        means[rows, 0],
        means[rows, 1],
        failed[-_MOST:],
        pending,
        others[-_MOST:],
        frozenset(known),
    )


def thinned(losses: Array, most: int) -> NDArray[np.int64]:
    """The trials a model is built on: all, or the best half of them and an even share of the rest."""
    if len(losses) <= most:
        return np.arange(len(losses))
    order = np.argsort(losses, kind="stable")
    rest = order[most // 2 :]
    even = rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(np.int64)]
    return np.sort(np.concatenate([order[: most // 2], even]))


def _has_value(trial: Trial) -> bool:
    return trial.status == "complete" and trial.value is not None and isfinite(trial.value)


def _at_one_budget(trials: Sequence[Trial]) -> list[Trial]:
    """The trials at the largest budget that has enough of them, else at the one with most."""
    groups = []
    for budget in sorted({trial.share for trial in trials}, reverse=True):
        alike = [t for t in trials if _ALIKE * budget <= t.share <= budget]
        if len(alike) >= _ENOUGH:
            return alike
        groups.append(alike)
    return max(groups, key=len, default=[])


def _distinct(trials: Sequence[Trial], known: set[ConfigKey]) -> list[Config]:
    """Configs that are not known yet, without repeats; they are known from then on."""
    found = []
    for trial in trials:
        if trial.key not in known:
            known.add(trial.key)
            found.append(trial.config)
    return found


def _mean(trials: Sequence[Trial]) -> tuple[float, float]:
    values = bounded(np.array([trial.value for trial in trials], dtype=float))
    if len(trials) == 1:
        return float(values[0]), trials[0].noise
    # Repeats that agree by chance are no more exact than they were said to be.
    told = float(np.sqrt(np.mean([trial.noise**2 for trial in trials])))
    noise = max(float(values.std(ddof=1)), told) / np.sqrt(len(values))
    return float(values.mean()), float(noise)
