"""Roles of what nothing declares: columns of tables of runs and numbers of documents, weighed against each other."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from logminer.analyses._ballot import (
    Ballot,
    accompanies,
    discount_digits,
    first_ballot,
    weigh_correlation,
    weigh_design,
    weigh_neighbours,
)
from logminer.analyses._columns import Column, ConfigGroups
from logminer.core.roles import Role, RoleDecision
from logminer.core.vocabulary import describe

_SURE = 2.0  # log odds from which a column speaks for its neighbours
_MOVES_WITH = 0.85  # rank correlation with a known measure
_FEWEST_CORRELATED = 8  # runs
_CHOSEN: frozenset[Role] = frozenset(["hyperparameter", "context", "budget"])


def weigh_undeclared(
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
    drawn = any(
        column.precise and column.distinct > 0.8 * len(column.values)
        for name, column in columns.items()
        if (decisions[name].role if name in decisions else sure.get(name)) == "hyperparameter"
    )
    for name, column in cells.items():
        ballot = ballots[name]
        if column.distinct < 2 or column.counter:
            continue
        if drawn and not column.meaning.kind:
            discount_digits(column, ballot)
        weigh_design(column, ballot, groups.contrast(column))
        kind = column.meaning.kind
        if not kind or (kind == "companion" and not accompanies(column, names)):
            weigh_neighbours(column, ballot, *edges[name], drawn=drawn)
            if column.numeric and not column.recurs:
                _correlate(column, ballot, measures)
    _ensure_results(cells, ballots, set(measures))
    return {
        name: role_of(
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
    measures = {
        name: pd.Series(column.numbers, index=column.rows)
        for name, column in cells.items()
        if column.numeric
        and column.meaning.kind == "measure"
        and ballots[name].order[0] == "result"
        and column.distinct > 2
    }
    if measures or ends.empty:
        return measures
    at = pd.Series(np.arange(len(runs)), index=runs)
    own = ends[ends["run"].isin(runs)]
    for metric in own["metric"].value_counts().index[:20]:
        if describe(str(metric)).kind == "measure":
            rows = own[own["metric"] == metric]
            measures[str(metric)] = pd.Series(rows["last"].to_numpy(), index=at.loc[rows["run"]])
    return measures


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
    beside = {}
    for i, name in enumerate(order):
        row = int(cells[name].rows[0])

        def nearest(others: list[str], row: int = row) -> Role | None:
            return next((sure[o] for o in others if o in sets and row in sets[o]), None)

        beside[name] = (nearest(order[:i][::-1]), nearest(order[i + 1 :]))
    return beside


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


def role_of(
    column: Column, role: Role, confidence: float, *evidence: str, runner_up: Role | None = None
) -> RoleDecision:
    """The role of a column, with its evidence."""
    lines = tuple(line for line in evidence if line)
    return RoleDecision(
        column.name, role, confidence, lines, runner_up, len(column.values), column.distinct
    )
