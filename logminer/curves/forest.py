"""Extremely randomised trees whose leaves keep a distribution, as plain arrays.

Trees are grown by scikit-learn and then taken apart, so that a model can be stored without pickle and answers
without it. Sources: Geurts et al., "Extremely randomized trees" (2006); Meinshausen, "Quantile regression
forests" (2006) for reading a distribution off the leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT = 6
"""Values kept of each leaf: its quantiles at (i + 0.5) / KEPT."""
_CHUNK = 2000


@dataclass(frozen=True)
class Forest:
    """Trees one after another in flat arrays.

    Attributes:
        root: int32 (trees,), first node of each tree.
        feature: int16 (nodes,), feature asked at each node; -1 in a leaf.
        threshold: float16 (nodes,), rows at or below it go to the next node, others to ``right``.
        right: int32 (nodes,), the other child; in a leaf its row in ``leaves``.
        leaves: float16 (all leaves, KEPT), quantiles of the targets that fell there.
    """

    root: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float16]
    right: NDArray[np.int32]
    leaves: NDArray[np.float16]

    def quantiles(self, X: NDArray[np.float32], levels: Floats) -> Floats:
        """Quantiles (n, levels) of the pooled leaves that rows (n, features) fall into."""
        parts = [self._pool(X[i : i + _CHUNK], levels) for i in range(0, len(X), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, len(levels)))

    def _pool(self, X: NDArray[np.float32], levels: Floats) -> Floats:
        rows = np.arange(len(X))[:, None]
        node = np.broadcast_to(self.root, (len(X), len(self.root))).copy()
        while True:
            asked = self.feature[node]
            if (asked < 0).all():
                break
            goes_on = X[rows, np.maximum(asked, 0)] <= self.threshold[node]
            node = np.where(asked < 0, node, np.where(goes_on, node + 1, self.right[node]))
        pooled = self.leaves[self.right[node]].reshape(len(X), -1).astype(np.float64)
        return np.quantile(pooled, levels, axis=1).T


def pooled(forests: Sequence[Forest]) -> Forest:
    """All trees of some forests as one."""
    nodes = np.cumsum([0, *(len(f.feature) for f in forests)])
    rows = np.cumsum([0, *(len(f.leaves) for f in forests)])
    right = [
        np.where(f.feature < 0, f.right + rows[k], f.right + nodes[k])
        for k, f in enumerate(forests)
    ]
    return Forest(
        np.concatenate([f.root + nodes[k] for k, f in enumerate(forests)]).astype(np.int32),
        np.concatenate([f.feature for f in forests]),
        np.concatenate([f.threshold for f in forests]),
        np.concatenate(right).astype(np.int32),
        np.concatenate([f.leaves for f in forests]),
    )


def grow(
    X: NDArray[np.float32], y: Floats, weight: Floats, *, trees: int, leaf: int, seed: int
) -> Forest:
    """Grow a forest.

    Args:
        X: (n, features).
        y: (n,) targets.
        weight: (n,) sample weights.
        trees: how many trees.
        leaf: fewest samples in a leaf.
        seed: seed of all randomness.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    grown = ExtraTreesRegressor(
        n_estimators=trees, min_samples_leaf=leaf, max_features=0.5, random_state=seed, n_jobs=1
    ).fit(X, y, sample_weight=weight)
    places = grown.apply(X)
    parts = [_flatten(e.tree_, places[:, k], y, weight) for k, e in enumerate(grown.estimators_)]
    nodes = np.cumsum([0, *(len(p[0]) for p in parts)])
    rows = np.cumsum([0, *(len(p[3]) for p in parts)])
    right = [np.where(p[0] < 0, p[2] + rows[k], p[2] + nodes[k]) for k, p in enumerate(parts)]
    return Forest(
        nodes[:-1].astype(np.int32),
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        np.concatenate(right).astype(np.int32),
        np.concatenate([p[3] for p in parts]),
    )


def _flatten(
    tree: Any, places: NDArray[np.int64], y: Floats, weight: Floats
) -> tuple[NDArray[np.int16], NDArray[np.float16], NDArray[np.int64], NDArray[np.float16]]:
    """One tree's nodes; scikit-learn numbers them depth first, so the left child is always the next node."""
    is_leaf = tree.children_left < 0
    number = np.cumsum(is_leaf) - 1
    leaves = _leaf_quantiles(number[places], int(is_leaf.sum()), y, weight)
    threshold = tree.threshold.astype(np.float16)
    feature = np.where(is_leaf, -1, tree.feature).astype(np.int16)
    return feature, threshold, np.where(is_leaf, number, tree.children_right), leaves


def _leaf_quantiles(
    leaf: NDArray[np.int64], n: int, y: Floats, weight: Floats
) -> NDArray[np.float16]:
    """Weighted quantiles (n, KEPT) of the targets in each leaf."""
    order = np.lexsort((y, leaf))
    leaf, y = leaf[order], y[order]
    weight = np.maximum(weight[order], 1e-12)
    total = np.bincount(leaf, weight, minlength=n)
    through = np.cumsum(weight) - np.concatenate([[0.0], np.cumsum(total)])[leaf]
    share = np.clip(through / total[leaf], 0.0, 1.0)
    wanted = np.arange(n)[:, None] + (np.arange(KEPT) + 0.5) / KEPT
    found = np.searchsorted(leaf + share * (1 - 1e-9), wanted.ravel())
    last = np.cumsum(np.bincount(leaf, minlength=n))[:, None] - 1
    return y[np.minimum(found.reshape(n, -1), last)].astype(np.float16)
