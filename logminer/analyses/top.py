"""Top performers: which configs did best, in each task and over all of them.

Runs of one config (other seeds) are averaged first, those cut short left out where another ran
to its end. Configs are ordered by normalised rank
within their task, 0 the best and 1 the worst, so that tasks with other metrics and units can
be put side by side. A config with a diverged or failed run ranks last in its task: it is never
first, however good its other runs look. Equal configs share a place.

Over tasks a config is judged by its mean rank over *all* tasks, where a task it was not run in
counts as 0.5, the rank a config of which nothing is known has on average. So one lucky win in
one task does not outrank a config that did well in ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from logminer.core.history import History
from logminer.core.objective import Objective

UNSEEN_RANK = 0.5


@dataclass(frozen=True)
class TopPerformers:
    """Configs in order, best first.

    Attributes:
        per_task: one row a task and config: ``task``, ``place``, ``config`` (number), ``run`` (id of
            its best run), ``name``, ``mean``, ``std`` (NaN for one run), ``runs`` (with a finite value),
            ``failed`` (without), ``rank``.
        overall: one row a config: ``place``, ``config``, ``score`` (mean rank, unseen tasks at 0.5),
            ``mean_rank``, ``spread`` (standard deviation) and ``worst_rank`` over the tasks it was run
            in, ``tasks``, ``runs``, ``failed``.
        configs: hyperparameters of each config, indexed by its number.
        objectives: what ``mean`` and ``std`` measure, by task.
        configs_per_task: how many configs were compared, by task.
    """

    per_task: pd.DataFrame
    overall: pd.DataFrame
    configs: pd.DataFrame
    objectives: Mapping[str, Objective]
    configs_per_task: Mapping[str, int]

    def to_frame(self, *, overall: bool = False) -> pd.DataFrame:
        """The configs of every task, or over all tasks, with their hyperparameters, best first.

        A hyperparameter that has the name of a fact, such as ``name``, becomes ``config.name``.
        """
        facts = self.overall if overall else self.per_task
        values = self.configs.rename(columns={c: f"config.{c}" for c in facts.columns})
        return facts.join(values, on="config")

    def of(self, task: str, n: int | None = None) -> pd.DataFrame:
        """The best ``n`` configs of one task."""
        return self.per_task[self.per_task["task"] == task].head(
            n if n is not None else len(self.per_task)
        )


def analyse(history: History) -> TopPerformers:
    """Order the configs of a history, per task and over tasks.

    Args:
        history: past runs, of one task or many.
    """
    runs = _runs(history)
    per_task = _per_task(runs)
    return TopPerformers(
        per_task,
        _overall(per_task),
        history.configs.groupby(history.config_ids.to_numpy()).first(),
        dict(history.objectives),
        {str(task): len(of) for task, of in per_task.groupby("task")},
    )


def _runs(history: History) -> pd.DataFrame:
    finite = history.losses.notna()
    runs = pd.DataFrame(
        {
            "run": history.trials.index,
            "name": history.trials["name"].to_numpy(),
            "task": history.trials["task"].to_numpy(),
            "config": history.config_ids.to_numpy(),
            "value": history.trials["value"].where(finite).to_numpy(),
            "loss": history.losses.to_numpy(),
            "rank": history.ranks.to_numpy(),
            "failed": ~finite.to_numpy(),
        }
    )
    return runs[history.representative.to_numpy()]


def _per_task(runs: pd.DataFrame) -> pd.DataFrame:
    best_first = runs.sort_values("loss", kind="stable")  # NaN last
    grouped = best_first.groupby(["task", "config"], as_index=False)
    table = grouped.agg(
        run=("run", "first"),
        name=("name", "first"),
        mean=("value", "mean"),
        std=("value", "std"),
        runs=("value", "count"),
        failed=("failed", "sum"),
        rank=("rank", "first"),
    )
    table = table.sort_values(["task", "rank", "failed", "config"], kind="stable")
    place = table.groupby("task")["rank"].rank(method="min").astype(int)
    table.insert(1, "place", place)
    return table.reset_index(drop=True)


def _overall(per_task: pd.DataFrame) -> pd.DataFrame:
    total = per_task["task"].nunique()
    table = per_task.groupby("config", as_index=False).agg(
        mean_rank=("rank", "mean"),
        spread=("rank", "std"),
        worst_rank=("rank", "max"),
        tasks=("task", "nunique"),
        runs=("runs", "sum"),
        failed=("failed", "sum"),
    )
    unseen = total - table["tasks"]
    score = (table["mean_rank"] * table["tasks"] + UNSEEN_RANK * unseen) / max(total, 1)
    table.insert(1, "score", score)
    table = table.sort_values(["score", "config"], kind="stable")
    table.insert(0, "place", table["score"].round(12).rank(method="min").astype(int))
    return table.reset_index(drop=True)
