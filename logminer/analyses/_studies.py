"""Runs of different studies, and runs that were optimised in different directions, are different tasks.

A tuner's study has one objective, so it is a task whatever its name. Other trackers group runs under a name of the
user's (an MLflow experiment, a W&B project), which may say what was trained on or just when, so there the names decide.
"""

import re
from collections.abc import Callable

import pandas as pd

from logminer.analyses.objective import recorded_directions
from logminer.core.words import counted

STUDY = "study"
# What Optuna and SMAC call a study that nobody named.
_UNNAMED = re.compile(r"no-name-[0-9a-f-]{36}|[0-9a-f]{32}")


def told_apart(
    labels: pd.Series,
    studies: pd.Series,
    params: pd.DataFrame,
    names_tasks: Callable[[pd.Series], bool],
) -> tuple[pd.Series, list[str]]:
    """Give studies tasks of their own.

    Args:
        labels: task of each run, indexed by run id.
        studies: study of each run whose task was but guessed, None for the others; same index.
        params: long frame ``run``, ``name``, ``value``.
        names_tasks: whether the studies of some runs look like tasks by their names.

    Returns:
        The labels, and a line for each kind of study that was told apart.
    """
    named = studies.dropna()
    named = named[[not _UNNAMED.fullmatch(name) for name in named]]
    tuned = named.index.isin(recorded_directions(params)["run"])
    others = named[~tuned]
    by_name = [own for _, own in others.groupby(labels[others.index]) if names_tasks(own)]
    moved, reasons = named[tuned], []
    if len(moved):
        reasons.append(f"{_found(moved)}: a tuner's study has one objective")
    if by_name:
        moved = pd.concat([moved, *by_name])
        reasons.append(f"{_found(pd.concat(by_name))}, and their names look like tasks")
    return _labelled(labels, moved), reasons


def _found(studies: pd.Series) -> str:
    runs, count = counted(len(studies), "run"), studies.nunique()
    verb = "names the one study" if count == 1 else f"tells {count} studies apart"
    return f"'{STUDY}' {verb} in {runs}"


def _labelled(labels: pd.Series, studies: pd.Series) -> pd.Series:
    """Runs under the name of their study; where that names other runs too, the task of before tells them apart."""
    before = labels[studies.index]
    taken = set(labels.drop(studies.index))
    places = before.groupby(studies).nunique()
    shares = before.map(studies.groupby(before).nunique())
    clear = (studies.map(places) == 1) & ~studies.isin(taken)
    # A task of which all runs are of one study keeps its name where the study's would say less.
    alone = (shares == 1) & ~before.isin(taken)
    joined = before.where(alone, before + "/" + studies)
    labels = labels.copy()
    labels[studies.index] = studies.where(clear, joined)
    return labels


def opposites_apart(labels: pd.Series, params: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Split tasks whose runs are recorded as optimised in different directions.

    Args:
        labels: task of each run, indexed by run id.
        params: long frame ``run``, ``name``, ``value``.

    Returns:
        The labels, and a line where a task was split. Runs that record no direction keep their task.
    """
    told = recorded_directions(params)
    told = told[told["run"].isin(labels.index)].assign(task=lambda rows: rows["run"].map(labels))
    ways = told.groupby(["task", "metric"])["mode"].transform("nunique")
    opposed = told[ways > 1].sort_values(["run", "metric"])
    if opposed.empty:
        return labels, []
    modes = opposed.groupby("run")["mode"].agg(", ".join)
    labels = labels.copy()
    labels[modes.index] = labels[modes.index] + " (" + modes + ")"
    return labels, [f"{counted(len(modes), 'run')} kept apart by the direction that is recorded"]
