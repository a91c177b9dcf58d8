"""What stopping rules would have saved, and lost, on runs that were logged to their end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.features import Queries, describe
from logminer.curves.fitted import GROWN
from logminer.curves.forecast import Forecast
from logminer.curves.learning import held_out_folds, worth
from logminer.curves.mixing import Evidence
from logminer.curves.model import CurveModel
from logminer.curves.peers import SHARES, Peers, peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.sampling import past_questions
from logminer.curves.stopping import Rule, Standing
from logminer.curves.tidy import Modes, tidy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHECKPOINTS = tuple(sorted({1 / 27, 1 / 9, 1 / 3, *np.round(np.arange(0.05, 0.96, 0.05), 2)}))
"""Shares of the full budget at which rules are asked."""
FEWEST_RUNS = 4
_FEW_DRAWN = 8
Fitted = Callable[[], CurveModel]
"""A model fitted when first asked for."""
_SLACK = 1e-9
_FEWEST_POINTS = 4
_EACH = 6  # questions about each run that tell what peers are worth


@dataclass(frozen=True)
class Race:
    """The logged runs of one task, n of them.

    Attributes:
        task: name.
        prefixes: the cleaned curves, of the task's other runs too.
        curve: (n,), which of them the runs are.
        peers: (n,), the runs as each other's peers, known to their end.
        shares: (k,), checkpoints.
        losses: (n, k), losses there; infinite where the run had diverged.
        final: (n,), last losses; infinite where the run diverged.
        end: (n,), last steps.
        scale: median first loss less best final loss: the unit of regret.
    """

    task: str
    prefixes: Prefixes
    curve: Ints
    peers: Peers
    shares: Floats
    losses: Floats
    final: Floats
    end: Floats
    scale: float
    _asked: dict[bytes, Forecast] = field(default_factory=dict, compare=False)
    _worth: dict[str, Evidence | None] = field(default_factory=dict, compare=False)

    def drawn(self, rows: Ints) -> "Race":
        """The race of some of the runs, in the order given; what there is to gain stays that of all."""
        return replace(
            self, curve=self.curve[rows], peers=self.peers.take(rows), losses=self.losses[rows],
            final=self.final[rows], end=self.end[rows], _asked={}, _worth={},
        )  # fmt: skip

    def standing(self, running: Ints, stopped: Floats, k: int, model: Fitted) -> Standing:
        """Where runs stand at checkpoint k.

        Args:
            running: the runs at that checkpoint.
            stopped: (n,), share of its budget each run has been granted so far; 1 for a finished one.
            k: the checkpoint.
            model: answers a rule that asks for a forecast.
        """
        seen = self.shares[: k + 1] <= stopped[:, None] + _SLACK
        losses = np.where(seen, self.losses[:, : k + 1], np.nan)
        at = np.isin(np.arange(len(stopped)), running)
        final = np.where((stopped >= 1) & ~at, self.final, np.nan)
        ask = partial(self._forecast, running, stopped.copy(), model)
        return Standing(self.shares[: k + 1], losses, at, final, ask)

    def _forecast(self, running: Ints, stopped: Floats, model: Fitted) -> Forecast:
        # Rules that have stopped the same runs so far ask the same.
        key = running.tobytes() + stopped.tobytes()
        if key not in self._asked:
            self._asked[key] = self._predict(running, stopped, model())
        return self._asked[key]

    def _predict(self, running: Ints, stopped: Floats, model: CurveModel) -> Forecast:
        """Forecast running runs beside all that have started, each seen as far as it was granted."""
        curves, curve, end = self.prefixes.curves, self.curve[running], self.end[running]
        granted = end * stopped[running]
        # A run that has not logged yet is taken to have logged its first point.
        cut = curves.step[self.prefixes.row(curve, granted)]
        known = np.where(stopped[:, None] + _SLACK >= SHARES, self.peers.values, np.nan)
        company = replace(self.peers, values=known).take(np.flatnonzero(stopped > 0))
        every = np.ones(len(running))
        asked = Queries(curve, cut, end, end, every, every)
        described = describe(self.prefixes, asked, company, np.random.default_rng(model.seed))
        units, unlike, basis = model.distribution(described, self._known(stopped, running, model))
        facts = pd.DataFrame({
            "task": self.task, "run": curves.run[curve], "seen": cut, "target": end, "basis": basis,
            "unlike": unlike, "diverged": granted >= curves.died[curve],
        })  # fmt: skip
        return Forecast(facts, curves.sign[curve], described.to_loss(units))

    def _known(self, stopped: Floats, running: Ints, model: CurveModel) -> Evidence | None:
        """What forest and peers were worth on the runs that have ended."""
        ended = np.setdiff1d(np.flatnonzero(stopped >= 1 - _SLACK), running)
        if not len(ended):
            return None
        if "all" not in self._worth:
            rng = np.random.default_rng(model.seed)
            end = self.prefixes.curves.end
            some = self.curve[np.diff(self.prefixes.curves.start)[self.curve] > _FEWEST_POINTS]
            asked, answer = past_questions(self.prefixes, end, some, _EACH, rng)
            every = np.ones(len(asked))
            asked = replace(asked, until=every, among=every)
            questions = (asked, answer)
            self._worth["all"] = worth(self.prefixes, self.peers, questions, model.experience, rng)
        known = self._worth["all"]
        runs = self.prefixes.curves.run[self.curve[ended]].astype(str)
        return None if known is None else known.take(np.isin(known.run, runs))


def replay(
    curves: pd.DataFrame,
    rules: Mapping[str, Rule],
    mode: Modes = "min",
    *,
    together: bool = True,
    checkpoints: tuple[float, ...] = CHECKPOINTS,
    repeats: int = 0,
    share: float = 0.6,
    seed: int = 0,
    base: CurveModel | None = None,
) -> pd.DataFrame:
    """Replay stopping rules over logged runs, one task at a time, with a model that has not seen the task.

    One order of one set of runs says little: whether the best run comes first, or looks bad at a rung, is luck.
    Repeats draw some of a task's runs in random order.

    Args:
        curves: as for ``CurveModel.fit``; only finished runs are replayed.
        rules: the rules, by name.
        mode: direction of the metric.
        together: whether the runs of a task go on side by side, or each starts when the one before has ended.
        checkpoints: shares of the full budget at which rules are asked.
        repeats: how often each task is replayed with runs drawn at random; 0 for once, all of them as logged.
        share: how many of a task's runs are drawn, as a share; at least eight where there are so many.
        seed: seed of the models and of the draws.
        base: what the models learn further from; what comes with logminer if None.

    Returns:
        One row a rule, task and repeat: ``rule``, ``task``, ``repeat``, ``runs``, ``saved`` (share of all steps not run), ``regret``
        (best loss found less the best there was, over what there was to gain) and ``lost`` (whether the best
        run was stopped).
    """
    rows = []
    go = _together if together else _one_by_one
    for whole, model in _races(
        curves, mode, np.array(sorted(checkpoints)), base or CurveModel(seed)
    ):
        for repeat, race in enumerate(_drawn(whole, repeats, share, seed)):
            for name, rule in rules.items():
                granted = go(race, rule, model)
                facts = {"rule": name, "task": race.task, "repeat": repeat, "runs": len(granted)}
                rows.append({**facts, **_score(race, granted)})
    return pd.DataFrame(rows, columns=["rule", "task", "repeat", "runs", "saved", "regret", "lost"])


def summarise(replayed: pd.DataFrame) -> pd.DataFrame:
    """One row a rule over all tasks, each of which counts once.

    Columns ``rule``, ``tasks``, ``saved`` and ``regret`` (means), ``lost``: in how many tasks the best run is lost,
    repeats counting by their share.
    """
    by_task = replayed.groupby(["rule", "task"], sort=False)[["saved", "regret", "lost"]].mean()
    return by_task.groupby("rule", sort=False).agg(
        tasks=("saved", "size"),
        saved=("saved", "mean"),
        regret=("regret", "mean"),
        lost=("lost", "sum"),
    ).reset_index()  # fmt: skip


def _drawn(race: Race, repeats: int, share: float, seed: int) -> Iterator[Race]:
    """The race itself, or repeats with some of its runs; a draw without a run that ends well is no race."""
    if not repeats:
        yield race
        return
    rng = np.random.default_rng(seed)
    n = len(race.final)
    some = min(max(round(share * n), _FEW_DRAWN), n)
    for _ in range(repeats):
        rows = rng.permutation(n)[:some]
        if np.isfinite(race.final[rows]).any():
            yield race.drawn(rows)


def _races(
    curves: pd.DataFrame, mode: Modes, shares: Floats, base: CurveModel
) -> Iterator[tuple[Race, Fitted]]:
    """Each task with a model fitted on the others."""
    if curves.empty:
        return
    clean = tidy(curves, mode)
    fold = dict(zip(clean.task, held_out_folds(clean, np.arange(len(clean))), strict=True))
    for k in sorted(set(fold.values())):
        held_out = curves["task"].map(fold) == k
        others = curves[~held_out]
        # As in a look at running runs, where trees of one's own are worth their seconds from so many runs on.
        forest = others["run"].nunique() >= GROWN
        model = cache(partial(base.fit, others, mode, forest=forest))
        for _, rows in curves[held_out].groupby("task", sort=True):
            race = _race(rows, mode, shares)
            if race:
                yield race, model


def _race(rows: pd.DataFrame, mode: Modes, shares: Floats) -> Race | None:
    """One task's finished runs; None where there are too few."""
    clean = tidy(rows, mode)
    kept = np.flatnonzero(clean.finished & (np.diff(clean.start) > 0))
    if len(kept) < FEWEST_RUNS:
        return None
    prefixes, end = Prefixes(clean), clean.end[kept]
    steps = end[:, None] * shares
    losses = prefixes.at(np.repeat(kept, len(shares)), steps.ravel()).reshape(steps.shape)
    losses[steps >= clean.died[kept][:, None]] = np.inf
    final = clean.loss[clean.start[kept + 1] - 1].copy()
    final[np.isfinite(clean.died[kept])] = np.inf
    if not np.isfinite(final).any():
        return None
    filled = np.flatnonzero(np.diff(clean.start) > 0)
    peers = peers_of(prefixes, clean.end).take(np.searchsorted(filled, kept))
    scale = max(float(np.median(prefixes.first[kept]) - final.min()), 1e-300)
    return Race(str(clean.task[0]), prefixes, kept, peers, shares, losses, final, end, scale)


