"""The learning-curve model: where will a run end, given how it began and what past runs did.

Trees grown on past curves of all tasks predict the change from the last smoothed value; intervals are
calibrated on tasks held out whole. Without a past, parametric laws answer; with a short one, both do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS, law_quantiles
from logminer.curves.features import Described, Queries, describe
from logminer.curves.forecast import Forecast
from logminer.curves.learning import Learnt, learn
from logminer.curves.packing import pack, unpack
from logminer.curves.peers import Peers, peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.tidy import Curves, Modes, tidy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
At = Literal["final"] | float | Sequence[float]


@dataclass(frozen=True)
class CurveModel:
    """Extrapolates learning curves.

    A model is fitted on past curves and then asked about any number of partial ones at once::

        model = CurveModel().fit(past, mode="min")
        forecast = model.predict(running)
        forecast.mean, forecast.interval(0.8), forecast.prob_better(0.1)

    Unfitted, or fitted on too little, it answers from parametric laws and says so.

    Attributes:
        seed: seed of all choices; the same past and seed give the same model.
        learnt: what past curves taught, or None.
        peers: past runs, to be looked at beside new runs of their tasks.
        ends: step at which runs of a task usually end.
        modes: direction of each task's metric.
    """

    seed: int = 0
    learnt: Learnt | None = None
    peers: Peers | None = None
    ends: dict[str, float] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)

    def fit(self, curves: pd.DataFrame, mode: Modes = "min") -> "CurveModel":
        """Learn from past curves.

        Args:
            curves: columns ``task``, ``run``, ``step``, ``value``, rows of a run in logged order. Optional, one
                value a run: ``mode`` (``min`` or ``max``), ``config`` (what repeats of a run under other seeds
                share), ``finished`` (False for a run that was stopped early), ``horizon`` (step at which it was
                to end). Any other column is a hyperparameter.
            mode: direction of the metric, for all tasks or by task.

        Returns:
            A fitted model; this one stays as it is.

        Raises:
            UsageError: a column is missing or a direction is unknown.
        """
        past = tidy(curves, mode)
        ends = _usual_ends(past)
        horizon = _horizons(past, ends)
        prefixes = Prefixes(past)
        peers = peers_of(prefixes, horizon)
        modes = {
            str(t): "min" if s > 0 else "max" for t, s in zip(past.task, past.sign, strict=True)
        }
        return CurveModel(self.seed, learn(prefixes, horizon, peers, self.seed), peers, ends, modes)

    def predict(
        self, curves: pd.DataFrame, at: At = "final", mode: Modes | None = None
    ) -> Forecast:
        """Extrapolate partial curves.

        Args:
            curves: as for ``fit``. The runs are each other's peers, finished or not.
            at: ``"final"`` for the end of each run: its ``horizon`` if given, else where runs of its task
                usually end, else as far as its longest peer has come. Or a step, or several.
            mode: direction of the metric; by default that of the fitted tasks, and ``min`` for others.

        Returns:
            One row a run, or one a run and step, in the order of ``curves``.

        Raises:
            UsageError: a column is missing or a direction is unknown.
        """
        partial = tidy(curves, self._modes_for(curves) if mode is None else mode)
        horizon = _horizons(partial, self.ends)
        if isinstance(at, str):
            runs, target = np.arange(len(partial)), horizon
        else:
            steps = np.atleast_1d(np.asarray(at, dtype=np.float64))
            runs = np.repeat(np.arange(len(partial)), len(steps))
            target = np.tile(steps, len(partial))
        return self._answer(partial, runs, target, np.maximum(horizon[runs], target))

    def paths(self, curves: pd.DataFrame, points: int = 16, mode: Modes | None = None) -> Forecast:
        """Extrapolate partial curves along the way: at equally many steps between now and the end of each.

        Args:
            curves: as for ``predict``.
            points: steps a run; the last is its end.
            mode: as for ``predict``.
        """
        partial = tidy(curves, self._modes_for(curves) if mode is None else mode)
        horizon = _horizons(partial, self.ends)
        runs = np.repeat(np.arange(len(partial)), points)
        way = np.tile(np.arange(1, points + 1) / points, len(partial))
        target = partial.end[runs] + way * (horizon - partial.end)[runs]
        found = self._answer(partial, runs, target, horizon[runs])
        losses = found.losses.reshape(len(partial), points, len(LEVELS))
        return replace(found, losses=steady(losses).reshape(found.losses.shape))

    def enough(
        self, curves: pd.DataFrame, tolerance: float, points: int = 16, mode: Modes | None = None
    ) -> pd.Series:
        """Step from which more training is expected to gain less than a tolerance.

        Args:
            curves: as for ``predict``.
            tolerance: in the metric's unit.
            points: steps looked at between now and the end of each run.
            mode: as for ``predict``.

        Returns:
            A step by ``(task, run)``: the last seen one where nothing more is to be gained.
        """
        paths = self.paths(curves, points, mode)
        median = (paths.sign * paths.quantile(0.5)).reshape(-1, points)
        facts = paths.runs.iloc[::points]
        steps = paths.runs["target"].to_numpy().reshape(-1, points)
        now = facts["last"].to_numpy(dtype=float) * paths.sign[::points]
        way = np.column_stack([now, median])
        places = np.column_stack([facts["seen"].to_numpy(dtype=float), steps])
        ready = way - way[:, [-1]] < tolerance
        # From the first step on after which no later one is worth the tolerance.
        settled = np.minimum.accumulate(ready[:, ::-1], axis=1)[:, ::-1]
        found = places[np.arange(len(places)), settled.argmax(axis=1)]
        index = pd.MultiIndex.from_frame(facts[["task", "run"]])
        return pd.Series(found, index=index, name="enough")

    def distribution(self, described: Described) -> tuple[Floats, NDArray[np.bool_], str]:
        """Quantiles of the change in units, which questions are unlike the past, and what they rest on."""
        laws = law_quantiles(described.laws, described.seen)
        if self.learnt is None:
            return laws, np.ones(len(laws), dtype=bool), "laws"
        units, unlike = self.learnt.quantiles(described)
        if self.learnt.trust >= 1:
            return units, unlike, "past curves"
        return self.learnt.trust * units + (1 - self.learnt.trust) * laws, unlike, "both"

    def to_bytes(self) -> bytes:
        """The model as a compressed NumPy archive; ``from_bytes`` gives it back unchanged."""
        return pack(self.seed, self.learnt, self.peers, self.ends, self.modes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CurveModel":
        """A model from what ``to_bytes`` gave; nothing in it is executed.

        Raises:
            UsageError: the bytes are not such a model.
        """
        return cls(*unpack(data))

    def _modes_for(self, curves: pd.DataFrame) -> Modes:
        if "task" not in curves:
            return "min"
        return {task: self.modes.get(str(task), "min") for task in curves["task"].unique()}

    def _answer(self, partial: Curves, runs: Ints, target: Floats, horizon: Floats) -> Forecast:
        """Forecast runs (indices into ``partial``, repeats allowed) at targets."""
        end, filled = partial.end[runs], np.diff(partial.start)[runs] > 0
        died = np.isfinite(partial.died[runs])
        prefixes = Prefixes(partial)
        last = np.full(len(runs), np.nan)
        last[filled] = partial.loss[partial.start[runs[filled] + 1] - 1]
        known = last.copy()
        passed = np.flatnonzero(filled & (target < end))
        known[passed] = prefixes.at(runs[passed], target[passed])
        losses = np.repeat(known[:, None], len(LEVELS), axis=1)
        basis = np.full(len(runs), "seen", dtype=object)
        unlike = np.zeros(len(runs), dtype=bool)
        ahead = np.flatnonzero(filled & ((target > end) | died))
        if len(ahead):
            described = self._describe(prefixes, runs[ahead], target[ahead], horizon[ahead])
            units, unlike[ahead], source = self.distribution(described)
            losses[ahead] = described.to_loss(units)
            basis[ahead] = source
            losses[ahead[died[ahead]]] = described.cap[died[ahead], None]
        basis[died], unlike[died] = "seen", False
        facts = pd.DataFrame({
            "task": partial.task[runs], "run": partial.run[runs], "seen": end, "target": target,
            "last": last * partial.sign[runs], "basis": basis, "unlike": unlike, "diverged": died,
        })  # fmt: skip
        return Forecast(facts, partial.sign[runs], losses)

    def _describe(
        self, prefixes: Prefixes, runs: Ints, target: Floats, horizon: Floats
    ) -> Described:
        """Runs in the forest's terms."""
        curves = prefixes.curves
        present = peers_of(prefixes, np.maximum(_horizons(curves, self.ends), curves.end))
        peers = self.peers + present if self.peers is not None else present
        cut = curves.step[curves.start[runs + 1] - 1]
        every = np.ones(len(runs))
        target = np.maximum(target, cut)
        asked = Queries(runs, cut, target, np.maximum(horizon, target), every, every)
        return describe(prefixes, asked, peers, np.random.default_rng(self.seed))


