"""What separates the tasks? Recorded contexts (a data set, a model size), else a study or a folder level, else nothing.

Runs compare only within a task, so the split decides everything after it: it is proposed with its
reasons, and the user can name another.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from logminer.analyses._studies import STUDY, opposites_apart, told_apart
from logminer.analyses.roles import Roles
from logminer.core.errors import UsageError, did_you_mean
from logminer.core.names import is_incidental
from logminer.core.vocabulary import describe

ONE_TASK = "all runs"
_OTHERS = "other runs"
_REPEAT = re.compile(
    r"(trial|run|study|seed|random.?seed|fold|split|version|exp|experiment|rep|repeat|job|iter|attempt|try|worker|rank"
    r"|lightning.?logs|group|model|train|val|validation|test|logs?|tensorboard|tb|[a-z]{1,2})?[-_ ]?\d*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{3}")
_MOST_TASKS_SHARE = 0.5
_FEWEST_RUNS = 2  # of a usual task that a further context tells apart
_FEWEST_ON_A_SCALE = (
    5  # runs of a usual size: fewer were tried by hand, and do not make a task of their own
)
_NEARLY_ALL = 0.8
_RANGE = 2.0  # from which sizes differ on purpose, and not by what an ablation adds
_LONGEST_LABEL = 100


@dataclass(frozen=True)
class TaskSplit:
    """Which task each run belongs to.

    Attributes:
        by: what tells tasks apart: names of parameters or folder levels, or ``study``; empty when there is one task.
        labels: task of each run, indexed by run id.
        because: why, one line a reason.
        doubts: what differs inside tasks although it may describe the problem.
    """

    by: tuple[str, ...]
    labels: pd.Series
    because: tuple[str, ...]
    doubts: tuple["Doubt", ...] = ()

    def doubts_in(self, tasks: Collection[str]) -> list[str]:
        """A line for each name that differs inside some of these tasks, with what to do."""
        lines = (doubt.line(tasks) for doubt in self.doubts)
        return [line for line in lines if line]


@dataclass(frozen=True)
class Doubt:
    """A name that may describe the problem, and differs inside tasks all the same.

    Attributes:
        name: the name.
        values: number of its values in each task where there are several.
    """

    name: str
    values: Mapping[str, int]

    def line(self, tasks: Collection[str]) -> str:
        """What to do where it differs inside one of these tasks; empty where it does not."""
        inside = {task: count for task, count in self.values.items() if task in tasks}
        if not inside:
            return ""
        task, count = max(inside.items(), key=lambda item: item[1])
        return (
            f"'{self.name}' differs inside {task} ({count} values): "
            f"logminer roles set {self.name} context if these are tasks of their own"
        )


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
    recorded = params["name"].unique().tolist()
    for name in names:
        if name not in recorded:
            raise UsageError(
                f"no parameter or folder level '{name}'{did_you_mean(name, recorded)}",
                "logminer params lists them",
            )
    columns = [_column(params, name, runs).fillna("?") for name in names]
    labels = columns[0]
    for column in columns[1:]:
        labels = labels + "/" + column
    labels, opposed = opposites_apart(labels.rename("task"), params)
    return TaskSplit(tuple(names), labels, ("chosen by the user", *opposed))


def propose(
    params: pd.DataFrame, run_metrics: pd.DataFrame, runs: pd.Index, roles: Roles
) -> TaskSplit:
    """Propose the split of the runs into tasks.

    Args:
        params: long frame ``run``, ``name``, ``value``, ``kind`` of all runs.
        run_metrics: long frame ``run``, ``metric``: which run logged what.
        runs: ids of all runs.
        roles: what recorded names are: contexts tell tasks apart.
    """
    contexts = _contexts(params, runs, roles)
    chosen = {name for name in contexts if roles.decisions[name].confidence == 1}
    labels, by, reasons = _by_context(contexts, runs, chosen)
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
    doubts = tuple(_doubts(contexts, labels, by))
    return TaskSplit(tuple(by), labels, (*reasons, *opposed), doubts)


def _contexts(params: pd.DataFrame, runs: pd.Index, roles: Roles) -> dict[str, pd.Series]:
    """What describes the problem, as labels by run: what most runs record first, words before numbers."""
    contexts = {}
    for name in roles.contexts:
        column = _column(params[params["kind"] != "level"], name, runs)
        present = column.dropna()
        if len(present) and present.map(_is_label).all():
            contexts[name] = column.where(column.isna(), _shortened(name, column))
    words_first = {name: describes_data(name) for name in contexts}
    return dict(
        sorted(
            contexts.items(), key=lambda item: (not words_first[item[0]], -item[1].notna().sum())
        )
    )


def _is_label(text: str) -> bool:
    """Whether a value can stand for a task: a name or a number, no list and no text."""
    return len(text) <= _LONGEST_LABEL and not text.startswith(("[", "{", "("))


def describes_data(name: str) -> bool:
    """Whether a context says by its name what was trained on, rather than on which scale."""
    return describe(name).canonical.rpartition(".")[2] in {"dataset", "environment", "workload"}


def _shortened(name: str, column: pd.Series) -> pd.Series:
    """Labels that fit a table: of places on disk the part that differs, of numbers their name too."""
    present = column.dropna()
    numbers = pd.to_numeric(present, errors="coerce")
    if numbers.notna().all():
        shown = numbers.map(lambda value: f"{name}={value:.6g}")
        return shown if shown.nunique() == present.nunique() else name + "=" + present
    if not present.str.contains(r"[/\\]").any():
        return column
    parts = present.map(lambda text: [part for part in re.split(r"[/\\]", text) if part])
    for depth in range(1, 6):
        tails = parts.map(lambda pieces, depth=depth: "/".join(pieces[-depth:]))
        if tails.nunique() == present.nunique():
            return tails
    return column


def _by_context(
    contexts: Mapping[str, pd.Series], runs: pd.Index, chosen: Collection[str]
) -> tuple[pd.Series, list[str], list[str]]:
    """Labels by what describes the problem, the names that count, and why; None where a run records none.

    What the user chose as a context always counts.
    """
    labels = pd.Series(None, index=runs, dtype=object, name="task")
    by: list[str] = []
    reasons: list[str] = []
    for name, column in contexts.items():
        fresh = labels.isna() & column.notna()
        numbers = column.str.startswith(f"{name}=").any()
        if name not in chosen and numbers and not _is_scale(column):
            continue
        if fresh.any() and (name in chosen or _tells_tasks(column, column[fresh])):
            labels[fresh] = column[fresh]
            by.append(name)
            reasons.append(f"'{name}' says what was trained on, in {int(fresh.sum())} runs")
        elif (
            not fresh.any()
            and (refined := _refined(labels, column, always=name in chosen)) is not None
        ):
            labels = refined
            by.append(name)
            reasons.append(f"'{name}' differs beside it, with {column.nunique()} values")
    return labels, by, reasons


def _is_scale(column: pd.Series) -> bool:
    """Whether numbers were varied on purpose: over a range, with runs to compare at a usual and nearly every one."""
    sizes = column.value_counts()
    few = float((sizes <= _FEWEST_RUNS).mean())
    numbers = sorted(float(label.rpartition("=")[2]) for label in sizes.index)
    wide = len(numbers) == 1 or (numbers[0] > 0 and numbers[-1] >= _RANGE * numbers[0])
    return wide and float(sizes.median()) >= _FEWEST_ON_A_SCALE and few <= 1 - _NEARLY_ALL


def _tells_tasks(column: pd.Series, fresh: pd.Series) -> bool:
    """Whether values are shared by enough runs to tell tasks rather than runs apart."""
    return fresh.nunique() <= max(1, len(column.dropna()) * _MOST_TASKS_SHARE)


def _refined(labels: pd.Series, column: pd.Series, *, always: bool) -> pd.Series | None:
    """The labels split further by a context, None where it adds nothing or leaves too few runs to compare."""
    if column.nunique() < 2:
        return None
    both = labels.where(column.isna(), labels + "/" + column.fillna(""))
    if always:
        return both
    varies = column.groupby(labels).nunique() > 1
    runs = labels.value_counts()
    if runs[varies.index[varies]].sum() < _MOST_TASKS_SHARE * len(labels):
        return None  # it follows from what tells tasks apart already, in nearly all of them
    if not _tells_tasks(column, both.dropna()):
        return None
    sizes = both.value_counts()
    return both if float(sizes.median()) > _FEWEST_RUNS else None


def _doubts(
    contexts: Mapping[str, pd.Series], labels: pd.Series, by: Sequence[str]
) -> Iterator[Doubt]:
    """Contexts that differ inside tasks and were left aside."""
    for name, column in contexts.items():
        values = column.groupby(labels).nunique()
        inside = {str(task): int(count) for task, count in values.items() if count > 1}
        if inside and name not in by:
            yield Doubt(name, inside)


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
    values = pd.Series(text.to_numpy(), index=rows["run"], dtype=object).reindex(runs)
    return values.where(values.notna() & ~values.isin(["", "None"]), None)


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
