"""Stopping single trials early: by the median of the others, or by where the learning-curve model sees them end.

Trials compare with those of their own budget. One that was granted a full run has to beat the best; one that was
granted less, only those that will be promoted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.errors import UsageError
from logminer.core.objective import Mode
from logminer.curves.forecast import Forecast
from logminer.curves.peers import SHARES
from logminer.curves.stopping import Standing, below_median
from logminer.curves.stopping_rule import DEFAULT, StoppingRule, stops
from logminer.runner._learner import Learner, Seen, frame_of
from logminer.runner._trial_log import Curve

Rule = Literal["curves", "median"]
Trials: TypeAlias = Mapping[int, Seen]
_LEAST = 0.1  # share of its budget that every trial is granted
_FEWEST = 3  # trials that must have ended before others are stopped
_GRID = 20
_FURTHER = 1.15  # a trial is judged again when it has come that many times further
_WIDTH = 2.563  # of the central 80 % of a normal distribution, in standard deviations; forecasts have heavier tails
_CHANCE = 0.1  # of being promoted; who has less is stopped


@dataclass(frozen=True)
class Stop:
    """Advice to stop a trial.

    Attributes:
        why: in words.
        value: what the objective is expected to end at, in its own unit.
        noise: standard deviation of that.
    """

    why: str
    value: float
    noise: float = 0.0


@dataclass
class Early:
    """A stopping rule with what it needs to know.

    Attributes:
        rule: its name.
        mode: ``"min"`` or ``"max"``.
        promoted: share of the trials of a budget that go on to the next, or None where none is judged before it
            has been granted a full run.
        past: learning curves of past tasks, as ``CurveModel.fit`` takes them; they tell how full runs end.
        stopping: what full runs are stopped by under ``curves``.
    """

    rule: str
    mode: Mode
    promoted: float | None = None
    past: pd.DataFrame | None = None
    stopping: StoppingRule = DEFAULT
    _judged: dict[int, float] = field(default_factory=dict)
    _learners: dict[float | None, Learner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rule not in ("curves", "median"):
            raise UsageError(f"no stopping rule '{self.rule}'", "rules are: curves, median, none")

    def judge(self, running: Trials, ended: Trials) -> dict[int, Stop]:
        """Which running trials to stop.

        Args:
            running: the running trials, by number.
            ended: the trials that ran to their end.
        """
        stops: dict[int, Stop] = {}
        for budget in {trial.budget for trial in running.values()}:
            if budget is None or self.promoted:
                mine, others = _granted(running, budget), _granted(ended, budget)
                stops |= self._among_equals(budget, mine, others)
        return stops

    def _among_equals(
        self, budget: float | None, running: Trials, ended: Trials
    ) -> dict[int, Stop]:
        """The same for the trials of one budget."""
        end = max((t.reached for t in ended.values()), default=0.0)
        due = {
            number: trial
            for number, trial in running.items()
            if _LEAST * end <= trial.reached < end
            and trial.reached >= _FURTHER * self._judged.get(number, 0.0)
        }
        if len(ended) < _FEWEST or not due:
            return {}
        self._judged |= {number: trial.reached for number, trial in due.items()}
        if self.rule == "median":
            return self._by_median(due, ended, end)
        return self._by_curves(budget, due, ended, end)

    def _by_median(self, due: Trials, ended: Trials, end: float) -> dict[int, Stop]:
        stops = {}
        for number, trial in due.items():
            steps = np.linspace(trial.curve[0][0], trial.reached, _GRID)
            losses = np.stack([self._losses(t.curve, steps) for t in (trial, *ended.values())])
            mine = np.arange(len(losses)) == 0
            standing = Standing(steps / end, losses, mine, np.full(len(losses), np.nan))
            if below_median(standing)[0]:
                best = self._sign * float(standing.best[0])
                why = f"worse than the median of {len(ended)} others at step {trial.reached:g}: {best:.4g}"
                stops[number] = Stop(why, best)
        return stops

    def _by_curves(
        self, budget: float | None, due: Trials, ended: Trials, end: float
    ) -> dict[int, Stop]:
        past = self.past if budget is None else None
        learner = self._learners.setdefault(budget, Learner(self.mode, past))
        forecast = learner.model(ended, end).predict(frame_of(due, end, self.mode))
        final = np.array([self._last(t) for t in ended.values()])
        if budget is None:
            stopped, bar = self._by_rule(due, ended, end, forecast), float(np.nanmin(final))
            goal = "the best is"
        else:
            bar = float(np.sort(final)[max(int((self.promoted or 0) * (len(final) + 1)), 1) - 1])
            stopped = forecast.prob_better(self._sign * bar) < _CHANCE
            goal = "to be promoted takes"
        low, high = forecast.interval(0.8)
        with np.errstate(invalid="ignore"):  # of a diverged trial
            noise = (high - low) / _WIDTH
        ends = zip(due, stopped, forecast.quantile(0.5), noise, strict=True)
        return {
            number: Stop(
                f"will end at {value:.4g} ± {spread:.2g}, {goal} {self._sign * bar:.4g}",
                float(value),
                float(spread),
            )
            for number, out, value, spread in ends
            if out
        }

    def _by_rule(
        self, due: Trials, ended: Trials, end: float, forecast: Forecast
    ) -> NDArray[np.bool_]:
        """What the rule in force says of full runs, beside those that have ended."""
        values = np.stack(
            [self._losses(t.curve, SHARES * end) for t in (*due.values(), *ended.values())]
        )
        shares = np.array([t.reached / end for t in due.values()])
        values[: len(due)][shares[:, None] < SHARES - 1e-9] = np.nan
        final = np.array([self._last(t) for t in ended.values()])
        return stops(self.stopping, values, shares, final, forecast)

    @property
    def _sign(self) -> float:
        return 1.0 if self.mode == "min" else -1.0

    def _last(self, trial: Seen) -> float:
        return float(self._losses(trial.curve, np.array([trial.reached]))[0])

    def _losses(self, curve: Curve, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Losses at some steps: the last known there, NaN before the first."""
        place = np.searchsorted(curve[0], steps, side="right") - 1
        losses = self._sign * curve[1][np.maximum(place, 0)]
        losses[~np.isfinite(losses)] = np.inf
        return np.where(place >= 0, losses, np.nan)


def _granted(trials: Trials, budget: float | None) -> dict[int, Seen]:
    """The trials of a budget that have logged something."""
    return {n: t for n, t in trials.items() if t.budget == budget and len(t.curve[0])}
