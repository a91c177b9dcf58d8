"""What each recorded name is: decided over all runs of a database, with evidence.

Reading stores facts; here they get roles (``core/roles.py``). What a tool declares holds; then come dependence (a value that
follows from others), designs of experiment (what agrees among repeated configs), names and places. What the user says
goes before all of it. See ``docs/understanding.md``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from logminer.analyses._ballot import first_ballot
from logminer.analyses._columns import Column, columns_of
from logminer.analyses._related_roles import crossed_budgets, dependences, of_results, of_scale
from logminer.analyses._undeclared import role_of, weigh_undeclared
from logminer.analyses.dependence import Dependence
from logminer.core.concepts import Vocabulary
from logminer.core.roles import Role, RoleDecision

_CHOSEN: frozenset[Role] = frozenset(["hyperparameter", "context", "budget"])
_DOUBTFUL = 0.75
# No curve at all, with the columns of ``store.tail.ends``.
NO_CURVES = pd.DataFrame(
    columns=["run", "metric", "points", "first_step", "last_step", "first_wall", "last_wall", "end",
             "first", "last", "min", "max", "min_step", "max_step"]
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

    def doubts_in(self, names: Collection[str]) -> list[str]:
        """A line for each of some names whose role is doubtful and would change the advice, the most doubtful first."""
        doubtful = [
            d
            for d in self.decisions.values()
            if d.name in names
            and d.confidence < _DOUBTFUL
            and d.values > 1
            and d.runner_up
            and _matters(d)
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
    decisions |= weigh_undeclared(columns, decisions, ends, runs)
    decisions = {name: decisions[name] for name in columns}
    decisions = of_results(columns, decisions, runs)
    for name, role in (chosen or {}).items():
        if name in columns:
            decisions[name] = role_of(columns[name], role, 1.0, "as you say")
    fixed = frozenset(chosen or ())
    decisions = of_scale(columns, decisions, runs, fixed | frozenset(declared))
    derived = dependences(columns, decisions, runs, fixed | frozenset(declared))
    for name, dependence in derived.items():
        decisions[name] = decisions[name].changed(
            "derived", dependence.strength, dependence.formula, dependence.evidence
        )
    decisions = crossed_budgets(columns, decisions, runs, fixed)
    return Roles(_constants(columns, decisions, fixed), derived)


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
    logged = pd.MultiIndex.from_frame(ends[["run", "metric"]])
    new = ~pd.MultiIndex.from_frame(results[["run", "metric"]]).isin(logged)
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
        min_step=0,
        max_step=0,
    )


def _by_declaration(column: Column, declared: Collection[str]) -> RoleDecision:
    """The role of what a tool, a path or a file of settings says is a parameter, or merely records."""
    kind, reason = column.meaning.kind, column.meaning.reason
    if column.name in declared and kind != "repeat":
        return role_of(column, "hyperparameter", 0.99, "a tool declares its search space")
    if column.kinds == {"meta"}:
        if kind in {"context", "repeat"}:
            return role_of(column, kind, 0.8, reason)
        return role_of(column, "circumstance", 0.9, "merely recorded")
    ballot = first_ballot(column)
    if kind in {"context", "budget", "repeat", "identity", "circumstance"}:
        return role_of(column, kind, 0.85, reason, runner_up="hyperparameter")
    if kind == "time" or (not kind and ballot.order[0] in {"identity", "circumstance"}):
        role: Role = "circumstance" if kind == "time" else ballot.order[0]
        why = (reason,) if kind == "time" else ballot.evidence(role)
        return role_of(column, role, 0.8, *why, runner_up="hyperparameter")
    sure = 0.97 if kind == "hyperparameter" else 0.8
    return role_of(
        column, "hyperparameter", sure, "recorded as a parameter", *([reason] if reason else [])
    )


def _constants(
    columns: Mapping[str, Column], decisions: Mapping[str, RoleDecision], fixed: Collection[str]
) -> dict[str, RoleDecision]:
    """Everything chosen that has a single value is a constant, unless the user says what it is."""
    result = dict(decisions)
    for name, column in columns.items():
        own = decisions[name]
        if (
            column.distinct == 1
            and name not in fixed
            and own.role in {*_CHOSEN, "derived", "repeat"}
        ):
            why = f"{column.examples[0]!s:.60} in {len(column.values)} of its runs"
            result[name] = own.changed("constant", own.confidence, why)
    return result
