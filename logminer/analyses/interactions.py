"""Interactions: which two hyperparameters must be chosen together.

The part of the variance that a pair explains beyond what each explains alone (functional ANOVA,
Hutter et al. 2014, see ``forest``), on normalised ranks, averaged over tasks. For the
strongest pair the joint marginal shows which combinations are good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.analyses.forest import Forest, Forests, at_grid, grow_all
from logminer.core.history import History

_CELLS = 20
_PARAMETERS = 8


@dataclass(frozen=True)
class Interactions:
    """Shares of variance explained by pairs.

    Attributes:
        pairs: one row a pair, strongest first: ``first``, ``second``, ``share``, ``low``, ``high``
            (the middle 80 % over trees), ``tasks``.
        strongest: names of the pair in ``joint``, or empty.
        joint: mean normalised rank over the unit square of that pair, shape (20, 20), first parameter
            along the first axis; categorical ones in the order of the space.
        considered: the hyperparameters whose pairs were looked at.
    """

    pairs: pd.DataFrame
    strongest: tuple[str, ...]
    joint: NDArray[np.float64]
    considered: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """All pairs, strongest first."""
        return self.pairs


def analyse(
    history: History, names: Sequence[str] = (), *, forests: Forests | None = None
) -> Interactions:
    """Measure the interaction of each pair.

    Args:
        history: past runs, of one task or many.
        names: hyperparameters to pair; empty for the eight that explain most.
        forests: the tasks' forests when they are grown already; None to grow them.
    """
    grown = list((forests or grow_all(history)).by_task.values())
    alone = [_alone(forest) for forest in grown]
    chosen = [n for n in names if any(n in f.names for f in grown)] or _strongest(grown, alone)
    pairs = _pairs(grown, alone, chosen)
    if pairs.empty:
        return Interactions(pairs, (), np.empty((0, 0)), tuple(chosen))
    first = pairs.iloc[0]
    strongest = (str(first["first"]), str(first["second"]))
    joint = np.mean([_joint(f, history, strongest) for f in grown if _has(f, strongest)], axis=0)
    return Interactions(pairs, strongest, joint, tuple(chosen))


def _has(forest: Forest, pair: Sequence[str]) -> bool:
    return set(pair) <= set(forest.names)


def _alone(forest: Forest) -> NDArray[np.float64]:
    """Variance that each parameter explains alone in each tree, shape (trees, names)."""
    columns = range(len(forest.names))
    return np.array([[tree.marginal_variance([c]) for c in columns] for tree in forest.trees])


def _strongest(forests: Sequence[Forest], alone: Sequence[NDArray[np.float64]]) -> list[str]:
    total: dict[str, float] = {}
    for forest, variances in zip(forests, alone, strict=True):
        for name, variance in zip(forest.names, variances.mean(axis=0), strict=True):
            total[name] = total.get(name, 0.0) + float(variance)
    return sorted(total, key=lambda name: -total[name])[:_PARAMETERS]


def _pairs(
    forests: Sequence[Forest], alone: Sequence[NDArray[np.float64]], names: Sequence[str]
) -> pd.DataFrame:
    rows = []
    for pair in combinations(names, 2):
        shares = [
            _shares(forest, variances, pair)
            for forest, variances in zip(forests, alone, strict=True)
            if _has(forest, pair)
        ]
        if shares:
            by_tree = np.mean(shares, axis=0)
            low, high = np.quantile(by_tree, [0.1, 0.9])
            rows.append((*pair, float(by_tree.mean()), low, high, len(shares)))
    frame = pd.DataFrame(rows, columns=["first", "second", "share", "low", "high", "tasks"])
    return frame.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _shares(forest: Forest, alone: NDArray[np.float64], pair: Sequence[str]) -> NDArray[np.float64]:
    """What the pair adds in each tree, as a share of its variance; 0 for trees that never split."""
    columns = [forest.names.index(name) for name in pair]
    together = np.array([tree.marginal_variance(columns) for tree in forest.trees])
    total = np.array([tree.variance for tree in forest.trees])
    added = np.maximum(together - alone[:, columns].sum(axis=1), 0.0)
    return np.asarray(added / np.where(total > 0, total, 1.0))


def _joint(forest: Forest, history: History, pair: Sequence[str]) -> NDArray[np.float64]:
    """Mean over trees of the joint marginal on a regular grid, shape (cells, cells)."""
    columns = [forest.names.index(name) for name in pair]
    grids = [_grid(forest, history, name) for name in pair]
    total = np.zeros((_CELLS, _CELLS))
    for boxes in forest.trees:
        (rows, cols), level = boxes.marginal(columns)
        picked = at_grid(rows, level, grids[0])
        total += at_grid(cols, picked.T, grids[1]).T
    return total / len(forest.trees)


def _grid(forest: Forest, history: History, name: str) -> NDArray[np.float64]:
    """Where the forest keeps each cell of the parameter's own unit interval."""
    middle = (np.arange(_CELLS) + 0.5) / _CELLS
    if name not in forest.choices:
        return middle
    parameter, seen = history.space.parameters[name], forest.choices[name]
    places = [seen.index(c) if (c := parameter.from_unit(u)) in seen else 0 for u in middle]
    return (np.array(places) + 0.5) / len(seen)
