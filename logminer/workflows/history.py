"""From the store to a History: tasks, objectives, search space and values, each with its reasons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from logminer.analyses import objective as objectives
from logminer.analyses import tasks as splits
from logminer.analyses.related import families
from logminer.analyses.roles import Roles, decide_roles, in_roles, with_results
from logminer.analyses.space import NO_SPACES, InferredSpace, infer
from logminer.analyses.standing import standings
from logminer.analyses.tasks import TaskSplit
from logminer.core.concepts import Vocabulary
from logminer.core.errors import NothingFoundError, UsageError, did_you_mean
from logminer.core.history import History
from logminer.core.names import canonical
from logminer.core.objective import Mode, Objective, Summary
from logminer.core.roles import ROLES, Role
from logminer.core.space import Space
from logminer.store import Store
from logminer.workflows._variants import variants
from logminer.workflows.objective_values import objective_ends
from logminer.workflows.remembered import remembered

_CURVE = ["points", "first_step", "best_step"]


@dataclass(frozen=True)
class View:
    """How the user wants the runs to be seen; empty fields are proposed by logminer.

    Attributes:
        task_by: what tells tasks apart.
        metric: the objective, for all tasks that log it.
        mode: which way is better: of ``metric``, or of all objectives where none is named.
        summary: which value of a curve counts.
        space: a search space that replaces the inferred one.
        param_aliases: written parameter name to canonical name.
        metric_aliases: written metric name to the name it shall count as.
        roles: what recorded names are.
        contexts: names that describe the problem or its scale, whatever ``roles`` says.
        vocabulary: the project's own words.
        curves: file of a curve model that ``logminer mine`` wrote, whose experience forecasts start from.
    """

    task_by: tuple[str, ...] = ()
    metric: str | None = None
    mode: Mode | None = None
    summary: Summary = "best"
    space: Space | None = None
    param_aliases: Mapping[str, str] = field(default_factory=dict)
    metric_aliases: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    contexts: tuple[str, ...] = ()
    vocabulary: Vocabulary | None = None
    curves: str | None = None


@dataclass(frozen=True)
class Mined:
    """A History with the decisions it rests on.

    Attributes:
        history: past runs by task.
        split: what tells tasks apart, and why.
        inferred: the search space with its evidence.
        names: metric names as written that count for each objective.
        families: groups of tasks that search the same things; the history holds the runs of one of them.
        roles: what recorded names are taken for.
        settings: parameters as written, one row a run and one column a name.
        curves: file of the curve model that forecasts start from, or None.
    """

    history: History
    split: TaskSplit
    inferred: InferredSpace
    names: Mapping[str, tuple[str, ...]]
    families: Sequence[Sequence[str]]
    roles: Roles
    settings: pd.DataFrame
    curves: str | None = None

    @property
    def doubts(self) -> tuple[list[str], list[str]]:
        """Doubts that would change the advice about the runs of the history: of tasks, and of roles."""
        own = self.settings.reindex(self.history.trials.index)
        names = own.columns[own.notna().any()]
        return self.split.doubts_in(self.history.tasks), self.roles.doubts_in(set(names))

    @property
    def left_out(self) -> list[str]:
        """Tasks that search other things than those of the history."""
        return sorted(
            {task for family in self.families for task in family} - set(self.history.tasks)
        )


@dataclass(frozen=True)
class Outline:
    """What the runs, their parameters and the names of their metrics tell, without any point.

    Attributes:
        labels: the task of each run that is looked at, indexed by run id.
        split: what tells tasks apart, and why.
        families: groups of tasks that search the same things.
        objectives: what is optimised, by task; tasks with no metric are left out.
        names: metric names as written, by the name they count as.
        roles: what recorded names are taken for.
        params: the parameters of all runs, in their roles.
        results: results that stand beside runs, with the columns of ``store.tail.ends``.
    """

    labels: pd.Series
    split: TaskSplit
    families: Sequence[Sequence[str]]
    objectives: Mapping[str, Objective]
    names: Mapping[str, tuple[str, ...]]
    roles: Roles
    params: pd.DataFrame
    results: pd.DataFrame


def outline(
    runs: pd.Index,
    params: pd.DataFrame,
    ends: pd.DataFrame,
    view: View,
    *,
    task: str | None = None,
    everything: bool = False,
    declared: Collection[str] = (),
) -> Outline:
    """Decide what recorded names are, tell tasks apart and choose their objectives.

    Args:
        runs: ids of runs.
        params: their parameters, as from ``store.read.params``.
        ends: one row a curve, as from ``store.tail.ends``.
        view: how the user wants the runs to be seen.
        task: take the tasks related to this one; without it, the largest family of tasks.
        everything: take all tasks, related or not.
        declared: hyperparameters of which a tool declares the space.

    Raises:
        UsageError: the view names a metric or parameter that no run has, or no task has that name.
    """
    roles = decide_roles(
        params,
        ends,
        runs,
        chosen=chosen_roles(view, params),
        declared=declared,
        vocabulary=view.vocabulary,
    )
    params, results = in_roles(roles, params)
    ends = with_results(ends, results)
    counted, written = _counted_metrics(ends, view.metric_aliases)
    if view.task_by:
        split = splits.split_by(list(view.task_by), params, runs)
    else:
        split = splits.propose(params, counted, runs, roles)
    groups = families(params, split.labels)
    kept = [t for g in groups for t in g] if everything else _family(groups, task)
    labels = split.labels[split.labels.isin(kept)]
    chosen = choose_objectives(labels, counted, params, view)
    return Outline(labels, split, groups, chosen, written, roles, params, results)


def chosen_roles(view: View, params: pd.DataFrame) -> dict[str, Role]:
    """The roles that the user gives, those of contexts named for this question before the others.

    Raises:
        UsageError: no run records a name that is called a context.
    """
    known = params["name"].unique().tolist()
    for name in view.contexts:
        if name not in known:
            raise UsageError(
                f"no run records '{name}'{did_you_mean(name, known)}", "logminer roles lists them"
            )
    contexts: dict[str, Role] = dict.fromkeys(view.contexts, "context")
    return {**view.roles, **contexts}


def searched(seen: Outline, view: View, spaces: pd.DataFrame = NO_SPACES) -> InferredSpace:
    """The search space of the runs in an outline: the user's, the declared or the inferred one.

    Args:
        seen: the runs in their roles, with their tasks.
        view: how the user wants the runs to be seen.
        spaces: what tools declare, as from ``store.read.spaces``.
    """
    # What is merely recorded may tell tasks apart, but is no hyperparameter.
    told = seen.params[seen.params["kind"] != "meta"]
    inferred = infer(
        told, seen.labels, seen.split.by, view.param_aliases, roles=seen.roles, spaces=spaces
    )
    return _seen_in(inferred, view.space, told, seen.labels) if view.space else inferred


def mine_history(
    store: Store, view: View | None = None, *, task: str | None = None, everything: bool = False
) -> Mined:
    """Read the store as a History of tasks that can teach each other.

    Args:
        store: the store.
        view: how the user wants the runs to be seen.
        task: take the tasks related to this one; without it, the largest family of tasks.
        everything: take all tasks, related or not.

    Raises:
        NothingFoundError: no run was ingested.
        UsageError: the view names a metric or parameter that no run has, or no task has that name.

    A run whose objective or any of whose losses ends in NaN, in infinity or beyond ``LARGEST`` has diverged, and
    has no value.
    """
    seen = with_stored_roles(view or View(), store)

    def derive() -> Mined:
        runs = store.read.runs()
        if runs.empty:
            raise NothingFoundError("no runs in the database", "logminer ingest PATH reads some")
        params, ends, spaces = store.read.params(), store.tail.ends(), store.read.spaces()
        return mined_from(runs, params, ends, seen, task=task, everything=everything, spaces=spaces)

    mined: Mined = remembered(store, "history", (seen, task, everything), derive)
    return mined


def with_stored_roles(view: View, store: Store) -> View:
    """The view with the roles that the user set in the store; those of the settings go before them."""
    stored = {name: role for name, role in store.read.roles().items() if role in ROLES}
    return replace(view, roles={**stored, **view.roles})


def mined_from(
    runs: pd.DataFrame,
    params: pd.DataFrame,
    ends: pd.DataFrame,
    view: View,
    *,
    task: str | None = None,
    everything: bool = False,
    spaces: pd.DataFrame = NO_SPACES,
) -> Mined:
    """As ``mine_history``, from what was read before.

    Args:
        runs: as from ``store.read.runs``.
        params: as from ``store.read.params``.
        ends: as from ``store.tail.ends``.
        view: how the user wants the runs to be seen.
        task: take the tasks related to this one; without it, the largest family of tasks.
        everything: take all tasks, related or not.
        spaces: what tools declare, as from ``store.read.spaces``.

    Raises:
        UsageError: the view names a metric or parameter that no run has, or no task has that name.
    """
    seen = outline(
        runs.index,
        params,
        ends,
        view,
        task=task,
        everything=everything,
        declared=set(spaces["name"]),
    )
    trials = _trials(runs.loc[seen.labels.index], with_results(ends, seen.results), seen)
    chosen = seen.params[seen.params["kind"].isin(["param", "path"])]
    facts = trials.assign(reason=runs["reason"].reindex(trials.index))
    trials = trials.drop(columns=["points", "first_step"]).join(standings(facts, params))
    trials["reason"] = facts["reason"].fillna("")
    trials["recorded"] = trials.index.isin(chosen["run"])
    trials["variant"] = variants(params, seen.roles.named("budget"), trials.index)
    inferred = searched(seen, view, spaces)
    history = History(trials, inferred.configs.loc[trials.index], inferred.space, seen.objectives)
    settings = chosen.pivot(index="run", columns="name", values="value").rename_axis(columns=None)
    return Mined(
        history, seen.split, inferred, seen.names, seen.families, seen.roles, settings, view.curves
    )  # fmt: skip


def _family(groups: Sequence[Sequence[str]], task: str | None) -> Sequence[str]:
    if task is None:
        return groups[0]
    known = [name for group in groups for name in group]
    for group in groups:
        if task in group:
            return group
    raise no_such_task(task, known)


def no_such_task(task: str, known: Sequence[str]) -> UsageError:
    """What to say of a task that is none of those known."""
    return UsageError(
        f"no task '{task}'{did_you_mean(task, list(known))}", "logminer tasks lists them"
    )


def _counted_metrics(
    run_metrics: pd.DataFrame, aliases: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Metrics under the names they count as, and the written names behind each."""
    counted = run_metrics.assign(written=run_metrics["metric"])
    counted["metric"] = counted["written"].map(lambda name: aliases.get(name, name))
    pairs = counted.drop_duplicates(["metric", "written"])
    behind = {str(m): tuple(g["written"]) for m, g in pairs.groupby("metric")}
    return counted.drop_duplicates(["run", "metric"]), behind


