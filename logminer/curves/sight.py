"""How a run stands among its peers, and what became of those that stood there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.peers import SHARES, Peers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEAREST = 3


@dataclass(frozen=True)
class Sight:
    """Who looks, and how much it is shown.

    Attributes:
        task: str (q,).
        run: str (q,).
        config: str (q,).
        now: float (q,), share of the horizon at which the run stands.
        then: float (q,), share of the horizon to be predicted.
        until: float (q,), share up to which peers are shown; 1 for all that is known of them.
        among: float (q,), how many of the peers are shown, as a share.
        params: hyperparameters, one row a query.
    """

    task: NDArray[np.str_]
    run: NDArray[np.str_]
    config: NDArray[np.str_]
    now: Floats
    then: Floats
    until: Floats
    among: Floats
    params: pd.DataFrame

    def take(self, rows: Ints) -> "Sight":
        """Some of those who look."""
        return Sight(
            self.task[rows], self.run[rows], self.config[rows], self.now[rows], self.then[rows],
            self.until[rows], self.among[rows], self.params.iloc[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class PeerView:
    """What q queries see of their peers, in losses; NaN where there is nothing to see.

    Attributes:
        first: median first loss of the peers, (q,).
        best: lowest loss a peer is known to have reached, (q,).
        beside: losses that locate the run among its peers at its own share, (q, k).
        changes: changes of peers from its share to the one predicted, (q, k).
        plain: counts and ranks, which have no unit, (q, k).
    """

    first: Floats
    best: Floats
    beside: Floats
    changes: Floats
    plain: Floats


def look(peers: Peers | None, sight: Sight, base: Floats, rng: np.random.Generator) -> PeerView:
    """Let queries look at their peers.

    Args:
        peers: the peers, of any tasks; None for nobody.
        sight: who looks.
        base: float (q,), last smoothed loss of each who looks.
        rng: picks the peers shown where ``among`` is below 1.
    """
    q = len(base)
    none = np.full((q, 12), np.nan)
    view = PeerView(
        none[:, 0].copy(), none[:, 0].copy(), none[:, :3].copy(), none, np.zeros((q, 4))
    )
    if peers is None or not len(peers):
        return view
    rows_of = _groups(peers.task)
    for task, rows in _groups(sight.task).items():
        if task in rows_of:
            found = _look_within(peers.take(rows_of[task]), sight.take(rows), base[rows], rng)
            for name in PeerView.__dataclass_fields__:
                getattr(view, name)[rows] = getattr(found, name)
    return view


def _groups(labels: NDArray[np.str_]) -> dict[str, Ints]:
    names, codes = np.unique(labels, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes, minlength=len(names)))[:-1])
    return {str(name): rows for name, rows in zip(names, parts, strict=True)}


def _look_within(peers: Peers, sight: Sight, base: Floats, rng: np.random.Generator) -> PeerView:
    """The view of queries of one task on its peers."""
    shown = peers.config != sight.config[:, None]
    shown &= peers.run != sight.run[:, None]
    shown &= rng.random(shown.shape) < sight.among[:, None]
    first = _over(np.nanmedian, np.where(shown, peers.first, np.nan))
    best = _best(peers.values, sight.until, shown)
    worst = first + 0.5 * (first - best)
    now = _at(peers.values, sight.now, sight.until, shown, worst)
    then = _at(peers.values, sight.then, sight.until, shown, worst)
    here = base[:, None]
    been = np.isfinite(then - now)
    apart = np.where(been, _distances(sight, peers), np.inf)
    beside = [
        _over(np.nanmedian, now), _over(np.nanmin, now), _over(np.nanmin, np.where(been, now, np.nan)),
    ]  # fmt: skip
    changes = [*_by_value(now, then, here), *_by_config(now, then, here, apart)]
    n = np.isfinite(now).sum(axis=1)
    plain = [
        np.log1p(n), np.log1p(been.sum(axis=1)), ((now < here).sum(axis=1) + 0.5) / (n + 1),
        np.minimum(apart.min(axis=1, initial=np.inf), 1.0),
    ]  # fmt: skip
    return PeerView(
        first, best, np.column_stack(beside), np.column_stack(changes), np.column_stack(plain)
    )


def _by_value(now: Floats, then: Floats, here: Floats) -> list[Floats]:
    """Changes of the peers, above all of those that stood where the run stands."""
    change = then - now
    order = np.argsort(
        np.where(np.isfinite(change), np.abs(now - here), np.inf), axis=1, kind="stable"
    )
    near = np.take_along_axis(change, order[:, :_NEAREST], axis=1)
    gap = np.where(np.isfinite(change), np.abs(now - here), np.nan)
    width = _over(np.nanmedian, gap)[:, None] / 2
    weight = np.exp(-0.5 * (gap / np.where(width > 0, width, 1.0)) ** 2) + 1e-9
    return [
        _over(np.nanmedian, change), _over(np.nanmean, near), near[:, 0], _over(np.nanstd, change),
        _weighted(change, weight), _over(np.nanmin, then) - here[:, 0],
    ]  # fmt: skip


def _by_config(now: Floats, then: Floats, here: Floats, apart: Floats) -> list[Floats]:
    """Ends and changes of the peers with the most similar hyperparameters."""
    kin = np.argsort(apart, axis=1, kind="stable")[:, :_NEAREST]
    ends, gains = (np.take_along_axis(v, kin, axis=1) for v in (then, then - now))
    weight = (0.05 + apart) ** -2
    return [
        _over(np.nanmean, ends) - here[:, 0], ends[:, 0] - here[:, 0], _over(np.nanmean, gains), gains[:, 0],
        _weighted(then, weight) - here[:, 0], _weighted(then - now, weight),
    ]  # fmt: skip


def _best(values: Floats, until: Floats, shown: NDArray[np.bool_]) -> Floats:
    """Lowest loss that the peers shown have reached by a share, (q,)."""
    lowest = np.fmin.accumulate(values, axis=1)
    place = np.searchsorted(SHARES, until + 1e-9) - 1
    reached = np.where(shown & (place >= 0)[:, None], lowest[:, place].T, np.nan)
    return _over(np.nanmin, np.where(np.isfinite(reached), reached, np.nan))


def _at(
    values: Floats, share: Floats, until: Floats, shown: NDArray[np.bool_], worst: Floats
) -> Floats:
    """Losses (q, p) at each query's share, diverged ones at the worst; NaN where not to be seen."""
    place = np.clip(np.searchsorted(SHARES, share - 1e-9), 1, len(SHARES) - 1)
    low, high = values[:, place - 1].T, values[:, place].T
    part = np.clip((share - SHARES[place - 1]) / (SHARES[place] - SHARES[place - 1]), 0, 1)[:, None]
    with np.errstate(invalid="ignore"):
        at = np.where(part == 1.0, high, low + part * (high - low))
    at = np.where(np.isinf(at), worst[:, None], np.minimum(at, worst[:, None]))
    return np.where(shown & (share <= until + 1e-9)[:, None], at, np.nan)


