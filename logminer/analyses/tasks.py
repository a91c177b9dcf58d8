"""What separates the tasks? A recorded data set or workload, else a study or a folder level, else nothing.

Runs compare only within a task, so the split decides everything after it: it is proposed with its
reasons, and the user can name another.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.analyses._studies import STUDY, opposites_apart, told_apart
from logminer.core.errors import UsageError, did_you_mean
from logminer.core.names import is_incidental, words

ONE_TASK = "all runs"
_OTHERS = "other runs"
# What people call the thing a model is trained on, the surest first.
_NAMES = (
    "workload", "testproblem", "test problem", "task", "task name", "dataset", "dataset name", "data set", "data name",
    "dataset id", "env id", "env", "env name", "environment", "gym id", "benchmark", "corpus", "problem", "domain",
    "data", "openml task id", "openml id",
)  # fmt: skip
_REPEAT = re.compile(
    r"(trial|run|study|seed|random.?seed|fold|split|version|exp|experiment|rep|repeat|job|iter|attempt|try|worker|rank"
    r"|lightning.?logs|group|model|train|val|validation|test|logs?|tensorboard|tb|[a-z]{1,2})?[-_ ]?\d*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{3}")
_MOST_TASKS_SHARE = 0.5


@dataclass(frozen=True)
class TaskSplit:
    """Which task each run belongs to.

    Attributes:
        by: what tells tasks apart: names of parameters or folder levels, or ``study``; empty when there is one task.
        labels: task of each run, indexed by run id.
        because: why, one line a reason.
    """

    by: tuple[str, ...]
    labels: pd.Series
    because: tuple[str, ...]


def split_by(names: list[str], params: pd.DataFrame, runs: pd.Index) -> TaskSplit:
    """Split by what the user names; several names are joined with ``/``.

    Runs that are recorded as optimised in different directions are told apart all the same.

    Args:
        names: parameters or folder levels, or ``study``.
        params: long frame ``run``, ``name``, ``value``.
        runs: ids of all runs.

    Raises:
        UsageError: no run has such a parameter.
    """
    known = params["name"].unique().tolist()
    for name in names:
        if name not in known:
            raise UsageError(
                f"no parameter or folder level '{name}'{did_you_mean(name, known)}",
                "logminer params lists them",
            )
    columns = [_column(params, name, runs).fillna("?") for name in names]
    labels = columns[0]
    for column in columns[1:]:
        labels = labels + "/" + column
    labels, opposed = opposites_apart(labels.rename("task"), params)
    return TaskSplit(tuple(names), labels, ("chosen by the user", *opposed))


def propose(params: pd.DataFrame, run_metrics: pd.DataFrame, runs: pd.Index) -> TaskSplit:
    """Propose the split of the runs into tasks.

    Args:
        params: long frame ``run``, ``name``, ``value``, ``kind`` of all runs.
        run_metrics: long frame ``run``, ``metric``: which run logged what.
        runs: ids of all runs.
    """
    labels = pd.Series(None, index=runs, dtype=object, name="task")
    by: list[str] = []
    reasons: list[str] = []
    for name in _named(params):
        column = _column(params, name, runs)
        fresh = labels.isna() & column.notna()
        if not fresh.any():
            continue
        labels[fresh] = column[fresh]
        by.append(name)
        reasons.append(f"'{name}' says what was trained on, in {int(fresh.sum())} runs")
    rest = labels.index[labels.isna()]
    if len(rest):
        level, why = _best_level(params, run_metrics, rest if not by else runs)
        left = ONE_TASK if not by else _OTHERS
        labels[rest] = _column(params, level, rest).fillna(ONE_TASK) if level else left
        labels, told = _by_study(labels, rest, params)
        by += [name for name in (level, STUDY if told else "") if name]
        if level or (labels[rest] == left).any():
            reasons.append(why)
        reasons += told
    labels, opposed = opposites_apart(labels, params)
    return TaskSplit(tuple(by), labels, (*reasons, *opposed))


def _by_study(
    labels: pd.Series, rest: pd.Index, params: pd.DataFrame
) -> tuple[pd.Series, list[str]]:
    """The labels with studies told apart among the rest, of which no parameter says what was trained on."""
    studies = _column(params[params["kind"] == "meta"], STUDY, rest)
    chosen = params[~params["name"].isin([n for n in params["name"].unique() if is_incidental(n)])]
    return told_apart(labels, studies, params, lambda own: _name_tasks(own, chosen))


def _name_tasks(studies: pd.Series, params: pd.DataFrame) -> bool:
    """Whether the studies of some runs look like tasks: by their names, and as each has several configs."""
    names = [name.rsplit("/", 1)[-1] for name in studies.unique()]
    if len(names) < 2 or any(_REPEAT.fullmatch(n) or not _WORD.search(n) for n in names):
        return False
    configs = _config_keys(params, studies.index).reindex(studies.index)
    return bool(configs.groupby(studies).nunique().min() > 1)


def _column(params: pd.DataFrame, name: str, runs: pd.Index) -> pd.Series:
    rows = params[params["name"] == name]
    text = rows["value"].map(lambda v: v if isinstance(v, str) else str(v))
    found = pd.Series(text.to_numpy(), index=rows["run"], dtype=object).reindex(runs)
    return found.where(found.notna() & ~found.isin(["", "None"]), None)


def _named(params: pd.DataFrame) -> list[str]:
    """Parameters whose name says data set, task or environment, the surest first."""
    place = {name: i for i, name in enumerate(_NAMES)}
    rated = []
    for name, values in params[params["kind"] != "level"].groupby("name")["value"]:
        rank = place.get(" ".join(words(str(name).split(".")[-1])))
        short = values.map(
            lambda v: isinstance(v, str | int) and len(str(v)) <= 100 and "/" not in str(v)
        )
        if (
            rank is not None
            and short.all()
            and values.astype(str).nunique() <= max(1, len(values) * _MOST_TASKS_SHARE)
        ):
            rated.append((rank, str(name)))
    return [name for _, name in sorted(rated)]


def _best_level(params: pd.DataFrame, run_metrics: pd.DataFrame, runs: pd.Index) -> tuple[str, str]:
    """The folder level that looks most like a task, and why; an empty name when none does."""
    levels = params[(params["kind"] == "level") & params["run"].isin(runs)]
    sets = (
        run_metrics[run_metrics["run"].isin(runs)]
        .groupby("run")["metric"]
        .agg(frozenset)
        .reindex(runs)
    )
    configs = _config_keys(params, runs)
    best: tuple[float, str, str] = (0.0, "", "nothing separates tasks: all runs are taken as one")
    for name in levels["name"].unique():
        column = _column(levels, name, runs)
        score, why = _rate_level(column, sets, configs)
        if score > best[0]:
            best = (score, str(name), f"'{name}' {why}")
    return best[1], best[2]


def _rate_level(column: pd.Series, sets: pd.Series, configs: pd.Series) -> tuple[float, str]:
    present = column.dropna()
    values = present.unique()
    if (
        len(values) < 2
        or len(values) > _MOST_TASKS_SHARE * len(column)
        or len(present) < 0.9 * len(column)
    ):
        return 0.0, ""
    if all(_REPEAT.fullmatch(v) or "=" in v or "__" in v for v in values):
        return 0.0, ""
    usual = sets.dropna().groupby(column).agg(lambda s: s.value_counts().index[0])
    own_metrics = usual.nunique() > 1
    shared = configs.groupby(configs).agg(lambda c: column[c.index].nunique() > 1)
    repeats = float(shared.mean()) if len(shared) else 0.0
    # Names such as digits_mlp or ogbg_jax carry letters. A folder of one run (exp7, ppo_3) names that run.
    counts = present.value_counts()
    telling = np.mean([counts[v] > 1 and bool(_WORD.search(v)) for v in values])
    score = 1.0 * own_metrics + 2.0 * repeats + 0.8 * float(telling)
    why = [f"has {len(values)} values"]
    why += ["with metrics of their own"] if own_metrics else []
    why += [f"under which {repeats:.0%} of the configs recur"] if repeats > 0 else []
    return score, ", ".join(why)


def _config_keys(params: pd.DataFrame, runs: pd.Index) -> pd.Series:
    rows = params[params["kind"].isin(["param", "path"]) & params["run"].isin(runs)]
    pairs = rows["name"] + "=" + rows["value"].map(repr)
    return pairs.groupby(rows["run"]).agg(lambda p: "|".join(sorted(p)))