def choose_objectives(
    labels: pd.Series, ends: pd.DataFrame, params: pd.DataFrame, view: View
) -> dict[str, Objective]:
    """The objective of each task: the user's where the task logs it, else proposed; tasks with no metric are left out.

    Args:
        labels: task of each run.
        ends: one row a curve, as from ``store.tail.ends``, metrics under the names they count as.
        params: long frame ``run``, ``name``, ``value``.
        view: how the user wants the runs to be seen.

    Raises:
        UsageError: the view names a metric that no run has.
    """
    task_of = ends["run"].map(labels)
    if view.metric:  # says so early when no run has it
        objectives.choose(view.metric, _counts(ends["metric"]))
    chosen: dict[str, Objective] = {}
    for task, count in labels.value_counts(sort=False).items():
        own = ends[task_of == task]
        metrics = _counts(own["metric"])
        recorded = _recorded(params, labels.index[labels == task])
        if view.metric and view.metric in metrics:
            chosen[str(task)] = objectives.choose(
                view.metric,
                metrics,
                view.mode,
                summary=view.summary,
                recorded=recorded,
                curves=own,
                vocabulary=view.vocabulary,
            )
            continue
        # A direction belongs to the metric named beside it, else to whatever is proposed.
        way = None if view.metric else view.mode
        proposed = objectives.propose(
            metrics,
            int(count),
            recorded,
            summary=view.summary,
            asked=way,
            curves=own,
            vocabulary=view.vocabulary,
        )
        if proposed:
            chosen[str(task)] = proposed
    return chosen


