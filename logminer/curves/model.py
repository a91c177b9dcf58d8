"""The learning-curve model: where will a run end, given how it began and what past runs did.

Trees grown on past curves of all tasks predict the change from the last smoothed value; intervals are
calibrated on tasks held out whole. They are added to experience with public curves, which answers alone without a
past; runs of the same task whose end is known are heard as far as they were right of one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.calibration import LEVELS, MIDDLE
from logminer.curves.experience import packaged
from logminer.curves.features import Described, Queries, describe
from logminer.curves.forecast import Forecast
from logminer.curves.learning import Learnt, learn, worth
from logminer.curves.mixing import Evidence, mix
from logminer.curves.packing import Parts, pack, unpack
from logminer.curves.peers import Peers, peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.sampling import past_questions
from logminer.curves.tidy import Curves, Modes, tidy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FEWEST = 4
_MOST_FRESH = 150
"""Runs from which the worth of peers is learnt at a prediction, and questions of each."""
_PER_RUN = 6
_FURTHER = 0.25
"""Share of its way that a run is taken to go on that has not ended, where nothing says how far."""
At = Literal["final"] | float | Sequence[float]


@dataclass(frozen=True)
class CurveModel:
    """Extrapolates learning curves.

    A model is fitted on past curves and then asked about any number of partial ones at once::

        model = CurveModel().fit(past, mode="min")
        forecast = model.predict(running)
        forecast.mean, forecast.interval(0.8), forecast.prob_better(0.1)

    Unfitted, or fitted on too little, it answers from what public curves taught, and says so.

    Attributes:
        seed: seed of all choices; the same past and seed give the same model.
        learnt: what past curves taught beside the public ones, or None.
        peers: past runs, to be looked at beside new runs of their tasks.
        ends: step at which runs of a task usually end.
        modes: direction of each task's metric.
        known: what the forecasts and the peers of past runs were worth, or None.
    """

    seed: int = 0
    learnt: Learnt | None = None
    peers: Peers | None = None
    ends: dict[str, float] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    known: Evidence | None = None

    def fit(
        self, curves: pd.DataFrame, mode: Modes = "min", *, forest: bool = True
    ) -> "CurveModel":
        """Learn from past curves, beyond what the model knows.

        Args:
            curves: columns ``task``, ``run``, ``step``, ``value``, rows of a run in logged order. Optional, one
                value a run: ``mode`` (``min`` or ``max``), ``config`` (what repeats of a run under other seeds
                share), ``finished`` (False for a run that was stopped early), ``horizon`` (step at which it was
                to end). Any other column is a hyperparameter.
            mode: direction of the metric, for all tasks or by task.
            forest: whether to grow trees where there are curves enough; without, the curves are peers, and tell
                what peers are worth, which takes a tenth of the time.

        Returns:
            A fitted model; this one stays as it is.

        Raises:
            UsageError: a column is missing or a direction is unknown.
        """
        past = tidy(curves, mode)
        ends = {**self.ends, **_usual_ends(past)}
        horizon = _horizons(past, ends)
        prefixes = Prefixes(past)
        own = peers_of(prefixes, horizon)
        peers = self.peers + own if self.peers is not None else own
        modes = {
            str(t): "min" if s > 0 else "max" for t, s in zip(past.task, past.sign, strict=True)
        }
        learnt, known = learn(prefixes, horizon, own, self.experience, self.seed, forest=forest)
        if known is not None and self.known is not None:
            known = self.known + known
        return CurveModel(
            self.seed,
            learnt or self.learnt,
            peers,
            ends,
            {**self.modes, **modes},
            known or self.known,
        )

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

    def hindsight(
        self, curves: pd.DataFrame, shares: Sequence[float], mode: Modes | None = None
    ) -> pd.DataFrame:
        """What would have been said of runs that have ended, when they had come to some shares of their way.

        No run is a peer of itself or of its repeats; what peers are worth is learnt from the other runs.

        Args:
            curves: as for ``predict``; finished runs are asked about.
            shares: shares of the way, between 0 and 1.
            mode: as for ``predict``.

        Returns:
            One row a run and share: ``task``, ``run``, ``share``, ``last`` (loss then), ``median`` (predicted loss) and
            ``final`` (the loss that came); diverged runs are left out.
        """
        whole = tidy(curves, self._modes_for(curves) if mode is None else mode)
        prefixes = Prefixes(whole)
        alive = whole.finished & np.isinf(whole.died) & (np.diff(whole.start) > _FEWEST)
        runs = np.repeat(np.flatnonzero(alive), len(shares))
        share, end = (
            np.tile(np.asarray(shares, dtype=np.float64), int(alive.sum())),
            whole.end[runs],
        )
        columns = ["task", "run", "share", "last", "median", "final"]
        if not len(runs):
            return pd.DataFrame(columns=columns)
        peers, reach = self._beside(prefixes)
        row = prefixes.row(runs, share * end)
        every = np.ones(len(runs))
        asked = Queries(runs, whole.step[row], end, end, every, every)
        described = describe(prefixes, asked, peers, np.random.default_rng(self.seed))
        fresh = self._fresh(prefixes, reach, peers, described)
        units = self.distribution(described, fresh)[0]
        median = described.to_loss(units)[:, MIDDLE]
        final = whole.loss[whole.start[runs + 1] - 1]
        facts = (whole.task[runs], whole.run[runs], share, whole.loss[row], median, final)
        return pd.DataFrame(dict(zip(columns, facts, strict=True)))

    def distribution(
        self, described: Described, known: Evidence | None = None
    ) -> tuple[Floats, NDArray[np.bool_], NDArray[np.object_]]:
        """Quantiles of the change in units, which questions are unlike the past, and what each rests on most.

        Args:
            described: the questions.
            known: what came of other runs of their tasks, beyond what the model was fitted on.
        """
        units, unlike = self.experience.quantiles(described)
        basis = np.full(len(units), "past curves" if self.learnt else "public curves", dtype=object)
        evidence = [e for e in (self.known, known) if e is not None]
        if evidence:
            together = evidence[0] if len(evidence) == 1 else evidence[0] + evidence[1]
            units, share = mix(described, units, together)
            basis[share > 0.5] = "peers"
        return units, unlike, basis

    @property
    def experience(self) -> Learnt:
        """What past curves taught beside the public ones; the public ones alone where there is no past."""
        return self.learnt or packaged()

    def to_bytes(self) -> bytes:
        """The model as a compressed NumPy archive; ``from_bytes`` gives it back unchanged."""
        parts = Parts(self.seed, self.learnt, self.peers, self.ends, self.modes, self.known)
        return pack(parts, packaged())

    @classmethod
    def from_bytes(cls, data: bytes) -> "CurveModel":
        """A model from what ``to_bytes`` gave; nothing in it is executed.

        Raises:
            UsageError: the bytes are not such a model.
        """
        parts = unpack(data, packaged())
        return cls(parts.seed, parts.learnt, parts.peers, parts.ends, parts.modes, parts.known)

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
            peers, reach = self._beside(prefixes)
            described = self._describe(prefixes, runs[ahead], target[ahead], horizon[ahead], peers)
            fresh = self._fresh(prefixes, reach, peers, described)
            units, unlike[ahead], basis[ahead] = self.distribution(described, fresh)
            losses[ahead] = described.to_loss(units)
            losses[ahead[died[ahead]]] = described.cap[died[ahead], None]
        basis[died], unlike[died] = "seen", False
        facts = pd.DataFrame({
            "task": partial.task[runs], "run": partial.run[runs], "seen": end, "target": target,
            "last": last * partial.sign[runs], "basis": basis, "unlike": unlike, "diverged": died,
        })  # fmt: skip
        return Forecast(facts, partial.sign[runs], losses)

    def _beside(self, prefixes: Prefixes) -> tuple[Peers, Floats]:
        """Peers of the runs, and the step at which each run ends."""
        reach = np.maximum(_horizons(prefixes.curves, self.ends), prefixes.curves.end)
        present = peers_of(prefixes, reach)
        return (self.peers + present if self.peers is not None else present), reach

    def _describe(
        self, prefixes: Prefixes, runs: Ints, target: Floats, horizon: Floats, peers: Peers
    ) -> Described:
        """Runs in the forest's terms."""
        curves = prefixes.curves
        cut = curves.step[curves.start[runs + 1] - 1]
        every = np.ones(len(runs))
        asked = Queries(runs, cut, target, np.maximum(horizon, target), every, every)
        return describe(prefixes, asked, peers, np.random.default_rng(self.seed))

    def _fresh(
        self, prefixes: Prefixes, reach: Floats, peers: Peers, asked: Described
    ) -> Evidence | None:
        """What peers and forest are worth on runs that have ended since the model was fitted."""
        curves = prefixes.curves
        ended = (curves.end >= reach * (1 - 1e-9)) & (np.diff(curves.start) > _FEWEST)
        ended &= np.isin(curves.task.astype(str), asked.task[asked.company > 1])
        if self.peers is not None:
            fitted = set(zip(self.peers.task, self.peers.run, strict=True))
            keys = zip(curves.task.astype(str), curves.run.astype(str), strict=True)
            ended &= np.array([key not in fitted for key in keys], dtype=bool)
        rng = np.random.default_rng(self.seed)
        some = np.flatnonzero(ended)
        some = np.sort(rng.permutation(some)[:_MOST_FRESH])
        if not len(some):
            return None
        questions, answer = past_questions(prefixes, reach, some, _PER_RUN, rng)
        questions = replace(questions, until=np.ones(len(questions)), among=np.ones(len(questions)))
        return worth(prefixes, peers, (questions, answer), self.experience, rng)


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
    beyond = ~curves.finished & np.isnan(curves.horizon) & (curves.end >= given)
    return np.where(beyond, curves.end * (1 + _FURTHER), np.maximum(given, curves.end))
