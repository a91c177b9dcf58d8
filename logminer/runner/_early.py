"""Stopping single trials early: by the median of the others, or by where the learning-curve model sees them end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.core.space import Config
from logminer.curves.model import CurveModel
from logminer.curves.stopping import Standing, below_median, by_chance
from logminer.runner._trial_log import Curve

T = TypeVar("T")
Rule = Literal["curves", "median"]
_LEAST = 0.1  # share of a full run that every trial is granted
_FEWEST = 3  # trials that must have ended before others are stopped
_GRID = 20
_REFIT = 1.5  # the model is fitted anew when there are that many times more ended trials
_MOST = 300  # trials that it is fitted on
_MOST_PAST = 700  # runs of past tasks that it is fitted on
_AT_ONCE = 0.1  # seconds to wait for a fit; small ones are done by then
_FURTHER = 1.15  # a trial is judged again when it has come that many times further
_TASK = "this study"
_TAKEN = ("task", "run", "step", "value", "mode", "config", "finished", "horizon")


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
        full: steps of a full run, or None to take the longest that has ended.
        past: learning curves of past tasks, as ``CurveModel.fit`` takes them.
    """

    rule: str
    mode: str
    full: float | None = None
    past: pd.DataFrame | None = None
    _judged: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._learner = _Learner(self.mode, self.past)
        if self.rule not in ("curves", "median"):
            raise UsageError(f"no stopping rule '{self.rule}'", "rules are: curves, median, none")

    def judge(
        self,
        running: Mapping[int, Curve],
        ended: Mapping[int, Curve],
        configs: Mapping[int, Config],
    ) -> dict[int, Stop]:
        """Which running trials to stop.

        Args:
            running: curves of the running trials, by number.
            ended: curves of the trials that ran to their end.
            configs: configs of all these.
        """
        full = self.full or max((float(c[0][-1]) for c in ended.values() if len(c[0])), default=0.0)
        due = {
            number: curve
            for number, curve in running.items()
            if len(curve[0]) and _LEAST * full <= curve[0][-1] < full
            and curve[0][-1] >= _FURTHER * self._judged.get(number, 0.0)
        }  # fmt: skip
        if len(ended) < _FEWEST or not due:
            return {}
        self._judged |= {number: float(curve[0][-1]) for number, curve in due.items()}
        if self.rule == "median":
            return self._by_median(due, ended, full)
        return self._by_curves(due, ended, configs, full)

    def _by_median(
        self, due: Mapping[int, Curve], ended: Mapping[int, Curve], full: float
    ) -> dict[int, Stop]:
        stops = {}
        for number, curve in due.items():
            steps = np.linspace(curve[0][0], curve[0][-1], _GRID)
            losses = np.stack([self._losses(c, steps) for c in (curve, *ended.values())])
            mine = np.arange(len(losses)) == 0
            standing = Standing(steps / full, losses, mine, np.full(len(losses), np.nan))
            if below_median(standing)[0]:
                best = self._sign * float(standing.best[0])
                why = f"worse than the median of {len(ended)} others at step {curve[0][-1]}: {best:.4g}"
                stops[number] = Stop(why, best)
        return stops

    def _by_curves(
        self,
        due: Mapping[int, Curve],
        ended: Mapping[int, Curve],
        configs: Mapping[int, Config],
        full: float,
    ) -> dict[int, Stop]:
        model = self._learner.model(ended, configs, full)
        forecast = model.predict(_frame(due, configs, full, self.mode))
        final = np.array([self._losses(c, c[0][-1:])[0] for c in ended.values()])
        now = np.array([self._losses(c, c[0][-1:])[0] for c in due.values()])
        losses = np.concatenate([now, np.full(len(final), np.nan)])[:, None]
        mine = np.arange(len(losses)) < len(due)
        known = np.concatenate([np.full(len(due), np.nan), final])
        standing = Standing(np.array([1.0]), losses, mine, known, lambda: forecast)
        stopped, best = by_chance(standing), self._sign * float(np.nanmin(final))
        return {
            number: Stop(
                f"will end at {mean:.4g} ± {std:.2g}, the best is {best:.4g}",
                float(mean),
                float(std),
            )
            for number, out, mean, std in zip(
                due, stopped, forecast.mean, forecast.std, strict=True
            )
            if out
        }

    @property
    def _sign(self) -> float:
        return 1.0 if self.mode == "min" else -1.0

    def _losses(self, curve: Curve, steps: np.ndarray) -> np.ndarray:
        """Losses at some steps: the last known there, NaN before the first."""
        place = np.searchsorted(curve[0], steps, side="right") - 1
        losses = self._sign * curve[1][np.maximum(place, 0)]
        losses[~np.isfinite(losses)] = np.inf
        return np.where(place >= 0, losses, np.nan)


@dataclass
class _Learner:
    """Fits the model beside the search, which goes on with the one before; parametric laws answer until the first.

    Attributes:
        mode: ``"min"`` or ``"max"``.
        past: learning curves of past tasks.
    """

    mode: str
    past: pd.DataFrame | None
    _model: CurveModel = field(default_factory=CurveModel)
    _fitted: int = 0
    _thread: Thread | None = None

    def __post_init__(self) -> None:
        if self.past is not None:
            runs = self.past["run"].unique()
            self.past = self.past[self.past["run"].isin(_evenly(list(runs), _MOST_PAST))]

    def model(
        self, ended: Mapping[int, Curve], configs: Mapping[int, Config], full: float
    ) -> CurveModel:
        """The newest model there is; a newer one is begun when much has been learnt since."""
        going = self._thread is not None and self._thread.is_alive()
        if not going and len(ended) >= _REFIT * self._fitted:
            self._fitted = len(ended)
            taken = {number: ended[number] for number in _evenly(list(ended), _MOST)}
            arguments = (taken, {number: configs[number] for number in taken}, full)
            self._thread = Thread(target=self._fit, args=arguments, daemon=True)
            self._thread.start()
            self._thread.join(_AT_ONCE)
        return self._model

    def _fit(self, curves: Mapping[int, Curve], configs: Mapping[int, Config], full: float) -> None:
        own = _frame(curves, configs, full, self.mode)
        rows = own if self.past is None else pd.concat([self.past, own], ignore_index=True)
        self._model = CurveModel().fit(rows)


def _evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly from first to last."""
    if len(items) <= most:
        return list(items)
    return [items[place] for place in np.linspace(0, len(items) - 1, most).astype(int)]


def _frame(
    curves: Mapping[int, Curve], configs: Mapping[int, Config], full: float, mode: str
) -> pd.DataFrame:
    """Curves of trials as rows."""
    parts = [
        pd.DataFrame({
            "task": _TASK, "run": f"{number}", "step": steps, "value": values, "mode": mode,
            "config": f"{number}", "finished": True, "horizon": full,
            **{n if n not in _TAKEN else f"param.{n}": v for n, v in configs[number].items()},
        })
        for number, (steps, values) in curves.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