def _counts(metrics: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in metrics.value_counts().items()}


def _recorded(params: pd.DataFrame, runs: pd.Index) -> dict[str, object]:
    """Values that the runs of a task agree on."""
    rows = params[params["run"].isin(runs) & params["value"].map(lambda v: isinstance(v, str))]
    return {str(n): v.iloc[0] for n, v in rows.groupby("name")["value"] if v.nunique() == 1}


def _trials(runs: pd.DataFrame, ends: pd.DataFrame, seen: Outline) -> pd.DataFrame:
    counts = objective_ends(ends, seen.labels, seen.objectives, seen.names)
    trials = pd.DataFrame(
        {
            "name": runs["name"],
            "task": seen.labels,
            "value": counts["value"].reindex(runs.index),
            "status": runs["status"],
            "steps": counts["last_step"].reindex(runs.index).fillna(0).astype("int64"),
            **{name: counts[name].reindex(runs.index) for name in _CURVE},
            "started": runs["started"],
            # A run that ends before it starts had a wrong clock.
            "seconds": (runs["ended"] - runs["started"]).where(lambda took: took >= 0),
        },
        index=runs.index,
    )
    return trials[trials["task"].isin(seen.objectives)].copy()


def _seen_in(
    inferred: InferredSpace, space: Space, params: pd.DataFrame, tasks: pd.Series
) -> InferredSpace:
    """The logged configs seen in a space the user gave, whose names may be written or canonical."""
    rows = params.assign(meant=params["name"])
    by_canonical = {canonical(name): name for name in space.names}
    rows["meant"] = [
        name if name in space.parameters else by_canonical.get(canonical(name), "")
        for name in rows["name"]
    ]
    rows = rows[rows["meant"] != ""].drop_duplicates(["run", "meant"])
    wide = rows.pivot(index="run", columns="meant", values="value").reindex(tasks.index)
    wide = wide.reindex(columns=space.names).astype(object)
    wide.columns.name = None
    own = {canonical(name) for name in space.names}
    others = inferred.configs[[n for n in inferred.configs if canonical(str(n)) not in own]]
    unsearched = inferred.unsearched[
        [n for n in inferred.unsearched if canonical(str(n)) not in own]
    ]
    return replace(
        inferred, space=space, configs=wide.where(wide.notna(), None),
        unsearched=pd.concat([unsearched, others], axis=1),
    )  # fmt: skip
