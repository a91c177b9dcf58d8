"""What counts of each run: the value of its task's objective, unless the run diverged."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from logminer.analyses.objective import is_loss
from logminer.core.objective import LARGEST, Objective

_COLUMNS = {
    "last_step": "int64",
    "first_step": "int64",
    "points": "int64",
    "value": "float64",
    "best_step": "float64",
}


def objective_ends(
    ends: pd.DataFrame,
    labels: pd.Series,
    objectives: Mapping[str, Objective],
    names: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """What counts of each run, and where its curve stands.

    Args:
        ends: one row a curve, as from ``store.tail.ends``.
        labels: task of each run, indexed by run id.
        objectives: what is optimised, by task.
        names: metric names as written, by the name they count as.

    Returns:
        Indexed by run id: ``value`` (NaN where it diverged), and of its curve ``points``, ``first_step``,
        ``last_step`` and ``best_step``.
    """
    by_metric = dict(tuple(ends.groupby("metric")))
    parts = [pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)]
    for task, objective in objectives.items():
        own = labels.index[labels == task]
        for written in names.get(objective.metric, (objective.metric,)):
            rows = by_metric.get(written, ends.iloc[:0])
            rows = rows[rows["run"].isin(own)].set_index("run")
            sound = rows["end"].abs() < LARGEST
            value = rows[_summary_column(objective)].where(sound).where(lambda v: v.abs() < LARGEST)
            curve = rows[["last_step", "first_step", "points"]]
            parts.append(curve.assign(value=value, best_step=rows[f"{objective.mode}_step"]))
    counts = pd.concat([part for part in parts if len(part)] or parts)
    counts = counts[~counts.index.duplicated()]
    counts.loc[counts.index.isin(_diverged(ends, labels)), "value"] = np.nan
    return counts


def _diverged(ends: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """Ids of the runs of which a loss ended in NaN, in infinity or beyond ``LARGEST``.

    A loss that no run of the task ever had a value of was not measured: beside a sound loss it tells nothing.
    """
    losses = ends[ends["metric"].map(is_loss).astype(bool)]
    sound = losses["end"].abs() < LARGEST
    by_task = [losses["run"].map(labels), losses["metric"]]
    measured = losses["min"].notna().groupby(by_task, dropna=False).transform("any")
    others_sound = losses["run"].isin(losses.loc[sound, "run"])
    return losses.loc[~sound & (measured | ~others_sound), "run"]


def _summary_column(objective: Objective) -> str:
    """The column of a curve's ends that holds what counts: over finite values."""
    return objective.mode if objective.summary == "best" else objective.summary
