"""Seeds and noise: how much repeats of one config differ, and which winners that leaves in doubt.

The noise of a task is the pooled standard deviation of its repeated configs, of the better half where
there are enough: bad configs are often unstable, which says nothing about the race for the first
place. A config is in doubt
against the best when the difference of their means is below two standard errors of it; where
nothing was repeated the noise is unknown, and so is the doubt.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.core.history import History

_AT_LEAST = 3  # repeated configs behind a noise, where there are as many


@dataclass(frozen=True)
class Seeds:
    """Noise by task.

    Attributes:
        tasks: one row a task: ``task``, ``configs``, ``repeated`` (configs with two or more finite
            runs), ``noise`` (standard deviation between repeats; NaN when nothing was repeated),
            ``spread`` (standard deviation between the better half of the configs' means), ``noise_share``
            (noise as a share of that spread), ``rivals`` (configs that cannot be told from the best).
        repeats: one row a run of a repeated config: ``task``, ``config``, ``run``, ``value``, ``mean``,
            ``place`` of the config among the repeated ones of its task, best first.
    """

    tasks: pd.DataFrame
    repeats: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Noise of each task."""
        return self.tasks

    def of(self, task: str) -> pd.Series:
        """The row of one task."""
        return self.tasks[self.tasks["task"] == task].iloc[0]


def analyse(history: History) -> Seeds:
    """Measure the noise between repeats of the same config."""
    runs = pd.DataFrame(
        {
            "task": history.trials["task"],
            "config": history.config_ids,
            "run": history.trials.index,
            "value": history.trials["value"],
            "loss": history.losses,
        }
    )
    finite = runs[runs["loss"].notna() & history.representative]
    rows = [_task(finite[finite["task"] == task], task) for task in history.tasks]
    return Seeds(pd.DataFrame(rows), _repeats(finite))


def _task(runs: pd.DataFrame, task: str) -> dict[str, object]:
    configs = runs.groupby("config")["loss"].agg(["mean", "count", "var"]).sort_values("mean")
    repeated = configs[configs["count"] > 1]
    noise = _pooled(repeated.head(max((len(repeated) + 1) // 2, _AT_LEAST)))
    better = configs["mean"].head((len(configs) + 1) // 2)
    spread = float(better.std()) if len(better) > 1 else np.nan
    return {
        "task": task,
        "configs": len(configs),
        "repeated": len(repeated),
        "noise": noise,
        "spread": spread,
        "noise_share": noise / spread if spread and spread > 0 else np.nan,
        "rivals": _rivals(configs, noise),
    }


def _pooled(repeated: pd.DataFrame) -> float:
    freedom = repeated["count"] - 1
    if not len(repeated):
        return np.nan
    return float(np.sqrt((repeated["var"] * freedom).sum() / freedom.sum()))


def _rivals(configs: pd.DataFrame, noise: float) -> float:
    """How many configs lie within two standard errors of the best; NaN when the noise is unknown."""
    if np.isnan(noise) or configs.empty:
        return np.nan
    best = configs.iloc[0]
    error = noise * np.sqrt(1 / configs["count"] + 1 / best["count"])
    return float((configs["mean"] - best["mean"] < 2 * error).sum() - 1) if noise > 0 else 0.0


def _repeats(finite: pd.DataFrame) -> pd.DataFrame:
    grouped = finite.groupby(["task", "config"])
    table = finite.assign(
        mean=grouped["value"].transform("mean"),
        level=grouped["loss"].transform("mean"),
        count=grouped["loss"].transform("size"),
    )
    table = table[table["count"] > 1]
    place = table.groupby("task")["level"].rank(method="dense").astype(int)
    table = table.assign(place=place).sort_values(
        ["task", "place"], kind="stable", ignore_index=True
    )
    return table[["task", "config", "run", "value", "mean", "place"]]
