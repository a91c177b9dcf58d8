"""The learning-curve model of a running search: fitted beside it, as its trials end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeVar

import pandas as pd

from logminer.core.objective import Mode
from logminer.core.space import Config
from logminer.curves.model import CurveModel
from logminer.runner._trial_log import Curve

T = TypeVar("T")
_REFIT = 1.5  # the model is fitted anew when there are that many times more ended trials
_MOST = 300  # trials that it is fitted on
_MOST_PAST = 700  # runs of past tasks that it is fitted on
_AT_ONCE = 0.1  # seconds to wait for a fit; small ones are done by then
_TASK = "this study"
_TAKEN = ("task", "run", "step", "value", "mode", "config", "finished", "horizon")


@dataclass(frozen=True)
class Seen:
    """What there is to see of a trial.

    Attributes:
        curve: its objective by step, from the first step of the trial that it goes on from.
        config: its hyperparameters.
        budget: what it was granted, or None for a full run.
    """

    curve: Curve
    config: Config = field(default_factory=dict)
    budget: float | None = None

    @property
    def reached(self) -> float:
        """The last step that it logged."""
        return float(self.curve[0][-1])


@dataclass
class Learner:
    """Fits the model beside the search, which goes on with the one before; what comes with logminer answers until the first.

    Attributes:
        mode: ``"min"`` or ``"max"``.
        past: learning curves of past tasks.
    """

    mode: Mode
    past: pd.DataFrame | None
    _model: CurveModel = field(default_factory=CurveModel)
    _fitted: int = 0
    _thread: Thread | None = None

    def __post_init__(self) -> None:
        if self.past is not None:
            runs = self.past["run"].unique()
            self.past = self.past[self.past["run"].isin(_evenly(list(runs), _MOST_PAST))]

    def model(self, ended: Mapping[int, Seen], end: float) -> CurveModel:
        """The newest model there is; a newer one is begun when much has been learnt since.

        Args:
            ended: trials that ran to their end, by number.
            end: the step at which that is.
        """
        going = self._thread is not None and self._thread.is_alive()
        if not going and len(ended) >= _REFIT * self._fitted:
            self._fitted = len(ended)
            taken = {number: ended[number] for number in _evenly(list(ended), _MOST)}
            self._thread = Thread(target=self._fit, args=(taken, end), daemon=True)
            self._thread.start()
            self._thread.join(_AT_ONCE)
        return self._model

    def _fit(self, trials: Mapping[int, Seen], end: float) -> None:
        own = frame_of(trials, end, self.mode)
        rows = own if self.past is None else pd.concat([self.past, own], ignore_index=True)
        self._model = CurveModel().fit(rows)


def _evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly from first to last."""
    if len(items) <= most:
        return list(items)
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]


def frame_of(trials: Mapping[int, Seen], end: float, mode: Mode) -> pd.DataFrame:
    """Curves of trials as rows, as ``CurveModel`` takes them."""
    parts = [
        pd.DataFrame({
            "task": _TASK, "run": f"{number}", "step": trial.curve[0], "value": trial.curve[1], "mode": mode,
            "config": f"{number}", "finished": True, "horizon": end,
            **{n if n not in _TAKEN else f"param.{n}": v for n, v in trial.config.items()},
        })
        for number, trial in trials.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
