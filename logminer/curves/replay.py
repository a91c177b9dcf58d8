"""What stopping rules would have saved, and lost, on runs that were logged to their end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.forecast import Forecast
from logminer.curves.learning import held_out_folds
from logminer.curves.model import CurveModel
from logminer.curves.prefixes import Prefixes, divisor
from logminer.curves.stopping import Rule, Standing
from logminer.curves.tidy import Modes, tidy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHECKPOINTS = tuple(sorted({1 / 27, 1 / 9, 1 / 3, *np.round(np.arange(0.05, 0.96, 0.05), 2)}))
"""Shares of the full budget at which rules are asked."""
FEWEST_RUNS = 4
Fitted = Callable[[], CurveModel]
"""A model fitted when first asked for."""
_SLACK = 1e-9


@dataclass(frozen=True)
class Race:
    """The logged runs of one task, n of them.

    Attributes:
        task: name.
        points: rows of the runs, with ``place`` (which run), ``part`` (share of its budget) and ``horizon``.
        shares: (k,), checkpoints.
        losses: (n, k), losses there; infinite where the run had diverged.
        final: (n,), last losses; infinite where the run diverged.
        end: (n,), last steps.
        scale: median first loss less best final loss: the unit of regret.
    """

    task: str
    points: pd.DataFrame
    shares: Floats
    losses: Floats
    final: Floats
    end: Floats
    scale: float

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
        ask = partial(self._forecast, running, stopped, model)
        return Standing(self.shares[: k + 1], losses, at, final, ask)

    def _forecast(self, running: Ints, stopped: Floats, model: Fitted) -> Forecast:
        place = self.points["place"].to_numpy()
        known = self.points["part"].to_numpy() <= stopped[place] + _SLACK
        # A run that has not logged yet is taken to have logged its first point.
        known |= self.points["first"].to_numpy() & (stopped[place] > 0)
        part = self.points[known]
        found = model().predict(part.drop(columns=["place", "part", "first"]))
        return found.take(np.flatnonzero(np.isin(part["place"].unique(), running)))


def replay(
    curves: pd.DataFrame,
    rules: Mapping[str, Rule],
    mode: Modes = "min",
    *,
    together: bool = True,
    checkpoints: tuple[float, ...] = CHECKPOINTS,
    seed: int = 0,
) -> pd.DataFrame:
    """Replay stopping rules over logged runs, one task at a time, with a model that has not seen the task.

    Args:
        curves: as for ``CurveModel.fit``; only finished runs are replayed.
        rules: the rules, by name.
        mode: direction of the metric.
        together: whether the runs of a task go on side by side, or each starts when the one before has ended.
        checkpoints: shares of the full budget at which rules are asked.
        seed: seed of the models.

    Returns:
        One row a rule and task: ``rule``, ``task``, ``runs``, ``saved`` (share of all steps not run), ``regret``
        (best loss found less the best there was, over what there was to gain) and ``lost`` (whether the best
        run was stopped).
    """
    rows = []
    for race, model in _races(curves, mode, np.array(sorted(checkpoints)), seed):
        for name, rule in rules.items():
            granted = _together(race, rule, model) if together else _one_by_one(race, rule, model)
            rows.append(
                {"rule": name, "task": race.task, "runs": len(granted), **_score(race, granted)}
            )
    return pd.DataFrame(rows, columns=["rule", "task", "runs", "saved", "regret", "lost"])


def summarise(replayed: pd.DataFrame) -> pd.DataFrame:
    """One row a rule over all tasks: mean ``saved``, mean ``regret``, and in how many tasks the best run is lost."""
    grouped = replayed.groupby("rule", sort=False)
    return grouped.agg(
        tasks=("task", "size"),
        saved=("saved", "mean"),
        regret=("regret", "mean"),
        lost=("lost", "sum"),
    ).reset_index()


def _races(
    curves: pd.DataFrame, mode: Modes, shares: Floats, seed: int
) -> Iterator[tuple[Race, Fitted]]:
    """Each task with a model fitted on the others."""
    if curves.empty:
        return
    clean = tidy(curves, mode)
    fold = dict(zip(clean.task, held_out_folds(clean, np.arange(len(clean))), strict=True))
    for k in sorted(set(fold.values())):
        held_out = curves["task"].map(fold) == k
        model = cache(partial(CurveModel(seed).fit, curves[~held_out], mode))
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
    prefixes = Prefixes(clean)
    steps = clean.end[kept][:, None] * shares
    losses = prefixes.at(np.repeat(kept, len(shares)), steps.ravel()).reshape(steps.shape)
    losses[steps >= clean.died[kept][:, None]] = np.inf
    final = clean.loss[clean.start[kept + 1] - 1].copy()
    final[np.isfinite(clean.died[kept])] = np.inf
    if not np.isfinite(final).any():
        return None
    scale = float(np.median(prefixes.first[kept]) - final.min())
    place = dict(zip(clean.run[kept], range(len(kept)), strict=True))
    points = rows[rows["run"].isin(place)].assign(place=rows["run"].map(place))
    points = points.sort_values("place", kind="stable")
    end = clean.end[kept][points["place"].to_numpy(dtype=int)]
    sign = clean.sign[0]
    points = points.assign(
        horizon=end, part=points["step"] / divisor(end), mode="min" if sign > 0 else "max",
        first=~points.duplicated("place"),
    )  # fmt: skip
    return Race(
        str(clean.task[0]), points, shares, losses, final, clean.end[kept], max(scale, 1e-300)
    )


def _together(race: Race, rule: Rule, model: Fitted) -> Floats:
    """Share of its budget each run is granted when all go on side by side."""
    granted = np.zeros(len(race.final))
    running = np.arange(len(granted))
    for k, share in enumerate(race.shares):
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
