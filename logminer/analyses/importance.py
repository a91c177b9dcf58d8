"""Importance: how much of the differences between runs each hyperparameter explains alone.

Functional ANOVA on random forests (Hutter, Hoos and Leyton-Brown 2014, see ``forest``): the share
of the variance over the whole search space that comes from one parameter, averaged over all
values of the others. What the shares leave of 1 is owed to parameters acting together.

Each task is analysed by itself, on normalised ranks, so that neither its unit nor one diverged
run decides; a parameter's importance is its mean over the tasks in which it was varied.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.analyses.forest import Forest, Forests, grow_all
from logminer.core.history import History


@dataclass(frozen=True)
class Importance:
    """Shares of variance explained by single hyperparameters.

    Attributes:
        overall: one row a parameter, most important first: ``parameter``, ``share``, ``low`` and
            ``high`` (the middle 80 % over trees), ``tasks`` (in which it varied).
        per_task: the same for each ``task``.
        fit: by task, share of the variance that the forest explains for configs it has not seen.
        skipped: by task, why it was left out.
    """

    overall: pd.DataFrame
    per_task: pd.DataFrame
    fit: Mapping[str, float]
    skipped: Mapping[str, str]

    def to_frame(self) -> pd.DataFrame:
        """Importance over all tasks, most important first."""
        return self.overall


def analyse(history: History, *, forests: Forests | None = None) -> Importance:
    """Measure the importance of each hyperparameter.

    Args:
        history: past runs, of one task or many.
        forests: the tasks' forests when they are grown already; None to grow them.
    """
    forests = forests or grow_all(history)
    shares = {task: _shares(forest) for task, forest in forests.by_task.items()}
    return Importance(
        _summary(shares),
        pd.concat(
            [_summary({task: of}).assign(task=task) for task, of in shares.items()]
            or [_summary({}).assign(task="")],
            ignore_index=True,
        ),
        {task: forest.fit for task, forest in forests.by_task.items()},
        forests.skipped,
    )


def _shares(forest: Forest) -> pd.DataFrame:
    """Share of each tree's variance by parameter; one row a tree, trees that never split left NaN."""
    rows = [
        [boxes.marginal_variance([j]) / boxes.variance for j in range(len(forest.names))]
        if boxes.variance > 0
        else [np.nan] * len(forest.names)
        for boxes in forest.trees
    ]
    return pd.DataFrame(rows, columns=list(forest.names))


def _summary(shares: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Mean over tasks and trees, with the spread over trees of the mean over tasks."""
    names = list(dict.fromkeys(name for of in shares.values() for name in of.columns))
    rows = []
    for name in names:
        columns = [of[name] for of in shares.values() if name in of.columns]
        by_tree = pd.concat(columns, axis=1).mean(axis=1).dropna()
        low, high = by_tree.quantile([0.1, 0.9])
        rows.append((name, by_tree.mean(), low, high, len(columns)))
    frame = pd.DataFrame(rows, columns=["parameter", "share", "low", "high", "tasks"])
    return frame.sort_values("share", ascending=False, kind="stable", ignore_index=True)
