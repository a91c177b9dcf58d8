"""Parallel coordinates: each config as one line over its hyperparameters, ending at its rank.

The rank is the mean over the tasks the config was run in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.history import History
from logminer.core.space import Space

_LINES = 300
_BEST_SHARE = 0.1


@dataclass(frozen=True)
class Parallel:
    """Lines of configs.

    Attributes:
        lines: one row a config, worst first so that the best are drawn on top: ``name`` (of its first
            run), ``tasks`` (it was run in), ``rank``.
        unit: positions in the unit interval, shape (lines, names), NaN where one does not apply.
        names: the hyperparameters, in drawing order.
        space: their scales.
        total: number of lines there would be without the cap. All of the best tenth are kept, of
            the others an even sample.
    """

    lines: pd.DataFrame
    unit: NDArray[np.float64]
    names: tuple[str, ...]
    space: Space
    total: int

    def to_frame(self) -> pd.DataFrame:
        """The lines with their positions, worst first."""
        positions = pd.DataFrame(self.unit, columns=[f"config.{name}" for name in self.names])
        return pd.concat([self.lines, positions], axis=1)


def analyse(history: History, names: Sequence[str] = (), *, most: int = _LINES) -> Parallel:
    """Lay configs out on the axes of their hyperparameters.

    Args:
        history: past runs, of one task or many.
        names: hyperparameters to show; empty for all of the space.
        most: most lines to keep.
    """
    chosen = list(names or history.space.names)
    unit = np.clip(history.space.to_unit(history.config_dicts()), 0.0, 1.0)
    facts = pd.DataFrame(
        {
            "task": history.trials["task"].to_numpy(),
            "name": history.trials["name"].to_numpy(),
            "rank": history.ranks.to_numpy(),
            "config": history.config_ids.to_numpy(),
        }
    ).drop_duplicates(["task", "config"])
    of = facts.groupby("config")
    lines = facts[["name", "rank", "config"]].drop_duplicates("config")
    lines = lines.assign(
        rank=lines["config"].map(of["rank"].mean()), tasks=lines["config"].map(of.size())
    )
    ordered = lines.sort_values("rank", ascending=False, kind="stable")[["name", "tasks", "rank"]]
    kept = ordered.iloc[_sample(len(ordered), most)]
    columns = [history.space.names.index(name) for name in chosen]
    positions = unit[kept.index.to_numpy()][:, columns]
    return Parallel(
        kept.reset_index(drop=True), positions, tuple(chosen), history.space, len(ordered)
    )


def _sample(n: int, most: int) -> NDArray[np.int_]:
    """Places of the lines to keep, of ``n`` in order from worst to best."""
    if n <= most:
        return np.arange(n)
    best = min(max(int(n * _BEST_SHARE), 1), most // 2)
    others = np.linspace(0, n - best - 1, most - best).round().astype(np.int_)
    return np.concatenate([others, np.arange(n - best, n)])