def _together(race: Race, rule: Rule, model: Fitted) -> Floats:
    """Share of its budget each run is granted when all go on side by side."""
    granted = np.zeros(len(race.final))
    running = np.arange(len(granted))
    for k, share in enumerate(race.shares):
        if not len(running):
            break
        granted[running] = share
        running = running[~rule(race.standing(running, granted, k, model))]
    granted[running] = 1.0
    return granted


def _one_by_one(race: Race, rule: Rule, model: Fitted) -> Floats:
    """The same when each run starts after the one before has ended."""
    granted = np.zeros(len(race.final))
    for i in range(len(granted)):
        for k, share in enumerate(race.shares):
            granted[i] = share
            before = np.where(np.arange(len(granted)) <= i, granted, 0.0)
            if rule(race.standing(np.array([i]), before, k, model))[0]:
                break
        else:
            granted[i] = 1.0
    return granted


def _score(race: Race, granted: Floats) -> dict[str, float | bool]:
    place = np.searchsorted(race.shares, granted - _SLACK)
    reached = np.column_stack([race.losses, race.final])[np.arange(len(granted)), place]
    best = race.final.min()
    regret = max(float(np.min(reached)) - best, 0.0) / race.scale
    return {
        "saved": 1 - float(granted @ race.end) / max(float(race.end.sum()), 1e-300),
        "regret": min(regret, 1.0),
        "lost": bool(granted[int(race.final.argmin())] < 1),
    }
