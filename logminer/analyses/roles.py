"""What each recorded name is: decided over all runs of a database, with evidence.

Reading stores facts; here they get roles (``core/roles.py``). What a tool declares holds; then come dependence (a value that
follows from others), designs of experiment (what agrees among repeated configs), names and places. What the user says
goes before all of it. See ``docs/understanding.md``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from logminer.analyses._ballot import (
    Ballot,
    accompanies,
    first_ballot,
    weigh_correlation,
    weigh_design,
    weigh_neighbours,
)
from logminer.analyses._columns import Column, ConfigGroups, columns_of, frame_of
from logminer.analyses.dependence import Dependence, determined_by, find_dependences
from logminer.core.concepts import Vocabulary
from logminer.core.roles import Role, RoleDecision
from logminer.core.vocabulary import describe

_SURE = 2.0  # log odds from which a column speaks for its neighbours
_MOVES_WITH = 0.85
_FEWEST_CORRELATED = 8
_CHOSEN: frozenset[Role] = frozenset(["hyperparameter", "context", "budget"])
# Which of several columns that follow from each other is kept as the free one.
_PRIORITY: Mapping[Role, float] = {"hyperparameter": 2.0, "context": 1.5, "budget": 0.8}
_CROSSED = 0.5
_DOUBTFUL = 0.75
# No curve at all, with the columns of ``store.tail.ends``.
NO_CURVES = pd.DataFrame(
    columns=["run", "metric", "points", "first_step", "last_step", "first_wall", "last_wall", "end",
             "first", "last", "min", "max"]
)  # fmt: skip


@dataclass(frozen=True)
class Roles:
    """The role of every recorded name.

    Attributes:
        decisions: by name, in the order in which the logs write them.
        dependences: how derived values follow from others.
    """

    decisions: Mapping[str, RoleDecision] = field(default_factory=dict)
    dependences: Mapping[str, Dependence] = field(default_factory=dict)

    def of(self, name: str) -> Role | None:
        """The role of a name, None where nothing of that name is recorded beside a run."""
        decision = self.decisions.get(name)
        return decision.role if decision else None

    def named(self, *roles: Role) -> list[str]:
        """Names that have one of some roles."""
        return [name for name, decision in self.decisions.items() if decision.role in roles]

    @property
    def contexts(self) -> list[str]:
        """Names that describe the problem, those of one value included."""
        return [
            name
            for name, d in self.decisions.items()
            if "context" in {d.role, d.runner_up if d.role == "constant" else None}
        ]

    def to_frame(self) -> pd.DataFrame:
        """One row a name: ``name``, ``role``, ``confidence``, ``runner_up``, ``runs``, ``values``, ``evidence``."""
        rows = [
            (
                d.name, d.role, round(d.confidence, 2), d.runner_up or "", d.runs, d.values,
                "; ".join(d.evidence),
            )
            for d in self.decisions.values()
        ]  # fmt: skip
        names = ["name", "role", "confidence", "runner_up", "runs", "values", "evidence"]
        return pd.DataFrame(rows, columns=names)

    @property
    def doubts(self) -> list[str]:
        """A line for each role that is doubtful and would change the advice, the most doubtful first."""
        doubtful = [
            d
            for d in self.decisions.values()
            if d.confidence < _DOUBTFUL and d.values > 1 and d.runner_up and _matters(d)
        ]
        return [
            f"'{d.name}' is taken for a {d.role} ({d.confidence:.0%} sure): "
            f"logminer roles set {d.name} {d.runner_up} if it is not"
            for d in sorted(doubtful, key=lambda d: d.confidence)
        ]

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def _matters(decision: RoleDecision) -> bool:
    """Whether the other role would change what is searched or what is compared."""
    return bool({"hyperparameter", "context"} & {decision.role, decision.runner_up})


def decide_roles(
    params: pd.DataFrame,
    ends: pd.DataFrame,
    runs: pd.Index,
    *,
    chosen: Mapping[str, Role] | None = None,
    declared: Collection[str] = (),
    vocabulary: Vocabulary | None = None,
) -> Roles:
    """Decide what every recorded name is.

    Args:
        params: long frame ``run``, ``name``, ``value``, ``number``, ``kind``, ``place``, as from ``store.read.params``.
        ends: one row a curve, as from ``store.tail.ends``.
        runs: ids of all runs.
        chosen: roles that the user gives.
        declared: hyperparameters of which a tool declares the space.
        vocabulary: the project's own words.
    """
    columns = columns_of(params, runs, vocabulary)
    decisions = {n: _by_declaration(c, declared) for n, c in columns.items() if not c.undeclared}
    decisions |= _undeclared(columns, decisions, ends, runs)
    decisions = {name: decisions[name] for name in columns}
    decisions = _of_results(columns, decisions, runs)
    for name, role in (chosen or {}).items():
        if name in columns:
            decisions[name] = _decision(columns[name], role, 1.0, "as you say")
    fixed = frozenset(chosen or ())
    decisions = _of_scale(columns, decisions, runs, fixed | frozenset(declared))
    decisions = _budgets(columns, decisions, runs, fixed)
    dependences = _dependences(columns, decisions, runs, fixed | frozenset(declared))
    for name, dependence in dependences.items():
        decisions[name] = replace(
            decisions[name],
            role="derived",
            confidence=dependence.strength,
            evidence=(dependence.formula, dependence.evidence),
            runner_up=decisions[name].role,
        )
    return Roles(_constants(columns, decisions, fixed), dependences)


def in_roles(roles: Roles, params: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts in their roles: what was chosen among the parameters, results that stand beside runs as metrics.

    Args:
        roles: the roles.
        params: as for ``decide_roles``.

    Returns:
        The parameters, in which nothing is undeclared any more, and the results, one row a run and metric with the
        columns of ``store.tail.ends``.
    """
    cells = params["kind"] == "cell"
    measured = cells & params["name"].isin(roles.named("result"))
    aside = cells & params["name"].isin(roles.named("identity", "circumstance"))
    kinds = params["kind"].mask(aside, "meta").mask(cells & ~aside, "param")
    return params.assign(kind=kinds)[~measured], _as_ends(params[measured])