def steady(losses: Floats) -> Floats:
    """Quantiles along the way (n, points, levels) without single steps that stand out: medians of three neighbours.

    Each step is a question of its own to the trees, and one odd leaf would be a spike in the fan. The end stays.
    """
    smooth = losses.copy()
    if losses.shape[1] > 2:
        smooth[:, 1:-1] = np.median([losses[:, :-2], losses[:, 1:-1], losses[:, 2:]], axis=0)
    return smooth


def _usual_ends(curves: Curves) -> dict[str, float]:
    """Median last step of each task's finished runs; of all its runs where none finished."""
    facts = pd.DataFrame(
        {"task": curves.task.astype(str), "end": curves.end, "ok": curves.finished}
    )
    facts["end"] = np.fmax(facts["end"], curves.horizon)
    settled = facts[facts["ok"]].groupby("task")["end"].median()
    longest = facts.groupby("task")["end"].max()
    return {str(task): float(end) for task, end in settled.combine_first(longest).items()}


def _horizons(curves: Curves, ends: dict[str, float]) -> Floats:
    """Step at which each run is to end: as given, as usual in its task, or as far as its longest peer came."""
    task = pd.Series(curves.task.astype(str))
    longest = pd.Series(curves.end).groupby(task).transform("max")
    usual = task.map(ends).fillna(longest).to_numpy(dtype=np.float64)
    given = np.where(np.isnan(curves.horizon), usual, curves.horizon)
    return np.maximum(given, curves.end)