def _distances(sight: Sight, peers: Peers) -> Floats:
    """How far configs (q,) are from configs (p,), 0 to 1: ranks of numbers, equality of anything else."""
    _, first, back = np.unique(sight.run, return_index=True, return_inverse=True)
    total, varying = np.zeros((len(first), len(peers))), 0
    for name in peers.params.columns.intersection(sight.params.columns):
        mine = sight.params[name].to_numpy(dtype=object)[first]
        code = _coded([*mine, *peers.params[name].to_numpy(dtype=object)])
        if np.ptp(code) > 0:
            varying += 1
            total += np.minimum(np.abs(code[: len(mine), None] - code[len(mine) :]), 1.0)
    return np.asarray((total / max(varying, 1))[back])


def _coded(values: Sequence[Any]) -> Floats:
    """One hyperparameter on a line: numbers by rank from 0 to 1, others and unset ones far from each other."""
    unset = np.array([v is None or v is pd.NA or v != v for v in values])  # noqa: PLR0124 - NaN
    number = all(isinstance(v, Number) or gone for v, gone in zip(values, unset, strict=True))
    known = [
        float(v) if number else str(v) for v, gone in zip(values, unset, strict=True) if not gone
    ]
    levels, place = np.unique(known, return_inverse=True)
    code = np.full(len(values), -9.0)
    code[~unset] = place / max(len(levels) - 1, 1) if number else 9.0 * place
    return code


def _weighted(values: Floats, weight: Floats) -> Floats:
    """Weighted mean of each row's finite values; NaN where there is none."""
    weight = np.where(np.isfinite(values) & np.isfinite(weight), weight, 0.0)
    total = weight.sum(axis=1)
    summed = (weight * np.where(weight > 0, values, 0.0)).sum(axis=1)
    return np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)


def _over(statistic: Callable[..., Any], values: Floats) -> Floats:
    """A statistic of each row's numbers; NaN for a row without."""
    out = np.full(len(values), np.nan)
    some = np.isfinite(values).any(axis=1)
    if some.any():
        out[some] = statistic(values[some], axis=1)
    return out
