"""Where unfinished runs will end, so that a search can count them before they do."""

from dataclasses import dataclass

import pandas as pd

from logminer.core.history import History
from logminer.curves.model import CurveModel
from logminer.store import Store
from logminer.workflows.history import Mined
from logminer.workflows.stopping import past_curves

_SHORT = (
    0.8  # a run that came less far than this share of what its task usually needs was cut short
)
_MOST_PAST = 400  # curves to learn from: enough for a forecast, and quick


@dataclass(frozen=True)
class Outlook:
    """Expected ends of runs that have not ended.

    Attributes:
        losses: ``mean`` and ``std`` of the final objective as a loss, indexed by run id.
        basis: what the forecast rests on, in words.
    """

    losses: pd.DataFrame
    basis: str


def is_unfinished(own: History) -> pd.Series:
    """Which runs of a task have not ended by themselves: running, or cut short and nothing says finished."""
    trials = own.trials
    usual = trials["steps"].quantile(0.75)
    cut_short = (trials["steps"] < _SHORT * usual) & (trials["status"] != "finished")
    return ((trials["status"] == "running") | cut_short) & own.losses.notna()


def outlook(store: Store, mined: Mined, own: History) -> Outlook:
    """Forecast the ends of a task's unfinished runs from all related runs.

    Args:
        store: the store.
        mined: runs of related tasks.
        own: runs of one task.
    """
    open_runs = is_unfinished(own)
    if not open_runs.any():
        return Outlook(pd.DataFrame(columns=["mean", "std"]), "")
    task = own.tasks[0]
    curves = past_curves(store, mined)
    ended = curves[~curves["run"].isin(open_runs.index[open_runs])]
    runs = ended["run"].drop_duplicates()
    kept = runs.sample(_MOST_PAST, random_state=0) if len(runs) > _MOST_PAST else runs
    model = CurveModel().fit(ended[ended["run"].isin(kept)], _modes(mined))
    # The task's ended runs come along: they are the peers of those that have not.
    forecast = model.predict(curves[curves["task"] == task])
    asked = forecast.runs["run"].isin(open_runs.index[open_runs]).to_numpy()
    sign = own.objectives[task].sign
    losses = pd.DataFrame(
        {"mean": sign * forecast.mean[asked], "std": forecast.std[asked]},
        index=forecast.runs.loc[asked, "run"],
    )
    return Outlook(losses, str(forecast.runs.loc[asked, "basis"].mode().iloc[0]))


def _modes(mined: Mined) -> dict[str, str]:
    return {task: objective.mode for task, objective in mined.history.objectives.items()}
