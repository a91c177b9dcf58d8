"""Random forests over a search space, and their exact marginals.

A regression tree is constant on boxes of the unit cube. So the mean of its prediction over all
parameters but one (or two) is a sum over boxes, without any sampling: this is functional ANOVA of
Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance",
ICML 2014. Each tree sees its own bootstrap sample of the configs; the spread over trees says
how far the answer hangs on single runs.

Unordered choices are laid on the unit interval in the order of their mean result, each with an
equal share, which lets a tree part them by cuts as well as by subsets (Breiman et al. 1984, 4.2.2).
Where a parameter is inactive or unknown its coordinate is drawn at random, anew for each tree:
the tree then learns that it makes no difference there, and nothing is credited to the child that
belongs to its parent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.history import History
from logminer.core.parameters import Categorical

Array = NDArray[np.float64]
MIN_CONFIGS = 8
_MAX_SAMPLES = 2000  # configs a tree sees; more add time, not insight


@dataclass(frozen=True)
class Boxes:
    """The leaves of one tree: constant values on boxes that fill the unit cube.

    Attributes:
        low: lower corners, shape (leaves, d).
        high: upper corners, shape (leaves, d).
        value: predictions, shape (leaves,).
    """

    low: Array
    high: Array
    value: Array

    @cached_property
    def volume(self) -> Array:
        """Share of the unit cube of each leaf, shape (leaves,)."""
        return np.asarray(np.prod(self.high - self.low, axis=1))

    @cached_property
    def mean(self) -> float:
        """Mean prediction over the cube."""
        return float(self.volume @ self.value)

    @cached_property
    def variance(self) -> float:
        """Variance of the prediction over the cube."""
        return float(self.volume @ (self.value - self.mean) ** 2)

    def marginal(self, axes: Sequence[int]) -> tuple[list[Array], Array]:
        """Mean prediction along one or two axes, over all the others.

        Each leaf adds a constant to a rectangle of the grid of cuts. Adding it at the corners only
        and summing up along the axes gives all cells in one pass.

        Args:
            axes: one or two columns.

        Returns:
            Edges of the cells along each axis, from 0 to 1, and the mean in each cell.
        """
        edges = [np.unique(np.r_[self.low[:, a], self.high[:, a]]) for a in axes]
        width = np.prod(self.high[:, axes] - self.low[:, axes], axis=1)
        mass = self.value * self.volume / width
        starts = [np.searchsorted(e, self.low[:, a]) for e, a in zip(edges, axes, strict=True)]
        stops = [np.searchsorted(e, self.high[:, a]) for e, a in zip(edges, axes, strict=True)]
        grid = np.zeros([len(e) for e in edges])
        for corner in range(2 ** len(axes)):
            ends = [corner >> i & 1 for i in range(len(axes))]
            at = tuple(stops[i] if end else starts[i] for i, end in enumerate(ends))
            np.add.at(grid, at, mass * (-1) ** sum(ends))
        for i in range(len(axes)):
            grid = np.cumsum(grid, axis=i)
        return edges, grid[tuple(slice(-1) for _ in axes)]

    def marginal_variance(self, axes: Sequence[int]) -> float:
        """Variance of the marginal along one or two axes."""
        edges, grid = self.marginal(axes)
        weight = np.diff(edges[0])
        if len(axes) == 2:
            weight = np.multiply.outer(weight, np.diff(edges[1]))
        return float(np.sum(weight * (grid - self.mean) ** 2))


@dataclass(frozen=True)
class Forest:
    """Trees over the parameters that vary among the configs of one task.

    Attributes:
        names: the parameters, in column order.
        choices: for each categorical parameter, its choices in the order of their slots.
        trees: leaves of each tree.
        fit: share of the variance between configs that the forest explains for configs it has
            not seen (out of bag), at most 1; near 0 or below, nothing it says can be trusted.
        configs: number of configs it was grown on.
    """

    names: tuple[str, ...]
    choices: dict[str, list[object]]
    trees: tuple[Boxes, ...]
    fit: float
    configs: int


@dataclass(frozen=True)
class Forests:
    """The forests of several tasks.

    Attributes:
        by_task: one forest a task.
        skipped: by task, why there is none.
    """

    by_task: Mapping[str, Forest]
    skipped: Mapping[str, str]


def grow_all(
    history: History, *, scale: str = "rank", trees: int | None = None, seed: int = 0
) -> Forests:
    """Grow a forest for each task.

    Args:
        history: runs of one task or many.
        scale: see ``grow``.
        trees: trees of each task; None for 64 with up to four tasks and fewer with more, since
            answers are averaged over tasks.
        seed: see ``grow``.
    """
    tasks = history.tasks
    count = trees or min(max(256 // max(len(tasks), 1), 16), 64)
    grown = {t: grow(history.of(t), scale=scale, trees=count, seed=seed) for t in tasks}
    return Forests(
        {task: forest for task, forest in grown.items() if isinstance(forest, Forest)},
        {task: reason for task, reason in grown.items() if isinstance(reason, str)},
    )


def grow(history: History, *, scale: str = "rank", trees: int = 64, seed: int = 0) -> Forest | str:
    """Grow a forest on the configs of one task.

    Args:
        history: runs of one task.
        scale: ``"rank"`` for normalised ranks, in which diverged runs take part as the worst, or
            ``"value"`` for losses in their own unit, finite ones only.
        trees: number of trees.
        seed: of bootstrap samples and of coordinates drawn for inactive parameters.

    Returns:
        The forest, or in a few words why there is none.
    """
    unit, target = _table(history, scale)
    if len(target) < MIN_CONFIGS:
        return f"too few configs: {len(target)}"
    if np.ptp(target) == 0:
        return "all configs did equally well"
    columns: dict[str, Array] = {}
    choices: dict[str, list[object]] = {}
    for (name, parameter), column in zip(history.space.parameters.items(), unit.T, strict=True):
        if len(np.unique(column[~np.isnan(column)])) < 2:
            continue
        columns[name] = column
        if isinstance(parameter, Categorical):
            columns[name], choices[name] = _slots(column, target, parameter)
    if not columns:
        return "no hyperparameter varies"
    slots = np.array([len(choices.get(name, ())) for name in columns])
    varied = np.stack(list(columns.values()), axis=1)
    boxes, fit = _grow(varied, target, slots, trees, np.random.default_rng(seed))
    return Forest(tuple(columns), choices, boxes, fit, len(target))


def _table(history: History, scale: str) -> tuple[Array, Array]:
    """One row a config: coordinates in the unit cube, shape (n, d), and targets, shape (n,)."""
    target = history.ranks if scale == "rank" else history.losses
    frame = pd.DataFrame({"config": history.config_ids, "target": target})
    means = frame.groupby("config")["target"].mean().dropna()
    first = ~history.config_ids.duplicated().to_numpy()
    configs = [config for config, keep in zip(history.config_dicts(), first, strict=True) if keep]
    ids = history.config_ids.to_numpy()[first]
    unit = np.clip(history.space.to_unit(configs), 0.0, 1.0)
    keep = np.isin(ids, means.index)
    return unit[keep], means.loc[ids[keep]].to_numpy(dtype=np.float64)


def _slots(unit: Array, target: Array, parameter: Categorical) -> tuple[Array, list[object]]:
    """Coordinates with one equal slot for each choice that occurs, best choice first."""
    known = ~np.isnan(unit)
    index = np.full(len(unit), -1)
    index[known] = (unit[known] * len(parameter.choices)).astype(int)
    seen = np.unique(index[known])
    if not parameter.ordered:
        seen = np.array(sorted(seen, key=lambda i: (target[index == i].mean(), i)), dtype=int)
    slot = {int(i): (place + 0.5) / len(seen) for place, i in enumerate(seen)}
    moved = np.array([slot.get(int(i), np.nan) for i in index])
    return moved, [parameter.choices[int(i)] for i in seen]


def _grow(
    unit: Array, target: Array, slots: NDArray[np.int_], trees: int, rng: np.random.Generator
) -> tuple[tuple[Boxes, ...], float]:
    from sklearn.tree import DecisionTreeRegressor

    n, unknown = len(target), np.isnan(unit)
    votes, seen = np.zeros(n), np.zeros(n)
    boxes = []
    for _ in range(trees):
        drawn_unit = rng.random(unit.shape)
        middle = (np.floor(drawn_unit * slots) + 0.5) / np.maximum(slots, 1)
        full = np.where(unknown, np.where(slots > 0, middle, drawn_unit), unit)
        drawn = rng.integers(0, n, min(n, _MAX_SAMPLES))
        tree = DecisionTreeRegressor(min_samples_leaf=2, random_state=int(rng.integers(2**31)))
        tree.fit(full[drawn], target[drawn])
        left_out = np.ones(n, dtype=bool)
        left_out[drawn] = False
        if left_out.any():
            votes[left_out] += tree.predict(full[left_out])
        seen += left_out
        boxes.append(_boxes(tree.tree_, unit.shape[1], slots))
    judged = seen > 0
    error = (
        np.mean((votes[judged] / seen[judged] - target[judged]) ** 2) if judged.any() else np.nan
    )
    return tuple(boxes), float(1 - error / np.var(target))


def _boxes(tree: object, dims: int, slots: NDArray[np.int_]) -> Boxes:
    """Leaves of a fitted scikit-learn tree, level by level from the root."""
    left, right = tree.children_left, tree.children_right  # type: ignore[attr-defined]
    axis, cut = tree.feature, tree.threshold  # type: ignore[attr-defined]
    k = np.where(axis >= 0, slots[np.maximum(axis, 0)], 0)
    cut = np.where(k > 0, np.round(cut * k) / np.maximum(k, 1), cut)  # never through a slot
    low, high = np.zeros((len(left), dims)), np.ones((len(left), dims))
    level = np.array([0])
    while len(level := level[left[level] >= 0]):
        for child, bound in ((left[level], high), (right[level], low)):
            low[child], high[child] = low[level], high[level]
            bound[child, axis[level]] = cut[level]
        level = np.concatenate([left[level], right[level]])
    leaf = left < 0
    return Boxes(low[leaf], high[leaf], tree.value[leaf, 0, 0])  # type: ignore[attr-defined]


def at_grid(edges: Array, values: Array, grid: Array) -> Array:
    """Values of a piecewise constant function at the points of ``grid``."""
    place = np.clip(np.searchsorted(edges, grid, side="right") - 1, 0, len(values) - 1)
    return np.asarray(values[place])
