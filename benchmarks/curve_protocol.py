"""The questions asked of forecasts on logged curves, and the unit that answers are measured in."""

from pathlib import Path

import numpy as np
import pandas as pd

from logminer.curves.features import Queries
from logminer.curves.prefixes import Prefixes
from logminer.curves.tidy import tidy
from logminer.store import open_store
from logminer.workflows.history import mine_history
from logminer.workflows.stopping import past_curves

CUTS = (0.1, 0.2, 0.4, 0.6, 0.8)
FOLDS = 8
EACH = 6
"""Questions about each other run of a problem, which tell how far to trust its peers."""
LOST = 1.2
"""What a diverged run is worth, in u."""


def logged_curves(path):
    """Curves of all runs in a store: the frame of ``past_curves`` with ``problem`` and ``collection``."""
    parts = []
    with open_store(path) as store:
        for family in mine_history(store, everything=True).families:
            mined = mine_history(store, task=family[0])
            objectives = past_curves(store, mined)
            losses = {t: m for t in family if (m := validation_loss(store, mined, t))}
            both = [objectives, past_curves(store, mined, losses)] if losses else [objectives]
            for kind, frame in zip(("objective", "loss"), both, strict=False):
                mine = frame[frame["task"].isin(family if kind == "objective" else losses)]
                name = Path(store.read.runs().loc[mine["run"].iloc[0], "name"]).parts[0]
                parts.append(
                    mine.assign(
                        problem=mine["task"], collection=name, task=mine["task"] + "|" + kind
                    )
                )
    return pd.concat(parts, ignore_index=True)


def validation_loss(store, mined, task):
    """A validation (else test) loss of the task beside its objective; None where that is a loss itself."""
    chosen = mined.history.objectives[task].metric
    if chosen.lower().endswith(("loss", "losses")):
        return None
    runs = mined.history.of(task).trials.index
    logged = store.read.run_metrics()
    names = sorted(set(logged[logged["run"].isin(runs)]["metric"]) - {chosen})
    for word in ("val", "test"):
        fit = [n for n in names if word in n.lower() and n.lower().endswith(("loss", "losses"))]
        if fit:
            return min(fit, key=len)
    return None


def bare(frame):
    """Curves without what only the protocol knows, as the model and the rules take them."""
    return frame.drop(columns=["problem", "collection"])


class Protocol:
    """The questions, their answers, and the unit they are measured in."""

    def __init__(self, frame):
        self.frame = frame.reset_index(drop=True)
        self.curves = curves = tidy(bare(self.frame))
        self.prefixes = Prefixes(curves)
        logged = self.frame.groupby(["task", "run"]).size()
        keys = pd.MultiIndex.from_arrays([curves.task, curves.run])
        self.kept = np.flatnonzero((logged.reindex(keys) >= 10).to_numpy())
        self.problem, self.collection = self._of_task("problem"), self._of_task("collection")
        self._unit(pd.Series(curves.task))
        self.curve = np.repeat(self.kept, len(CUTS))
        self.share = np.tile(CUTS, len(self.kept))
        stop = curves.end[self.curve] * self.share
        self.dead = (stop >= curves.died[self.curve]) | (np.diff(curves.start)[self.curve] == 0)
        self.row = self.prefixes.row(self.curve, stop)
        self.truth = self.units(self.final[self.curve], self.curve)
        self.fold = self._folds()

    def _of_task(self, column):
        """What stands in a column of the frame, by curve."""
        by_task = dict(zip(self.frame["task"], self.frame[column], strict=True))
        return pd.Series(self.curves.task).map(by_task).to_numpy()

    def _unit(self, task):
        curves, filled = self.curves, np.diff(self.curves.start) > 0
        self.final = np.full(len(curves), np.inf)
        self.final[filled] = curves.loss[curves.start[1:][filled] - 1]
        self.final[np.isfinite(curves.died)] = np.inf
        some = task.index.isin(self.kept)
        ended, begun = pd.Series(self.final), pd.Series(self.prefixes.first)
        best = ended.where(some & np.isfinite(ended)).groupby(task).transform("min")
        first = begun.where(some & filled).groupby(task).transform("median")
        self.best, self.scale = best.to_numpy(), (first - best).to_numpy()

    def units(self, loss, curve):
        """Losses of curves in u; what is not known or not finite is a diverged run."""
        with np.errstate(divide="ignore", invalid="ignore"):  # a task whose runs are all equal
            u = (loss - self.best[curve]) / self.scale[curve]
        return np.clip(np.where(np.isfinite(u), u, LOST), -0.2, LOST)

    def _folds(self):
        """The fold of each question: problems whole, the largest first, each to the emptiest fold."""
        count = pd.Series(self.problem[self.kept]).value_counts()
        load, fold = np.zeros(FOLDS), {}
        for problem in sorted(count.index, key=lambda p: (-count[p], p)):
            fold[problem] = int(load.argmin())
            load[fold[problem]] += count[problem]
        return pd.Series(self.problem).map(fold).fillna(-1).to_numpy()[self.curve]

    def queries(self, rows):
        """The questions as the model takes them."""
        curve, every = self.curve[rows], np.ones(len(rows))
        end = self.curves.end[curve]
        return Queries(curve, self.curves.step[self.row[rows]], end, end, every, every)

    def tasks(self):
        """Names of the tasks (a metric of a problem each) that are asked about."""
        return np.unique(self.curves.task[self.kept].astype(str))

    def collections(self):
        """Names of the collections that are asked about."""
        return np.unique(self.collection[self.kept].astype(str))
