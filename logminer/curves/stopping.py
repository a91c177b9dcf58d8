"""Rules that say which running runs to stop, all from the same facts.

A rule takes a ``Standing`` and answers with the runs to stop. Runs that diverged are lost under any rule.
Sources: Golovin et al., "Google Vizier" (2017) for the median rule; Jamieson and Talwalkar (2016) for
successive halving; Li et al., "A system for massively parallel hyperparameter tuning" (2020) for its
asynchronous form; Domhan et al. (2015) for stopping by the chance to win.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.curves.forecast import Forecast

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DRAWS = 1000


@dataclass(frozen=True)
class Standing:
    """Where n runs of one task stand at one moment.

    Attributes:
        shares: (k,), checkpoints passed so far as shares of the full budget; the last one is now.
        losses: (n, k), losses at them, lower is better; NaN where a run has not been, infinite where it diverged.
        running: (n,), the runs at the last checkpoint, about which to decide.
        final: (n,), losses of finished runs; NaN for others.
        ask: gives the forecast when a rule asks for it; None where there is no model.
    """

    shares: Floats
    losses: Floats
    running: Bools
    final: Floats
    ask: Callable[[], Forecast] | None = None

    @cached_property
    def forecast(self) -> Forecast | None:
        """Predicted final values of the running runs, in their order."""
        return self.ask() if self.ask else None

    @property
    def now(self) -> Floats:
        """Losses of the running runs."""
        return np.asarray(self.losses[self.running, -1])

    @property
    def best(self) -> Floats:
        """Lowest loss of each running run so far."""
        return np.asarray(np.fmin.reduce(self.losses[self.running], axis=1))

    @property
    def gained(self) -> float:
        """What has been gained so far: from the median loss at the first checkpoint to the lowest of all."""
        first, finite = self.losses[:, 0], self.losses[np.isfinite(self.losses)]
        first = first[np.isfinite(first)]
        return float(np.median(first) - finite.min()) if len(first) else 0.0


Rule = Callable[[Standing], Bools]
"""Runs to stop among the running ones, in their order."""


def by_chance(standing: Standing, p: float = 0.1, margin: float = 0.0) -> Bools:
    """Stop what beats the incumbent with a probability below ``p``.

    The incumbent is the better of the best finished run and the best of the other running runs' medians.

    Args:
        standing: where the runs stand, with a forecast.
        p: probability below which a run is not worth going on.
        margin: by how much a run must win to count as better, as a share of what has been gained so far.
    """
    forecast = standing.forecast
    if forecast is None:
        return np.isinf(standing.now)
    bar = _incumbents(standing, forecast) - margin * standing.gained
    chance = forecast.prob_better(np.where(np.isfinite(bar), bar, np.nan) * forecast.sign)
    return np.where(np.isfinite(bar), chance < p, False) | np.isinf(standing.now)


def unlikely_best(standing: Standing, p: float = 0.05, shared: float = 0.5) -> Bools:
    """Keep the smallest set that holds the best run of all with probability ``1 - p``, and stop the others.

    Beside many runs it takes more than beating the most hopeful one to end as the best; where one run is left
    against finished ones this is ``by_chance``.

    Args:
        standing: where the runs stand, with a forecast.
        p: probability with which the best run may be lost at this moment.
        shared: correlation of the runs' forecast errors, 0 to 1: what surprises one surprises all.
    """
    forecast = standing.forecast
    if forecast is None:
        return np.isinf(standing.now)
    draws = forecast.sample(_DRAWS, shared)
    done = np.fmin.reduce(standing.final, initial=np.inf)
    everyone = np.vstack([draws, np.full(_DRAWS, done)])
    alive = np.isfinite(everyone).any(axis=1)
    if not alive.any():
        return np.isinf(standing.now)
    wins = np.bincount(everyone.argmin(axis=0), minlength=len(everyone)) / _DRAWS
    order = np.argsort(-wins, kind="stable")
    before = np.cumsum(wins[order]) - wins[order]
    stop = np.empty(len(everyone), dtype=bool)
    stop[order] = before >= 1 - p
    return stop[:-1] | np.isinf(standing.now)


def outclassed(standing: Standing, p: float = 0.1, eta: float = 3.0) -> Bools:
    """Stop what its forecast gives up, or what forecast and rank together do.

    Two witnesses: a run among the best ``1 / eta`` of all that have been here is stopped as by ``unlikely_best``
    at ``p``; a run behind them needs ``eta`` times the chance. At ``p = 1 / eta`` the rank alone decides for them.

    Args:
        standing: where the runs stand, with a forecast.
        p: probability with which the best run may be lost at this moment.
        eta: what part of the runs counts as ahead, and how much more those behind have to show.
    """
    behind = below_percentile(standing, 1 / eta)
    return unlikely_best(standing, p) | (behind & unlikely_best(standing, min(eta * p, 1.0)))


def _incumbents(standing: Standing, forecast: Forecast) -> Floats:
    """Loss that each running run has to beat."""
    hoped = np.where(forecast.runs["diverged"], np.inf, forecast.sign * forecast.quantile(0.5))
    hoped = np.where(np.isnan(hoped), np.inf, hoped)
    done = np.fmin.reduce(standing.final, initial=np.inf)
    # The most hopeful run is never measured by those behind it.
    leads = (hoped == hoped.min(initial=np.inf)) & (hoped < done)
    return np.where(leads, np.inf, np.fmin(_best_other(hoped), done))


def _best_other(values: Floats) -> Floats:
    """Lowest of all other values, for each."""
    if len(values) < 2:
        return np.full(len(values), np.inf)
    first, second = np.partition(values, 1)[:2]
    return np.asarray(np.where(np.arange(len(values)) == values.argmin(), second, first))


def below_median(standing: Standing) -> Bools:
    """Stop what has at its best been worse than the median of the others' running averages."""
    finite = np.where(np.isfinite(standing.losses), standing.losses, np.nan)
    been = ~np.isnan(standing.losses[:, -1])
    if been.sum() < 2:
        return np.isinf(standing.now)
    count = np.maximum((~np.isnan(finite)).sum(axis=1), 1)
    average = np.where(np.isinf(standing.losses[:, -1]), np.inf, np.nansum(finite, axis=1) / count)
    return np.asarray((standing.best > np.median(average[been])) | np.isinf(standing.now))


