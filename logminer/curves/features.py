"""What a forest sees of a partial curve: numbers that do not depend on the metric's unit.

A query asks: having seen a run up to ``cut``, where will it stand at ``target``? Losses are measured from the
last smoothed value, in units of what has been gained so far: by the task's runs where there are others, else
by the run itself. All queries are answered together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logminer.curves.bounds import bounds
from logminer.curves.laws import fit_laws
from logminer.curves.peers import Peers
from logminer.curves.prefixes import Prefixes, divisor
from logminer.curves.sight import PeerView, Sight, look

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = np.array(
    [1 / 64, 1 / 32, 1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 15 / 16, 1.0]
)
"""Times, in units of the seen part, at which a curve is described."""
_EDGES = np.concatenate([[0.0], (GRID[1:] + GRID[:-1]) / 2, [1.0]])
_ALONE = 0.2
"""A unit is at least this share of a loss where no peer tells how much there is to gain."""
_MANY = 40
"""From this many peers on a run's company is called large."""
ALIKE = (1, 4, 9)
"""Changes of peers that speak for themselves: of the three nearest by value, of all by nearness, of the nearest config."""
_FAR = 5.0
"""Described values are clipped to this many units: one spike must not rule a split."""


@dataclass(frozen=True)
class Queries:
    """q questions about curves.

    Attributes:
        curve: int (q,), which curve.
        cut: float (q,), step up to which it has been seen; a logged step.
        target: float (q,), step to predict, at or after the cut.
        horizon: float (q,), step at which the run is to end, at or after the target.
        until: float (q,), share of their horizon up to which peers are shown.
        among: float (q,), share of the peers that are shown.
    """

    curve: Ints
    cut: Floats
    target: Floats
    horizon: Floats
    until: Floats
    among: Floats

    def __len__(self) -> int:
        return len(self.curve)

    def take(self, rows: NDArray[np.generic]) -> "Queries":
        """Some of the queries."""
        return Queries(*(getattr(self, field)[rows] for field in self.__dataclass_fields__))


@dataclass(frozen=True)
class Described:
    """q queries in the forest's terms.

    Attributes:
        X: float32 (q, features).
        base: float (q,), last smoothed loss; predictions are changes from here.
        scale: float (q,), losses per unit.
        cap: float (q,), loss from which on a run counts as no better than diverged.
        seen: float (q,), share of the way to the target that has been seen.
        company: int (q,), 0 for a run alone, 1 beside peers, 2 beside some that have been at the
            target, 3 beside many that have.
        still: bool (q,), whether the later half of what was seen is one and the same value.
        task: str (q,), the task of each run.
        run: str (q,), the run.
        config: str (q,), its config.
        alike: float (q, ``ALIKE``), changes in units of the peers most like the run; NaN where none has been at
            the target.
        floor: float (q,), loss below which the metric cannot go; -inf where it has no bound.
    """

    X: NDArray[np.float32]
    base: Floats
    scale: Floats
    cap: Floats
    seen: Floats
    company: Ints
    still: NDArray[np.bool_]
    task: NDArray[np.str_]
    run: NDArray[np.str_]
    config: NDArray[np.str_]
    alike: Floats
    floor: Floats

    def __len__(self) -> int:
        return len(self.base)

    def take(self, rows: NDArray[np.generic]) -> "Described":
        """Some of the queries."""
        return Described(*(getattr(self, field)[rows] for field in self.__dataclass_fields__))

    def to_units(self, loss: Floats) -> Floats:
        """Losses (q,) as changes from the base, capped."""
        return (np.minimum(loss, self.cap) - self.base) / self.scale

    def to_loss(self, units: Floats) -> Floats:
        """Changes (q, k) as losses, capped, and within the bounds of the metric."""
        losses = self.base[:, None] + units * self.scale[:, None]
        return np.clip(losses, self.floor[:, None], self.cap[:, None])


def describe(
    prefixes: Prefixes, queries: Queries, peers: Peers | None, rng: np.random.Generator
) -> Described:
    """Put queries in the forest's terms."""
    curve, cut = queries.curve, queries.cut
    row = prefixes.row(curve, cut)
    values = on_grid(prefixes, queries)
    still = prefixes.still(curve, row)
    base = np.where(still, prefixes.loss[row], prefixes.anchored(curve, row, values[:, -1]))
    values[:, -1] = base
    sight = _sight(prefixes, queries)
    view = look(peers, sight, base, rng)
    scale, cap = _scale(prefixes, curve, row, base, view)
    floor, ceiling = (side[curve] for side in bounds(prefixes.curves, peers))
    z = np.clip((values - base[:, None]) / scale[:, None], -_FAR, _FAR)
    ahead = np.minimum(queries.target / divisor(cut), 1e4)
    ahead = np.where(ahead > 0, ahead, 1.0)  # one value at step 0: nothing lies ahead
    fits = fit_laws(GRID, z, ahead)
    laws = np.column_stack([np.clip(fits.mean, -_FAR, 1.0), np.clip(fits.spread, 0.0, _FAR)])
    X = np.column_stack([
        z[:, :-1],
        _lines(z, ahead),
        np.clip(fits.level, -_FAR, 1.0), laws, fits.error.min(axis=1),
        _course(queries), _shape(prefixes, curve, row, cut), _sizes(prefixes, curve, row, base, scale),
        _beside(view, base, scale),
    ])  # fmt: skip
    seen = cut / divisor(queries.target)
    been = np.expm1(view.plain[:, 1])
    company = (~np.isnan(view.first)).astype(np.int64) + (been > 0) + (been > _MANY)
    alike = view.changes[:, ALIKE] / scale[:, None]
    # What was seen is possible, whatever the bounds say.
    cap = np.maximum(np.minimum(cap, ceiling), base)
    return Described(
        X.astype(np.float32), base, scale, cap, seen, company, still, sight.task, sight.run, sight.config,
        alike, np.minimum(floor, base),
    )  # fmt: skip