def with_results(ends: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """All metrics, those written once included; where a run also logs one as a curve, the curve counts."""
    if results.empty:
        return ends
    known = pd.MultiIndex.from_frame(ends[["run", "metric"]])
    new = ~pd.MultiIndex.from_frame(results[["run", "metric"]]).isin(known)
    return pd.concat([ends, results[new]], ignore_index=True)


def _as_ends(cells: pd.DataFrame) -> pd.DataFrame:
    """Results written once, as curves of one point."""
    truth = cells["value"].map(lambda v: float(v) if isinstance(v, bool) else np.nan)
    value = cells["number"].astype(float).fillna(truth.astype(float))
    finite = value.where(np.isfinite(value))
    places = {"points": 1, "first_step": 0, "last_step": 0}
    own = pd.DataFrame({"run": cells["run"], "metric": cells["name"]}).assign(**places)
    return own.assign(
        first_wall=np.nan,
        last_wall=np.nan,
        end=value,
        first=finite,
        last=finite,
        min=finite,
        max=finite,
    )


def _by_declaration(column: Column, declared: Collection[str]) -> RoleDecision:
    """The role of what a tool, a path or a file of settings says is a parameter, or merely records."""
    kind, reason = column.meaning.kind, column.meaning.reason
    if column.name in declared and kind != "repeat":
        return _decision(column, "hyperparameter", 0.99, "a tool declares its search space")
    if column.kinds == {"meta"}:
        if kind in {"context", "repeat"}:
            return _decision(column, kind, 0.8, reason)
        return _decision(column, "circumstance", 0.9, "merely recorded")
    ballot = first_ballot(column)
    if kind in {"context", "budget", "repeat", "identity", "circumstance"}:
        return _decision(column, kind, 0.85, reason, runner_up="hyperparameter")
    if kind == "time" or (not kind and ballot.order[0] in {"identity", "circumstance"}):
        role: Role = "circumstance" if kind == "time" else ballot.order[0]
        why = (reason,) if kind == "time" else ballot.evidence(role)
        return _decision(column, role, 0.8, *why, runner_up="hyperparameter")
    sure = 0.97 if kind == "hyperparameter" else 0.8
    return _decision(
        column, "hyperparameter", sure, "recorded as a parameter", *([reason] if reason else [])
    )


def _decision(
    column: Column, role: Role, confidence: float, *evidence: str, runner_up: Role | None = None
) -> RoleDecision:
    lines = tuple(line for line in evidence if line)
    return RoleDecision(
        column.name, role, confidence, lines, runner_up, len(column.values), column.distinct
    )


def _undeclared(
    columns: Mapping[str, Column],
    decisions: Mapping[str, RoleDecision],
    ends: pd.DataFrame,
    runs: pd.Index,
) -> dict[str, RoleDecision]:
    """Roles of what stands beside runs and nothing declares."""
    cells = {name: column for name, column in columns.items() if column.undeclared}
    if not cells:
        return {}
    names = {*columns, *map(str, ends["metric"].unique())}
    ballots = {name: first_ballot(column, names) for name, column in cells.items()}
    groups = _config_groups(columns, ballots, decisions, len(runs))
    measures = _measures(cells, ballots, ends, runs)
    sure = {n: b.order[0] for n, b in ballots.items() if b.margin >= _SURE}
    edges = _neighbours(cells, sure)
    for name, column in cells.items():
        ballot = ballots[name]
        if column.distinct < 2 or column.counter:
            continue
        weigh_design(column, ballot, groups.contrast(column))
        kind = column.meaning.kind
        if not kind or (kind == "companion" and not accompanies(column, names)):
            weigh_neighbours(column, ballot, *edges[name])
            if column.numeric and not column.recurs:
                _correlate(column, ballot, measures)
    _ensure_results(cells, ballots, set(measures))
    return {
        name: _decision(
            column,
            ballots[name].order[0],
            ballots[name].confidence,
            *ballots[name].evidence(ballots[name].order[0]),
            runner_up=ballots[name].order[1],
        )
        for name, column in cells.items()
    }


def _config_groups(
    columns: Mapping[str, Column],
    ballots: Mapping[str, Ballot],
    decisions: Mapping[str, RoleDecision],
    n: int,
) -> ConfigGroups:
    """Runs by what makes them one config: what was surely chosen; where nothing was, what recurs as in a grid."""
    sure, maybe, repeats = [], [], []
    for name, column in columns.items():
        role = decisions[name].role if name in decisions else ballots[name].order[0]
        if column.distinct < 2:
            continue
        if role == "repeat":
            repeats.append(column)
        elif name in decisions:
            sure += [column] if role in _CHOSEN else []
        elif ballots[name].order[0] in _CHOSEN:
            sure += [column] if ballots[name].margin >= _SURE else []
            maybe += [column] if column.recurs or not column.numeric else []
    return ConfigGroups(sure or maybe, n, repeats)


def _measures(
    cells: Mapping[str, Column],
    ballots: Mapping[str, Ballot],
    ends: pd.DataFrame,
    runs: pd.Index,
) -> dict[str, pd.Series]:
    """Values of known measures by run: those written beside runs, and those of curves that were written once."""
    found = {
        name: pd.Series(column.numbers, index=column.rows)
        for name, column in cells.items()
        if column.numeric
        and column.meaning.kind == "measure"
        and ballots[name].order[0] == "result"
        and column.distinct > 2
    }
    if found or ends.empty:
        return found
    at = pd.Series(np.arange(len(runs)), index=runs)
    own = ends[ends["run"].isin(runs)]
    for metric in own["metric"].value_counts().index[:20]:
        if describe(str(metric)).kind == "measure":
            rows = own[own["metric"] == metric]
            found[str(metric)] = pd.Series(rows["last"].to_numpy(), index=at.loc[rows["run"]])
    return found


def _correlate(column: Column, ballot: Ballot, measures: Mapping[str, pd.Series]) -> None:
    own = pd.Series(column.numbers, index=column.rows)
    best = (0.0, "")
    for name, values in measures.items():
        if name == column.name:
            continue
        both = pd.concat([own, values], axis=1, join="inner").dropna()
        if len(both) >= _FEWEST_CORRELATED and both.nunique().min() > 2:
            ranks = both.rank()
            best = max(best, (abs(float(ranks.iloc[:, 0].corr(ranks.iloc[:, 1]))), name))
    if best[0] >= _MOVES_WITH:
        weigh_correlation(ballot, best[1], best[0])


def _neighbours(
    cells: Mapping[str, Column], sure: Mapping[str, Role]
) -> dict[str, tuple[Role | None, Role | None]]:
    """For each column the roles of the nearest sure columns beside it, in tables that hold both."""
    order = list(cells)
    sets = {name: frozenset(column.rows.tolist()) for name, column in cells.items() if name in sure}
    found = {}
    for i, name in enumerate(order):
        row = int(cells[name].rows[0])

        def nearest(others: list[str], row: int = row) -> Role | None:
            return next((sure[o] for o in others if o in sets and row in sets[o]), None)

        found[name] = (nearest(order[:i][::-1]), nearest(order[i + 1 :]))
    return found


def _ensure_results(
    cells: Mapping[str, Column], ballots: Mapping[str, Ballot], measures: Collection[str]
) -> None:
    """Where nothing beside the runs looks measured, the last column of numbers is what they were run for."""
    if measures or any(b.order[0] == "result" for b in ballots.values()):
        return
    last = [
        name
        for name, column in cells.items()
        if column.numeric and not column.meaning.kind and column.distinct > 1 and not column.counter
    ]
    if last:
        ballots[last[-1]].add("result", 4.0, "nothing else looks measured, and it stands last")


def _of_results(
    columns: Mapping[str, Column], decisions: dict[str, RoleDecision], runs: pd.Index
) -> dict[str, RoleDecision]:
    """What follows from results alone was measured with them, whatever it looks like: a gap, a delay, a ratio."""
    numeric = [n for n, c in columns.items() if c.undeclared and c.numeric and c.distinct > 1]
    results = [n for n in numeric if decisions[n].role == "result"]
    unknown = [n for n in numeric if decisions[n].role in _CHOSEN and not columns[n].meaning.kind]
    if not results or not unknown:
        return decisions
    frame = frame_of(columns, [*results, *unknown], runs)
    found = find_dependences(frame, priority=dict.fromkeys(results, 1.0))
    return decisions | {
        name: replace(
            decisions[name],
            role="result",
            confidence=found[name].strength,
            evidence=(f"follows from results: {found[name].formula}", found[name].evidence),
            runner_up=decisions[name].role,
        )
        for name in unknown
        if name in found and set(found[name].of) <= set(results)
    }


def _of_scale(
    columns: Mapping[str, Column],
    decisions: dict[str, RoleDecision],
    runs: pd.Index,
    fixed: Collection[str],
) -> dict[str, RoleDecision]:
    """Settings that only move with a context belong to it: the width and depth that come with each model size.

    One setting that is one to one with a context explains it (the size of a model of one width), and so do several that
    are crossed with each other; several of which few combinations occur are its ingredients.
    """
    scales = [
        n for n, d in decisions.items()
        if d.role == "context" and columns[n].recurs and columns[n].distinct > 2
    ]  # fmt: skip
    free = [
        n for n, d in decisions.items()
        if d.role in {"hyperparameter", "budget"} and columns[n].distinct > 1 and n not in fixed
    ]  # fmt: skip
    if not scales or len(free) < 2:
        return decisions
    frame = frame_of(columns, [*scales, *free], runs)
    result = dict(decisions)
    for scale in scales:
        moving = [n for n in free if determined_by(frame[n], frame[[scale]])]
        crossed = float(np.prod([float(columns[name].distinct) for name in moving]))
        combinations = len(frame[moving].astype(str).drop_duplicates())
        if len(moving) < 2 or combinations > _CROSSED * crossed:
            continue
        for name in moving:
            result[name] = replace(
                result[name],
                role="context",
                confidence=0.8,
                evidence=(f"moves only with {scale}, as {len(moving)} settings do",),
                runner_up=result[name].role,
            )
    return result


def _budgets(
    columns: Mapping[str, Column],
    decisions: dict[str, RoleDecision],
    runs: pd.Index,
    fixed: Collection[str],
) -> dict[str, RoleDecision]:
    """A budget that is crossed with other settings is a factor of the experiment, and was chosen.

    Where nothing but contexts differs besides, it is one more scale of a study of scales.
    """
    budgets = [
        n for n, d in decisions.items()
        if d.role == "budget" and columns[n].distinct > 1 and n not in fixed
    ]  # fmt: skip
    searched = any(
        d.role == "hyperparameter" and n in columns and columns[n].distinct > 1
        for n, d in decisions.items()
    )
    if not budgets or not searched:
        return decisions
    design = [columns[n] for n, d in decisions.items() if d.role in _CHOSEN and n in columns]
    groups = ConfigGroups(design, len(runs))
    result = dict(decisions)
    for name in budgets:
        contrast = groups.contrast(columns[name])
        if contrast.groups >= 2 and contrast.differing > _CROSSED and columns[name].recurs:
            result[name] = replace(
                result[name],
                role="hyperparameter",
                confidence=0.7,
                evidence=(f"crossed with the other settings in {contrast.groups} groups of runs",),
                runner_up="budget",
            )
    return result


def _dependences(
    columns: Mapping[str, Column],
    decisions: Mapping[str, RoleDecision],
    runs: pd.Index,
    fixed: Collection[str],
) -> dict[str, Dependence]:
    """What follows from others, among what was chosen or describes the problem."""
    names = [
        n for n, d in decisions.items()
        if d.role in _CHOSEN and n in columns and columns[n].distinct > 1
    ]  # fmt: skip
    repeats = [n for n, d in decisions.items() if d.role == "repeat" and n in columns]
    if len(names) < 2:
        return {}
    priority = {}
    for name in names:
        known = columns[name].meaning.kind == "hyperparameter"
        base = _PRIORITY[decisions[name].role] - (0.0 if known else 1.0) * (
            decisions[name].role == "hyperparameter"
        )
        priority[name] = 3.0 if name in fixed else base
    frame = frame_of(columns, [*names, *repeats], runs)
    found = find_dependences(frame, repeats=repeats, priority=priority)
    return {name: dependence for name, dependence in found.items() if name not in fixed}


def _constants(
    columns: Mapping[str, Column], decisions: dict[str, RoleDecision], fixed: Collection[str]
) -> dict[str, RoleDecision]:
    result = {}
    for name, decision in decisions.items():
        column = columns.get(name)
        single = column is not None and column.distinct == 1 and name not in fixed
        if single and decision.role in {*_CHOSEN, "derived", "repeat"}:
            assert column is not None
            why = f"{column.examples[0]!s:.60} in {len(column.values)} of its runs"
            decision = replace(  # noqa: PLW2901
                decision, role="constant", evidence=(why,), runner_up=decision.role
            )
        result[name] = decision
    return result