def below_percentile(standing: Standing, keep: float = 0.5) -> Bools:
    """Stop what is now not among the best share ``keep`` of all runs that have been here."""
    here = standing.losses[:, -1]
    been = np.sort(here[~np.isnan(here)])
    allowed = max(int(np.ceil(keep * len(been))), 1)
    bar = been[allowed - 1] if len(been) else np.inf
    return np.asarray((standing.now > bar) | np.isinf(standing.now))


def out_of_patience(standing: Standing, share: float = 0.2, gain: float = 0.01) -> Bools:
    """Stop what has gained little lately.

    Args:
        standing: where the runs stand.
        share: how long to wait, as a share of the full budget.
        gain: what must be gained meanwhile, as a share of all that was gained.
    """
    past = standing.shares <= standing.shares[-1] - share + 1e-9
    if not past.any():
        return np.isinf(standing.now)
    losses = standing.losses[standing.running]
    before = np.fmin.reduce(losses[:, past], axis=1)
    total = losses[:, 0] - standing.best
    return np.asarray((before - standing.best <= gain * total) | np.isinf(standing.now))


def halved(
    standing: Standing, eta: float = 3.0, rungs: tuple[float, ...] = (1 / 27, 1 / 9, 1 / 3)
) -> Bools:
    """Successive halving's cut: at a rung go on with the best ``1 / eta`` of those that have reached it.

    With all runs abreast this is synchronous halving; with one after another it is ASHA's stopping form.

    Args:
        standing: where the runs stand.
        eta: by how much each rung thins the field.
        rungs: shares of the full budget at which to cut; no cut elsewhere.
    """
    if not np.isclose(rungs, standing.shares[-1]).any():
        return np.isinf(standing.now)
    return below_percentile(standing, 1 / eta)


def no_earlier_than(rule: Rule, share: float) -> Rule:
    """A rule that grants every run a minimum budget, as a share of the full one."""

    def patient(standing: Standing) -> Bools:
        if standing.shares[-1] < share - 1e-9:
            return np.isinf(standing.now)
        return rule(standing)

    return patient
