"""Roles that follow from how columns go together: formulas of results, ingredients of a scale, crossed budgets."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from logminer.analyses._columns import Column, ConfigGroups, frame_of
from logminer.analyses.dependence import Dependence, determined_by, find_dependences
from logminer.core.roles import Role, RoleDecision

_CHOSEN: frozenset[Role] = frozenset(["hyperparameter", "context", "budget"])
# Which of several columns that follow from each other is kept as the free one: what was chosen by its name, what describes the
# problem, what is chosen by its looks; last what a size or a cost comes to.
_PRIORITY: Mapping[Role, float] = {"hyperparameter": 1.0, "context": 1.5, "budget": 0.8}
_CHOSEN_BY_NAME = 2.0
_SIZES = 0.9
_PART_OF_A_SIZE = 0.7
_CROSSED = 0.5
_EXACT = 1e-9


def of_results(
    columns: Mapping[str, Column], decisions: dict[str, RoleDecision], runs: pd.Index
) -> dict[str, RoleDecision]:
    """What follows from results alone was measured with them, whatever it looks like: a gap, a delay, a ratio."""
    numeric = [n for n, c in columns.items() if c.undeclared and c.numeric and c.distinct > 1]
    results = [n for n in numeric if decisions[n].role == "result"]
    unknown = [n for n in numeric if decisions[n].role in _CHOSEN and not columns[n].meaning.kind]
    if not results or not unknown:
        return decisions
    frame = frame_of(columns, [*results, *unknown], runs)
    formulas = find_dependences(frame, priority=dict.fromkeys(results, 1.0))
    return decisions | {
        name: decisions[name].changed(
            "result",
            formulas[name].strength,
            f"follows from results: {formulas[name].formula}",
            formulas[name].evidence,
        )
        for name in unknown
        if name in formulas and set(formulas[name].of) <= set(results)
    }


def _varying(
    columns: Mapping[str, Column], decisions: Mapping[str, RoleDecision], *roles: Role
) -> list[str]:
    """Names that have one of some roles and differ between runs."""
    return [
        name
        for name, decision in decisions.items()
        if decision.role in roles and name in columns and columns[name].distinct > 1
    ]


def of_scale(
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
    free = [n for n in _varying(columns, decisions, "hyperparameter", "budget") if n not in fixed]
    if not scales or len(free) < 2:
        return decisions
    frame = frame_of(columns, [*scales, *free], runs)
    result = dict(decisions)
    for scale in scales:
        moving = [
            n
            for n in free
            if determined_by(frame[n], frame[[scale]]) and not _explains(columns[n], columns[scale])
        ]
        crossed = float(np.prod([float(columns[name].distinct) for name in moving]))
        combinations = len(frame[moving].astype(str).drop_duplicates())
        if len(moving) < 2 or combinations > _CROSSED * crossed:
            continue
        for name in moving:
            why = f"moves only with {scale}, as {len(moving)} settings do"
            result[name] = result[name].changed("context", 0.8, why)
    return result


def _explains(setting: Column, scale: Column) -> bool:
    """Whether a size is in proportion to a setting: the number of weights that a rank comes to."""
    if not (setting.numeric and scale.numeric) or not np.array_equal(setting.rows, scale.rows):
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = scale.numbers / setting.numbers
    return bool(np.all(np.isfinite(ratio)) and np.ptp(ratio) <= _EXACT * abs(ratio[0]))


def crossed_budgets(
    columns: Mapping[str, Column],
    decisions: dict[str, RoleDecision],
    runs: pd.Index,
    fixed: Collection[str],
) -> dict[str, RoleDecision]:
    """A budget that is crossed with other settings is a factor of the experiment, and was chosen.

    Where nothing but contexts differs besides, it is one more scale of a study of scales.
    """
    budgets = [n for n in _varying(columns, decisions, "budget") if n not in fixed]
    searched = _varying(columns, decisions, "hyperparameter")
    if not budgets or not searched:
        return decisions
    design = [columns[n] for n, d in decisions.items() if d.role in _CHOSEN and n in columns]
    groups = ConfigGroups(design, len(runs))
    result = dict(decisions)
    for name in budgets:
        contrast = groups.contrast(columns[name])
        if contrast.groups >= 2 and contrast.differing > _CROSSED and columns[name].recurs:
            why = f"crossed with the other settings in {contrast.groups} groups of runs"
            result[name] = result[name].changed("hyperparameter", 0.7, why)
    return result


def dependences(
    columns: Mapping[str, Column],
    decisions: Mapping[str, RoleDecision],
    runs: pd.Index,
    fixed: Collection[str],
) -> dict[str, Dependence]:
    """What follows from others, among what was chosen or describes the problem."""
    names = _varying(columns, decisions, *_CHOSEN)
    repeats = [n for n, d in decisions.items() if d.role == "repeat" and n in columns]
    if len(names) < 2:
        return {}
    priority = {name: _priority(columns[name], decisions[name].role) for name in names}
    priority |= dict.fromkeys([name for name in names if name in fixed], 3.0)
    frame = frame_of(columns, [*names, *repeats], runs)
    dependent = find_dependences(frame, repeats=repeats, priority=priority)
    return {
        name: dependence
        for name, dependence in dependent.items()
        if name not in fixed and not _are_tied(name, dependence, columns)
    }


def _are_tied(name: str, dependence: Dependence, columns: Mapping[str, Column]) -> bool:
    """Whether settings of well-known names merely moved together: each can be chosen without the other.

    What an algorithm, a model or a context sets belongs to it.
    """
    chosen = [columns[other] for other in (name, *dependence.of) if other in columns]
    return dependence.kind == "function" and all(
        column.numeric and column.meaning.kind == "hyperparameter" for column in chosen
    )


def _priority(column: Column, role: Role) -> float:
    meaning = column.meaning
    if role == "hyperparameter":
        return _CHOSEN_BY_NAME if meaning.kind == "hyperparameter" else _PRIORITY[role]
    if role == "context" and meaning.unit in {"weights", "operations"}:
        return _SIZES
    if role == "context" and meaning.kind != "context":
        return _PART_OF_A_SIZE
    return _PRIORITY[role]
