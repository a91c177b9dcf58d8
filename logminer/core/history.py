"""The history: past runs of all tasks, as analyses, searches and reports see them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from logminer.core.objective import Objective
from logminer.core.space import Config, Space, config_key

_SHORT = 0.8
# What a run has become that cannot win: what it logged on the way is no result.
NO_RESULT = ("failed", "pruned", "infeasible")


@dataclass(frozen=True)
class History:
    """Past runs with their configs, objective values and tasks.

    Attributes:
        trials: one row a run, indexed by run id, with columns ``name`` (str), ``task`` (str),
            ``value`` (float, the task's objective in its own unit; NaN when the run has none or diverged),
            ``status`` (str), ``steps`` (int, last step seen), ``started`` and ``seconds`` (float, NaN if unknown);
            also ``recorded`` (bool, all true if left out): whether the logs tell any hyperparameter of the run, and
            ``variant`` (str, empty if left out): what else tells it from runs of the same config; and where runs
            stand: ``reason`` (why it failed or stopped, as the log says), ``state``, ``because`` and ``planned``, as from ``analyses.standing`` (left out, ``status`` counts), and
            ``best_step``, the step of its best value.
        configs: same index; one column a hyperparameter of ``space``, None or NaN where the run has none.
        space: the search space the configs are seen in.
        objectives: what is optimised, by task.
    """

    trials: pd.DataFrame
    configs: pd.DataFrame
    space: Space
    objectives: Mapping[str, Objective]

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def tasks(self) -> list[str]:
        """Task names, in order of name."""
        return sorted(self.trials["task"].unique())

    def where(self, rows: Any) -> "History":
        """The runs selected by a boolean mask or by ids."""
        return replace(self, trials=self.trials.loc[rows], configs=self.configs.loc[rows])

    def of(self, task: str) -> "History":
        """The runs of one task."""
        return self.where(self.trials["task"] == task)

    def without(self, task: str | None) -> "History":
        """The runs of all other tasks; of all tasks where none is named."""
        return self.where(self.trials["task"] != task) if task else self

    @cached_property
    def losses(self) -> pd.Series:
        """Objective values turned so that lower is better; NaN where there is none that may win.

        A run that failed, was pruned or violates a constraint has none, whatever it logged before.
        """
        sign = (
            self.trials["task"].map({t: o.sign for t, o in self.objectives.items()}).astype(float)
        )
        sound = np.isfinite(self.trials["value"]) & ~self.trials["status"].isin(NO_RESULT)
        finite = self.trials["value"].where(sound)
        return (finite * sign).rename("loss")

    @cached_property
    def config_ids(self) -> pd.Series:
        """Number of each run's config; repeats (other seeds) of a config share it.

        Of a run without any recorded hyperparameter nothing says that it repeats another: it has its own. Nor do runs
        repeat one another whose ``variant`` differs: they are described differently, or were to run for longer.
        """
        numbers: dict[object, int] = {}
        recorded = self.trials.get("recorded", pd.Series(data=True, index=self.trials.index))
        variants = self.trials.get("variant", pd.Series("", index=self.trials.index))
        keys = [
            (config_key(config), variant) if config or known else run
            for run, config, known, variant in zip(
                self.trials.index, self.config_dicts(), recorded, variants, strict=True
            )
        ]
        ids = [numbers.setdefault(key, len(numbers)) for key in keys]
        return pd.Series(ids, self.trials.index, name="config", dtype=np.int64)

    def config_dicts(self) -> list[Config]:
        """Each run's config as a dict, unset hyperparameters left out."""
        columns = [(name, self.configs[name].tolist()) for name in self.configs.columns]
        return [
            {name: values[i] for name, values in columns if not unset(values[i])}
            for i in range(len(self))
        ]

    @cached_property
    def unfinished(self) -> pd.Series:
        """Which runs have not ended by themselves: running, or cut short and nothing says finished.

        Cut short is what came less far than it was planned to, or else than most of its task: see ``came_less_far``.
        """
        trials = self.trials
        state = trials.get("state", trials["status"])
        planned = trials.get("planned", pd.Series(np.nan, trials.index))
        # What ended before its plan was judged by the state already.
        short = came_less_far(trials["steps"], trials["task"]).where(planned.isna(), other=True)
        ended = state.isin(["finished", "stopped early", *NO_RESULT])
        short &= ~state.isin(["finished", "stopped early"]) & ~(ended & planned.notna())
        return ((state == "running") | short).rename("unfinished")

    @cached_property
    def representative(self) -> pd.Series:
        """Which runs stand for their config: all, but for unfinished repeats of one that ran to its end."""
        whole = (~self.unfinished).groupby([self.trials["task"], self.config_ids]).transform("any")
        return (~self.unfinished | ~whole).rename("representative")

    @cached_property
    def ranks(self) -> pd.Series:
        """Normalised rank of each run's config within its task: 0 the best, 1 the worst.

        Repeats of a config are averaged first, those cut short left out where another ran to its end; a config of which a run has no finite value is last.
        """
        frame = pd.DataFrame(
            {
                "task": self.trials["task"],
                "config": self.config_ids,
                "loss": self.losses.fillna(np.inf),
            }
        )
        means = (
            frame[self.representative].groupby(["task", "config"], as_index=False)["loss"].mean()
        )
        grouped = means.groupby("task")["loss"]
        count = grouped.transform("size")
        means["rank"] = (grouped.rank(method="average") - 1) / (count - 1).clip(lower=1)
        means.loc[np.isinf(means["loss"]), "rank"] = 1.0
        merged = frame.merge(means, on=["task", "config"], how="left")
        return pd.Series(merged["rank"].to_numpy(), self.trials.index, name="rank")


def came_less_far(steps: pd.Series, tasks: pd.Series) -> pd.Series:
    """Which runs came less far than four fifths of what most runs of their task needed.

    Args:
        steps: last step of each run.
        tasks: task of each run, same index.
    """
    return steps < _SHORT * steps.groupby(tasks).transform("quantile", 0.75)


def unset(value: Any) -> bool:
    """Whether a hyperparameter has no value, as frames write that."""
    return value is None or (isinstance(value, float) and np.isnan(value))
