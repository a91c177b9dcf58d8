"""Stopping single trials early: by the median of the others, or by where the learning-curve model sees them end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.core.space import Config
from logminer.curves.model import CurveModel
from logminer.curves.stopping import Standing, below_median, by_chance
from logminer.workflows._trial_log import Curve

Rule = Literal["curves", "median"]
_LEAST = 0.1  # share of a full run that every trial is granted
_FEWEST = 3  # trials that must have ended before others are stopped
_GRID = 20
_REFIT = 1.3  # the model is fitted anew when there are that many times more ended trials
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
    _model: CurveModel | None = None
    _fitted: int = 0
    _judged: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
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
            and self._judged.get(number) != int(curve[0][-1])
        }  # fmt: skip
        if len(ended) < _FEWEST or not due:
            return {}
        self._judged |= {number: int(curve[0][-1]) for number, curve in due.items()}
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
        if self._model is None or len(ended) >= _REFIT * self._fitted:
            own = _frame(ended, configs, full, self.mode)
            rows = own if self.past is None else pd.concat([self.past, own], ignore_index=True)
            self._model = CurveModel().fit(rows)
            self._fitted = len(ended)
        forecast = self._model.predict(_frame(due, configs, full, self.mode))
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
