"""Which columns may a number be computed from: least squares, in logarithms and plain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Inputs of formulas are looked for among so many columns, by how likely they are free choices:
# alone and in pairs, and in triples. Costs grow with the third power of the last.
PAIR_INPUTS = 60
TRIPLE_INPUTS = 24
_ROWS = 512
_CHUNK = 128
_KEPT = 8
# Float noise of a sum of squares that was standardised.
_NOISE = 1e-11
# What is explained worse is not tried, however coarse the rounding.
_LOOSEST = 0.1


@dataclass(frozen=True)
class Candidate:
    """A formula that fits well enough to be tried exactly.

    Attributes:
        form: ``power`` or ``linear``.
        inputs: positions of the columns it is computed from.
        coefficients: exponents or weights by least squares.
        unexplained: share of the target's variance that is left.
    """

    form: str
    inputs: tuple[int, ...]
    coefficients: tuple[float, ...]
    unexplained: float


def screen(
    targets: np.ndarray,
    noise: np.ndarray,
    inputs: np.ndarray,
    input_noise: np.ndarray,
    *,
    own: Sequence[int],
    form: str,
) -> list[list[Candidate]]:
    """For each target the sets of one, two or three inputs that explain all but rounding.

    Args:
        targets: one row a config, one column a target; logarithms of sizes for ``power``.
        noise: variance of each target by rounding.
        inputs: one row a config, one column an input, most likely choices first.
        input_noise: variance of each input by rounding.
        own: for each target its position among the inputs, -1 if it is none.
        form: ``power`` or ``linear``.
    """
    rows = np.unique(np.linspace(0, len(targets) - 1, _ROWS).astype(int))
    y, y_scale = _standardised(targets[rows])
    x, x_scale = _standardised(inputs[rows])
    gram, cross = x.T @ x / len(rows), x.T @ y / len(rows)
    result: list[list[Candidate]] = [[] for _ in range(y.shape[1])]
    own_inputs = np.asarray(own)
    for sets in _chunks(inputs.shape[1], len(rows)):
        part = gram[sets[:, :, None], sets[:, None, :]]
        proper = np.linalg.eigvalsh(part)[:, 0] > 1e-7
        sets = sets[proper]  # noqa: PLW2901
        if not len(sets):
            continue
        solved = np.linalg.solve(part[proper], cross[sets])
        spread = noise + input_noise[sets].sum(axis=1, keepdims=True)
        limits = np.minimum(_NOISE + 4 * spread / y_scale**2, _LOOSEST)
        unexplained = 1 - (cross[sets] * solved).sum(axis=1)
        for i, j in np.argwhere(unexplained <= limits):
            if own_inputs[j] in sets[i] or not np.isfinite(unexplained[i, j]):
                continue
            weights = solved[i, :, j] * y_scale[j] / x_scale[sets[i]]
            # An input that moves the target less than float noise is none.
            if np.abs(solved[i, :, j]).min() < 1e-6:
                continue
            found = Candidate(
                form, tuple(sets[i].tolist()), tuple(weights.tolist()), float(unexplained[i, j])
            )
            if sum(len(c.inputs) == len(found.inputs) for c in result[j]) < _KEPT:
                result[j].append(found)
    return result


def screen_all_inputs(target: np.ndarray, inputs: np.ndarray) -> tuple[int, ...]:
    """Inputs of a product of four and more powers, by one regression on all; else empty."""
    rows = np.unique(np.linspace(0, len(target) - 1, _ROWS).astype(int))
    x, _ = _standardised(inputs[rows])
    y, y_scale = _standardised(target[rows, None])
    if len(rows) < x.shape[1] + 4 or not y_scale[0]:
        return ()
    weights, _, rank, _ = np.linalg.lstsq(x, y[:, 0], rcond=1e-9)
    if rank < x.shape[1] or np.mean((x @ weights - y[:, 0]) ** 2) > 1e-3:
        return ()
    large = np.flatnonzero(np.abs(weights) > 0.02 * np.abs(weights).max())
    return tuple(large.tolist()) if 3 < len(large) <= 6 else ()


def _standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centred = values - values.mean(axis=0)
    scale = centred.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    return centred / scale, scale


def _chunks(inputs: int, rows: int) -> Iterator[np.ndarray]:
    """Sets of one, two, then three inputs, some at a time; no larger than rows allow."""
    for size, limit in ((1, inputs), (2, PAIR_INPUTS), (3, TRIPLE_INPUTS)):
        if rows < size + 2:
            return
        sets = np.asarray(list(combinations(range(min(inputs, limit)), size)), dtype=int)
        for start in range(0, len(sets), _CHUNK):
            yield sets[start : start + _CHUNK].reshape(-1, size)
