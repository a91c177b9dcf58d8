"""The search space behind the logs: which recorded values are hyperparameters, and on which scale.

Every name gets a decision with its evidence: searched as a float, integer or category, linear or log, only
under a condition; or left out as a constant, a seed, a path, a copy of another, or what tells tasks apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from logminer.analyses._columns import comparable
from logminer.analyses._conditions import find_conditions, values_that_tell
from logminer.analyses._kinds import decide, extent
from logminer.analyses.declared import declarations, with_declared
from logminer.analyses.dependence import Dependence, find_dependences
from logminer.analyses.lattice import in_lattices
from logminer.analyses.roles import NO_CURVES, Roles, decide_roles
from logminer.core.names import canonical, canonical_names
from logminer.core.parameters import Categorical, Parameter
from logminer.core.roles import ROLES, RoleDecision
from logminer.core.space import Space

_LEVEL = "level"
_NEARLY_ALL = 0.95
_FEWEST_RECORDED, _RARE = 3, 0.2  # runs, or their share, that must record what is searched
# No declared space, with the columns of ``store.read.spaces``.
NO_SPACES = pd.DataFrame(columns=["run", "name", "spec", "tool"])


@dataclass(frozen=True)
class Decision:
    """What became of one recorded name.

    Attributes:
        name: the hyperparameter, as most logs write it.
        parameter: how it is searched, or None where it is left out.
        because: the evidence.
        written: names under which the logs hold it.
    """

    name: str
    parameter: Parameter | None
    because: str
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class InferredSpace:
    """A space with its evidence, and the logged configs seen in it.

    Attributes:
        space: the search space.
        configs: one row a run, one column a hyperparameter; None where a run has no value.
        decisions: one for every recorded name, searched ones first.
        constants: values that all runs share.
        unsearched: recorded values that a training can be told and that are not searched (constants, budgets, what
            follows the task), one row a run.
        contexts: recorded values that describe the problem, one row a run.
        derived: how hyperparameters follow from others, by name.
    """

    space: Space
    configs: pd.DataFrame
    decisions: tuple[Decision, ...]
    constants: Mapping[str, object]
    unsearched: pd.DataFrame = field(default_factory=pd.DataFrame)
    contexts: pd.DataFrame = field(default_factory=pd.DataFrame)
    derived: Mapping[str, Dependence] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Decisions as a table: ``name``, ``searched``, ``because``, ``written``."""
        return pd.DataFrame(
            [
                (
                    d.name,
                    describe(d.parameter) if d.parameter else "left out",
                    d.because,
                    ", ".join(d.written),
                )
                for d in self.decisions
            ],
            columns=["name", "searched", "because", "written"],
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def infer(
    params: pd.DataFrame,
    tasks: pd.Series,
    task_names: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    *,
    roles: Roles | None = None,
    spaces: pd.DataFrame = NO_SPACES,
) -> InferredSpace:
    """Infer the search space from recorded parameters, and from what tools declare of it.

    Args:
        params: long frame ``run``, ``name``, ``value``, ``kind`` (``param``, ``path`` or ``level``).
        tasks: task of each run, indexed by run id; its index fixes the rows of ``configs``.
        task_names: names that tell the tasks apart.
        aliases: the user's own table of names, written to canonical.
        roles: what recorded names are; decided from ``params`` where left out.
        spaces: what tools declare, as from ``store.read.spaces``.
    """
    roles = roles or decide_roles(params, NO_CURVES, tasks.index, declared=set(spaces["name"]))
    # A folder level that names what is trained on repeats a parameter or a task: levels come last.
    wide, written = _wide(params[params["kind"] != _LEVEL], tasks.index, aliases or {})
    scope = _Scope(tasks, frozenset(task_names), roles)
    decisions = [_decide(name, wide[name], written[name], scope) for name in wide.columns]
    levels, _ = _wide(params[params["kind"] == _LEVEL], tasks.index, {})
    decisions += _decide_levels(levels, wide, decisions, scope)
    columns = pd.concat([wide, levels], axis=1)
    repeats = [name for name in wide.columns if roles.of(name) == "repeat"]
    found = _dependents(decisions, columns, set(levels.columns), repeats)
    choices = {d.name for d in decisions if d.parameter}
    decisions = _without_dependents(decisions, found)
    decisions = _without_followers(decisions, columns, set(levels.columns))
    declared = {
        name: declaration
        for name, declaration in declarations(spaces, columns, written).items()
        if scope.can_search(written[name])
    }
    decisions = with_declared(decisions, declared)
    decisions = in_lattices(decisions, columns, declared)
    decisions = _with_conditions(decisions, columns)
    searched = {d.name: d.parameter for d in decisions if d.parameter}
    constants = {
        name: column.dropna().iloc[0]
        for name, column in wide.items()
        if name not in searched
        and column.notna().all()
        and column.astype(str).nunique() == 1
        and _is_setting(written[str(name)], roles)
    }
    configs = columns[list(searched)].astype(object)
    ordered = sorted(decisions, key=lambda d: d.parameter is None)
    return InferredSpace(
        Space(searched), configs.where(configs.notna(), None), tuple(ordered),
        {str(n): v for n, v in constants.items()},
        wide[[n for n in wide.columns if n not in choices | set(searched) and _is_setting(written[n], roles)]],
        wide[[n for n in wide.columns if n not in searched and set(written[n]) & set(roles.contexts)]],
        {n: d for n, d in {**_derived(roles, written), **found}.items() if n not in searched},
    )  # fmt: skip


def _derived(roles: Roles, written: Mapping[str, Sequence[str]]) -> dict[str, Dependence]:
    """What follows from others and would otherwise be told to a training: no names that are made of values."""
    return {
        shown: roles.dependences[name]
        for shown, names in written.items()
        for name in names
        if name in roles.dependences
        and roles.decisions[name].runner_up in {"hyperparameter", "budget"}
    }


def describe(parameter: Parameter) -> str:
    """A parameter in a few words: ``float 1e-05 to 0.1, log``."""
    if isinstance(parameter, Categorical):
        text = f"{'ordered' if parameter.ordered else 'one of'} {extent(parameter)}"
    else:
        text = f"{type(parameter).__name__.lower()} {extent(parameter)}"
    for parent, values in parameter.when.items():
        text += f"; only when {parent} is {' or '.join(str(v) for v in values)}"
    return text


def _wide(
    params: pd.DataFrame, runs: pd.Index, aliases: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """One row a run, one column a hyperparameter, and the names each was written as."""
    rows = params[params["run"].isin(runs)]
    meant = _own_words(rows, _agreeing_names(rows, aliases), aliases)
    rows = rows.assign(meant=rows["name"].map(meant), path=rows["kind"] == "path")
    rows = rows.sort_values("path", kind="stable").drop_duplicates(["run", "meant"])
    wide = rows.pivot(index="run", columns="meant", values="value").reindex(runs)
    first_seen = list(dict.fromkeys(meant[name] for name in params["name"] if name in meant))
    wide = wide[[name for name in first_seen if name in wide.columns]]
    wide.columns.name = None
    written: dict[str, list[str]] = {}
    for name, shown in meant.items():
        written.setdefault(shown, []).append(name)
    return wide, {name: tuple(names) for name, names in written.items()}


def _agreeing_names(rows: pd.DataFrame, aliases: Mapping[str, str]) -> dict[str, str]:
    """Canonical name of each written one; names whose values contradict each other in a run stay apart."""
    names = rows["name"].unique().tolist()
    meant = {name: canonical(name, aliases) for name in names}
    plain = rows[rows["kind"] != "path"]
    seen = pd.DataFrame(
        {
            "run": plain["run"],
            "meant": plain["name"].map(meant),
            "value": plain["value"].map(comparable),
        }
    )
    torn = seen.groupby(["run", "meant"])["value"].nunique()
    apart = set(torn[torn > 1].reset_index()["meant"])
    cautious = canonical_names([name for name in names if meant[name] in apart], aliases)
    return {name: cautious.get(name, canon) for name, canon in meant.items()}


def _own_words(
    rows: pd.DataFrame, meant: Mapping[str, str], aliases: Mapping[str, str]
) -> dict[str, str]:
    """Each name as the user's own logs mostly write it: suggestions are to fit their training script.

    A name that the user gave by an alias stays as given.
    """
    counts = rows.groupby(["name", "kind"], sort=False).size().reset_index(name="runs")
    counts["meant"] = counts["name"].map(meant)
    counts["path"] = counts["kind"] == "path"
    usual = counts.sort_values(["path", "runs"], ascending=[True, False], kind="stable")
    shown = usual.drop_duplicates("meant").set_index("meant")["name"].to_dict()
    shown.update({canon: canon for canon in aliases.values()})
    return {name: shown.get(canon, canon) for name, canon in meant.items()}


@dataclass(frozen=True)
class _Scope:
    """The runs a space is inferred for: the task of each, what tells tasks apart, and the roles of names."""

    tasks: pd.Series
    task_names: frozenset[str]
    roles: Roles

    def can_search(self, written: Sequence[str]) -> bool:
        """Whether a parameter with these names may be searched if somebody declares it: no seed, no task."""
        role = _role(written, self.roles)
        return not self.task_names & set(written) and (
            role is None or role.role in {"hyperparameter", "constant", "derived"}
        )


def _decide(name: str, column: pd.Series, written: tuple[str, ...], scope: _Scope) -> Decision:
    present = column.dropna()
    if scope.task_names & set(written):
        return Decision(name, None, "tells the tasks apart", written)
    role = _role(written, scope.roles)
    if role is not None and role.role not in {"hyperparameter", "constant"}:
        return Decision(name, None, _left_out(role), written)
    texts = present.map(comparable)
    count = texts.nunique()
    if count <= 1:
        shown = str(present.iloc[0])[:60] if len(present) else "null"
        return Decision(
            name, None, f"constant: {shown} in {len(present)} of {len(column)} runs", written
        )
    if len(present) < min(_FEWEST_RECORDED, _RARE * len(column)):
        return Decision(
            name, None, f"recorded in {len(present)} of {len(column)} runs only", written
        )
    if _follows(texts, scope.tasks.loc[present.index]):
        return Decision(
            name, None, f"follows the task: {count} values, nearly always one in each", written
        )
    parameter, because = decide(name, present)
    return Decision(name, parameter, because, written)


def _role(written: Sequence[str], roles: Roles) -> RoleDecision | None:
    """The role of a parameter that has several names in the logs: that of the name that leaves most to search."""
    decisions = [roles.decisions[name] for name in written if name in roles.decisions]
    return min(decisions, key=lambda d: ROLES.index(d.role), default=None)


def _is_setting(written: Sequence[str], roles: Roles) -> bool:
    """Whether a constant is something that a training can be told."""
    role = _role(written, roles)
    chosen = role is not None and (role.runner_up if role.role == "constant" else role.role)
    return chosen in {"hyperparameter", "budget"}


def _left_out(role: RoleDecision) -> str:
    """Why a name of another role is not searched, with what to do where that is in doubt."""
    plain = role.role in {"repeat", "identity", "circumstance"}  # their evidence says as much
    why = (
        role.evidence[0] if plain and role.evidence else ": ".join([role.role, *role.evidence[:1]])
    )
    if role.role == "budget" and role.confidence < 1:
        return f"{why}; logminer roles set {role.name} hyperparameter searches it"
    return why


def _follows(texts: pd.Series, tasks: pd.Series) -> bool:
    """Whether a value is set by the task: nearly all runs of each have its usual value, and those differ."""
    by_task = texts.groupby(tasks)
    usual = by_task.agg(lambda t: t.value_counts().index[0])
    agrees = texts == tasks.map(usual)
    return (
        usual.nunique() > 1
        and float(agrees.mean()) >= _NEARLY_ALL
        and bool((by_task.size() > 1).any())
    )


def _decide_levels(
    levels: pd.DataFrame, wide: pd.DataFrame, decisions: Sequence[Decision], scope: _Scope
) -> list[Decision]:
    """Folder levels are hyperparameters only where they say which others exist (an algorithm, say)."""
    partial = [d.name for d in decisions if d.parameter and wide[d.name].isna().any()]
    decided = {n: _decide(n, levels[n], (n,), scope) for n in levels.columns}
    explained = {
        name: sum(bool(values_that_tell(wide[child], levels[name])) for child in partial)
        for name, decision in decided.items()
        if isinstance(decision.parameter, Categorical)
    }
    best = max(explained, key=lambda n: explained[n], default="")
    result = []
    for name, decision in decided.items():
        if name == best and explained[best] > 0:
            because = f"{decision.because}; says which of {explained[best]} other parameters exist"
            result.append(replace(decision, because=because))
        else:
            because = decision.because if decision.parameter is None else "a folder name"
            result.append(Decision(name, None, because, (name,)))
    return result


def _dependents(
    decisions: Sequence[Decision],
    columns: pd.DataFrame,
    levels: set[str],
    repeats: Sequence[str],
) -> dict[str, Dependence]:
    """What follows from another parameter now that names are joined; folder levels first.

    Whether settings without a formula belong together was decided with their roles.
    """
    names = [d.name for d in decisions if d.parameter is not None]
    priority = {name: 0.0 if name in levels else 1.0 for name in names}
    found = find_dependences(columns[[*names, *repeats]], repeats=repeats, priority=priority)
    return {n: d for n, d in found.items() if d.kind != "function" or n in levels}


def _without_dependents(
    decisions: Sequence[Decision], found: Mapping[str, Dependence]
) -> list[Decision]:
    """Leave out what follows from another parameter, and say by what formula."""
    return [
        replace(d, parameter=None, because=f"derived: {found[d.name].formula}")
        if d.parameter is not None and d.name in found
        else d
        for d in decisions
    ]


def _without_followers(
    decisions: Sequence[Decision], columns: pd.DataFrame, levels: set[str]
) -> list[Decision]:
    """Leave out categories that a folder level determines: it stands for them (an algorithm and its framework)."""
    chosen = next((d.name for d in decisions if d.parameter and d.name in levels), None)
    if chosen is None:
        return list(decisions)
    result = []
    for decision in decisions:
        if isinstance(decision.parameter, Categorical) and decision.name != chosen:
            texts = columns[decision.name].map(comparable, na_action="ignore")
            if (texts.groupby(columns[chosen]).nunique() <= 1).all():
                decision = replace(decision, parameter=None, because=f"follows {chosen}")  # noqa: PLW2901
        result.append(decision)
    return result


def _with_conditions(decisions: Sequence[Decision], columns: pd.DataFrame) -> list[Decision]:
    """Add to each parameter that some runs lack the category that says when it exists."""
    searched = {d.name: columns[d.name] for d in decisions if d.parameter}
    parents = {
        d.name: searched[d.name]
        for d in decisions
        if isinstance(d.parameter, Categorical) and searched[d.name].notna().all()
    }
    children = {name: column for name, column in searched.items() if column.isna().any()}
    conditions = find_conditions(children, parents)
    result = []
    for decision in decisions:
        if decision.parameter is None or decision.name not in children:
            result.append(decision)
            continue
        column = children[decision.name]
        when = decision.parameter.when or conditions.get(decision.name, {})
        told = f"told by {next(iter(when))}" if when else "nothing tells why"
        because = (
            f"{decision.because}; in {int(column.notna().sum())} of {len(column)} runs, {told}"
        )
        parameter = replace(decision.parameter, when=when)
        result.append(replace(decision, parameter=parameter, because=because))
    return result
