"""From a table of past trials to a prior, every row used or counted with the reason why not."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.core.history import History
from logminer.core.prior import PastTask, Prior
from logminer.core.space import Space
from logminer.transfer.past_configs import configs_in
from logminer.transfer.past_failures import failure_kinds, failures_in

_FACTS = ("task", "value", "budget", "name", "failure")  # columns of a history beside the configs
_ENOUGH_BUDGET = 1 / 3  # trials cut shorter than this share of their task's longest say too little
_FEWEST = 3  # trials a past task needs to rank anything


def prior_from_frame(frame: pd.DataFrame, space: Space, sign: float = 1.0) -> Prior:
    """Build a prior from one row a past trial.

    Args:
        frame: columns ``task``, ``value``, optionally ``budget`` and ``name``, and one a hyperparameter
            (NaN or None where inactive); one called like the first four is ``config.NAME``, as in ``Study.frame``.
        space: the space to be searched; what rows share with it is used.
        sign: 1 when lower values are better, -1 when higher ones are.

    Raises:
        UsageError: a needed column is missing, there twice, or may mean two things.
    """
    twice = sorted(set(frame.columns[frame.columns.duplicated()].astype(str)))
    if twice:
        raise UsageError(f"the history has two columns '{twice[0]}'", hint="leave one out")
    for column in ("task", "value"):
        if column not in frame.columns:
            raise UsageError(
                f"the history has no column '{column}'",
                hint="give one row a past trial: task, value and a column per hyperparameter",
            )
    return _prior(frame, _configs(frame, space), space, sign)


def _configs(frame: pd.DataFrame, space: Space) -> pd.DataFrame:
    """The columns of hyperparameters under their own names."""
    called = {f"config.{name}": name for name in _FACTS if name in space.names}
    for column, name in called.items():
        if name in frame.columns and column not in frame.columns:
            raise UsageError(
                f"'{name}' is a hyperparameter of the space and says something else in a history",
                hint=f"call the hyperparameter's column '{column}'",
            )
    return frame.drop(columns=[*_FACTS], errors="ignore").rename(columns=called)


def _prior(frame: pd.DataFrame, configs: pd.DataFrame, space: Space, sign: float = 1.0) -> Prior:
    """The prior of trials and their configs, row by row: a hyperparameter may be called like a column of trials."""
    rows, configs = frame.reset_index(drop=True), configs.reset_index(drop=True)
    losses = sign * pd.to_numeric(rows["value"], errors="coerce").astype(float)
    reasons = _why_dropped(rows, configs, losses.to_numpy(), space)
    dropped = Counter(reason for reason in reasons if reason)
    kept = np.array([not reason for reason in reasons], dtype=bool)
    tasks = []
    names = rows["task"][kept].astype(str)
    for name, places in sorted(names.groupby(names).groups.items()):
        runs = tuple(rows["name"].loc[places].astype(str)) if "name" in rows.columns else ()
        task = _past_task(
            str(name), configs.loc[places], losses.loc[places].to_numpy(), runs, space
        )
        if len(task) < _FEWEST:
            dropped[f"its task has fewer than {_FEWEST} usable trials"] += len(task)
        else:
            tasks.append(task)
    used = sum(len(task) for task in tasks)
    failures = failures_in(rows, losses.to_numpy(), configs, space)
    return Prior(tuple(tasks), used=used, dropped=dict(dropped), failures=failures)


def prior_from_history(history: History, space: Space | None = None) -> Prior:
    """Build a prior from the runs of a database; each task's objective says which way is better.

    Repeats that were cut short are left out where another run of their config came to its end.
    """
    cut_short = int((~history.representative).sum())
    history = history.where(history.representative)
    trials = history.trials[["task", "name"]].assign(
        value=history.losses.where(history.trials["status"] != "running"),
        failure=failure_kinds(history),
    )
    prior = _prior(trials, history.configs, space or history.space)
    if not cut_short:
        return prior
    return replace(prior, dropped={**prior.dropped, "a repeat that was cut short": cut_short})


def _why_dropped(
    rows: pd.DataFrame, configs: pd.DataFrame, losses: np.ndarray, space: Space
) -> list[str]:
    shared = [name for name in space.names if name in configs.columns]
    some = (
        configs[shared].notna().any(axis=1).to_numpy()
        if shared
        else np.zeros(len(rows), dtype=bool)
    )
    nameless = rows["task"].isna().to_numpy()
    short = np.zeros(len(rows), dtype=bool)
    if "budget" in rows.columns:
        budget = pd.to_numeric(rows["budget"], errors="coerce")
        longest = budget.groupby(rows["task"]).transform("max")
        short = (budget < _ENOUGH_BUDGET * longest).to_numpy()
    failed = rows["failure"].fillna("").ne("").to_numpy() if "failure" in rows.columns else short
    failed = failed & ~np.isfinite(losses)
    reasons = []
    for i in range(len(rows)):
        if failed[i]:
            reasons.append("they failed")
        elif not np.isfinite(losses[i]):
            reasons.append("no finite value")
        elif nameless[i]:
            reasons.append("no task")
        elif not some[i]:
            reasons.append("no hyperparameter of this space")
        elif short[i]:
            reasons.append("stopped before a third of its task's longest budget")
        else:
            reasons.append("")
    return reasons


def _past_task(
    name: str, rows: pd.DataFrame, losses: np.ndarray, runs: tuple[str, ...], space: Space
) -> PastTask:
    configs = configs_in(rows, space)
    return PastTask(name, configs, np.asarray(losses, dtype=float), runs or ("",) * len(rows))


__all__ = ["prior_from_frame", "prior_from_history"]
