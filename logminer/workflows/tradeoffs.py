"""Trade-offs: of each task the configs that no other is better than in all of several metrics."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from logminer.core.aims import Aim
from logminer.core.errors import NothingFoundError
from logminer.core.history import History
from logminer.core.pareto import front
from logminer.store import Store
from logminer.workflows.history import View, mine_history


def tradeoffs(
    store: Store, view: View, objectives: Sequence[Aim], *, task: str | None = None
) -> pd.DataFrame:
    """The Pareto front of each task, repeats of a config averaged, those that failed left out.

    Args:
        store: past runs.
        view: how the user wants the runs to be seen; its metric does not count.
        objectives: at least two metrics.
        task: this task only.

    Returns:
        ``task``, ``run`` (of the config's first one), a column a metric, then the hyperparameters.

    Raises:
        NothingFoundError: no run has a value of all of them.
        UsageError: no run has one of the metrics, or no task has that name.
    """
    histories = [
        mine_history(store, replace(view, metric=aim.metric, mode=aim.mode), task=task).history
        for aim in objectives
    ]
    names = [aim.metric for aim in objectives]
    parts = [
        _front_of(own, histories, names)
        for own in histories[0].tasks
        if task in (None, own) and all(own in h.tasks for h in histories)
    ]  # fmt: skip
    parts = [part for part in parts if len(part)]
    if not parts:
        raise NothingFoundError(
            f"no run has a value of each of {', '.join(names)}", "logminer metrics lists them"
        )
    return pd.concat(parts, ignore_index=True)


def _front_of(task: str, histories: Sequence[History], names: Sequence[str]) -> pd.DataFrame:
    """The front of one task."""
    own = [h.of(task) for h in histories]
    if [h.objectives[task].metric for h in own] != list(names):
        return pd.DataFrame()
    ids = own[0].config_ids
    values = pd.DataFrame(
        {n: h.trials["value"].where(h.losses.notna()) for n, h in zip(names, own, strict=True)}
    )
    means = values.groupby(ids.reindex(values.index)).mean().dropna()
    if means.empty:
        return pd.DataFrame()
    signs = np.array([h.objectives[task].sign for h in own])
    kept = means.index[front(means.to_numpy() * signs)]
    first = ids.drop_duplicates()
    runs = {number: run for run, number in first.items()}
    rows = [runs[number] for number in kept]
    table = means.loc[kept].reset_index(drop=True)
    table.insert(0, "run", own[0].trials["name"].reindex(rows).tolist())
    table.insert(0, "task", task)
    configs = own[0].configs.loc[rows].reset_index(drop=True)
    configs = configs.rename(columns={c: f"config.{c}" for c in table.columns})
    return table.join(configs).sort_values(
        names[0], ascending=bool(signs[0] > 0), ignore_index=True
    )