def on_grid(prefixes: Prefixes, queries: Queries) -> Floats:
    """Mean loss of each curve around each time of ``GRID``, (q, 13)."""
    steps = queries.cut[:, None] * _EDGES
    area = prefixes.area(np.repeat(queries.curve, len(_EDGES)), steps.ravel()).reshape(steps.shape)
    width = np.diff(steps, axis=1)
    now = prefixes.at(queries.curve, queries.cut)[:, None]
    return np.where(width > 0, np.diff(area, axis=1) / np.where(width > 0, width, 1.0), now)


def _sight(prefixes: Prefixes, queries: Queries) -> Sight:
    curves, curve = prefixes.curves, queries.curve
    horizon = divisor(queries.horizon)
    return Sight(
        curves.task[curve].astype(str), curves.run[curve].astype(str), curves.config[curve].astype(str),
        queries.cut / horizon, queries.target / horizon, queries.until, queries.among,
        curves.params.iloc[curve],
    )  # fmt: skip


def _scale(
    prefixes: Prefixes, curve: Ints, row: Ints, base: Floats, view: PeerView
) -> tuple[Floats, Floats]:
    """Losses per unit, and the loss from which on nothing worse is told apart."""
    first, lowest = prefixes.height(curve, row), prefixes.lowest[row]
    top = np.where(np.isnan(view.first), first, view.first)
    gained = np.maximum(top - np.fmin(lowest, view.best), first - lowest)
    share = np.where(np.isnan(view.first), _ALONE, 1e-3)
    floor = share * np.maximum(np.abs(first), np.abs(base))
    scale = np.maximum.reduce([gained, prefixes.roughness(curve, row), floor])
    scale = np.where(scale > 0, scale, 1.0)
    return scale, np.maximum.reduce([top, first, base]) + 0.2 * scale


def _lines(z: Floats, ahead: Floats) -> Floats:
    """Straight lines through the last parts of a curve: slopes, and where they lead in linear and log time."""
    parts = []
    for since in (1 / 4, 1 / 2, 3 / 4, 7 / 8):
        k = int(np.searchsorted(GRID, since))
        gain = z[:, -1] - z[:, k]
        parts += [
            gain / (1 - since),
            np.clip(gain / (1 - since) * np.minimum(ahead - 1, 20), -_FAR, _FAR),
            np.clip(gain / -np.log(since) * np.log(ahead), -_FAR, _FAR),
        ]
    return np.column_stack(parts)


def _course(queries: Queries) -> Floats:
    """How far the run has come, and how far it is to the target."""
    target, horizon = divisor(queries.target), divisor(queries.horizon)
    return np.column_stack([queries.cut / target, target / horizon, queries.cut / horizon])


def _shape(prefixes: Prefixes, curve: Ints, row: Ints, cut: Floats) -> Floats:
    """Facts of the log without a unit."""
    step, seen = prefixes.curves.step, divisor(cut)
    return np.column_stack([
        np.log(row - prefixes.curves.start[curve] + 1.0),
        (cut - step[prefixes.best[row]]) / seen,
        step[prefixes.curves.start[curve]] / seen,
        np.minimum(prefixes.curves.restarts[curve], 5),
    ])  # fmt: skip


def _sizes(prefixes: Prefixes, curve: Ints, row: Ints, base: Floats, scale: Floats) -> Floats:
    """Noise, best, and size of the metric itself, in units."""
    first, lowest = prefixes.height(curve, row), prefixes.lowest[row]
    return np.column_stack([
        (first - lowest) / scale,
        (first - base) / scale,
        prefixes.roughness(curve, row) / scale,
        np.clip((prefixes.loss[row] - base) / scale, -_FAR, _FAR),
        (lowest - base) / scale,
        np.clip(base / scale, -20, 20),
        np.clip(first / scale, -20, 20),
    ])  # fmt: skip


def _beside(view: PeerView, base: Floats, scale: Floats) -> Floats:
    """What the peers say, in units; 0 where there are none, as the counts tell."""
    gaps = (view.beside - base[:, None]) / scale[:, None]
    best = ((view.best - base) / scale)[:, None]
    changes = view.changes / scale[:, None]
    known = np.clip(np.nan_to_num(np.column_stack([gaps, best, changes])), -_FAR, _FAR)
    return np.column_stack([known, view.plain])
