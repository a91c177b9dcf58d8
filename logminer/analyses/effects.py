"""Effects: how good configs are along one hyperparameter, all others averaged out.

The marginal of a random forest (Hutter et al. 2014, see ``forest``) along the parameter's own
scale, on normalised ranks within each task and averaged over tasks: 0 would be the best config of
every task, 1 the worst. The band is the middle 80 % over trees, the points are the configs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.analyses.forest import Forest, Forests, at_grid, grow_all
from logminer.core.history import History
from logminer.core.parameters import Categorical, Parameter, Scalar

_CELLS = 64
_GOOD = 0.25  # how far up from the best level to the worst a value still counts as good
_FLAT = 0.1


@dataclass(frozen=True)
class Effect:
    """One hyperparameter's marginal.

    Attributes:
        name: the hyperparameter.
        parameter: its kind and scale.
        curve: ``value``, ``rank``, ``low``, ``high``: one row a choice, or a point of a grid.
        points: ``value``, ``rank``, ``task``: one row a config and task that sets it.
        good: the choices, or the lowest and highest value around the best, whose mean rank lies in
            the best quarter of the marginal's range; empty when that range is below 0.1, where
            one value is about as good as another.
        tasks: number of tasks in which it varied.
    """

    name: str
    parameter: Parameter
    curve: pd.DataFrame
    points: pd.DataFrame
    good: tuple[Scalar, ...]
    tasks: int


@dataclass(frozen=True)
class Effects:
    """Marginals of several hyperparameters, in the order asked for."""

    effects: tuple[Effect, ...]

    def to_frame(self) -> pd.DataFrame:
        """All marginals, one row a parameter and value."""
        parts = [e.curve.assign(parameter=e.name) for e in self.effects]
        columns = ["parameter", "value", "rank", "low", "high"]
        return (
            pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
        )


def analyse(
    history: History, names: Sequence[str] = (), *, forests: Forests | None = None
) -> Effects:
    """Compute marginals.

    Args:
        history: past runs, of one task or many.
        names: hyperparameters; empty for all of the space. Those that never vary are left out.
        forests: the tasks' forests when they are grown already; None to grow them.
    """
    grown = list((forests or grow_all(history)).by_task.values())
    varied = {name for forest in grown for name in forest.names}
    wanted = [name for name in (names or history.space.names) if name in varied]
    ranked = _ranked(history)
    return Effects(tuple(_effect(history, grown, ranked, name) for name in wanted))


def _ranked(history: History) -> pd.DataFrame:
    """``task`` and ``rank`` of each config of each task, indexed by its first run."""
    facts = pd.DataFrame(
        {"task": history.trials["task"], "rank": history.ranks, "config": history.config_ids}
    )
    return facts.drop_duplicates(["task", "config"])[["task", "rank"]]


def _effect(history: History, forests: Sequence[Forest], ranked: pd.DataFrame, name: str) -> Effect:
    parameter = history.space.parameters[name]
    using = [forest for forest in forests if name in forest.names]
    if isinstance(parameter, Categorical):
        values: list[Any] = list(parameter.choices)
        levels = np.stack([_of_choices(forest, name, values) for forest in using])
    else:
        grid = (np.arange(_CELLS) + 0.5) / _CELLS
        values = [parameter.from_unit(u) for u in grid]
        levels = np.stack([_of_grid(forest, name, grid) for forest in using])
    curve = _curve(values, levels)
    points = ranked.assign(value=history.configs.loc[ranked.index, name])
    points = points.loc[points["value"].notna(), ["value", "rank", "task"]].reset_index(drop=True)
    return Effect(name, parameter, curve, points, _good(curve, parameter), len(using))


def _of_grid(forest: Forest, name: str, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Marginal of each tree at the grid, shape (trees, cells)."""
    column = forest.names.index(name)
    marginals = (tree.marginal([column]) for tree in forest.trees)
    return np.stack([at_grid(edges[0], levels, grid) for edges, levels in marginals])


def _of_choices(forest: Forest, name: str, choices: list[Any]) -> NDArray[np.float64]:
    """Marginal of each tree at each choice, shape (trees, choices); NaN for choices never seen."""
    seen = forest.choices[name]
    slots = _of_grid(forest, name, (np.arange(len(seen)) + 0.5) / len(seen))
    levels = np.full((len(forest.trees), len(choices)), np.nan)
    order = Categorical(tuple(choices))
    levels[:, [order.index(choice) for choice in seen]] = slots
    return levels


def _curve(values: list[Any], levels: NDArray[np.float64]) -> pd.DataFrame:
    """Mean over tasks and trees, and the spread over trees of the mean over tasks."""
    known = np.asarray(~np.isnan(levels).all(axis=(0, 1)))
    by_tree = np.nanmean(levels[:, :, known], axis=0)
    low, high = np.quantile(by_tree, [0.1, 0.9], axis=0)
    shown = pd.Series([v for v, seen in zip(values, known, strict=True) if seen], dtype=object)
    curve = pd.DataFrame({"value": shown, "rank": by_tree.mean(axis=0), "low": low, "high": high})
    return curve.drop_duplicates("value", ignore_index=True)


def _good(curve: pd.DataFrame, parameter: Parameter) -> tuple[Scalar, ...]:
    rank = curve["rank"].to_numpy()
    if np.ptp(rank) < _FLAT:
        return ()
    good = rank <= rank.min() + _GOOD * np.ptp(rank)
    if isinstance(parameter, Categorical):
        order = np.argsort(rank, kind="stable")
        return tuple(curve["value"].iloc[[i for i in order if good[i]]])
    best = int(rank.argmin())
    for _, run in groupby(range(len(rank)), key=lambda i: bool(good[i])):
        stretch = list(run)
        if best in stretch:
            return (curve["value"].iloc[stretch[0]], curve["value"].iloc[stretch[-1]])
    return ()
