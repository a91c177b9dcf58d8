"""Raw logged points to clean curves: restarts cut, divergence noted, dense logs thinned.

Everything above this module sees losses (lower is better) on a common time axis that starts at step 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.errors import UsageError
from logminer.core.objective import LARGEST

Floats = NDArray[np.float64]
Modes = str | Mapping[str, str]

REQUIRED = ("task", "run", "step", "value")
OPTIONAL = ("config", "mode", "finished", "horizon")
DENSE = 400
"""A curve with more points than this is averaged into as many bins (see ``_thin``)."""
SHUFFLED = 0.1
"""Share of backward jumps above which rows are taken to be in no order, not restarts."""


@dataclass(frozen=True)
class Curves:
    """Clean curves of n runs, one after another in flat arrays.

    Attributes:
        task: object (n,), the task of each run.
        run: object (n,), the run's identity.
        config: object (n,), what repeats of a run under other seeds share; its own run where unknown.
        sign: float (n,), 1 where the metric is minimised and -1 where it is maximised.
        start: int (n + 1,), run i holds points ``start[i]:start[i + 1]``.
        step: float, finite and increasing within a run.
        loss: float, finite, lower is better.
        noise: float (n,), within-bin standard deviation of a thinned curve, else 0.
        end: float (n,), last step seen, whether its value was finite or not.
        died: float (n,), step from which on no value is finite any more; infinite where the last one is.
        restarts: int (n,), how often the log went back to an earlier step.
        finished: bool (n,), whether the run ended by itself; True where nothing is said.
        horizon: float (n,), step at which the run was to end; NaN where nothing is said.
        params: one row a run; the remaining columns of the frame, by name.
    """

    task: NDArray[np.object_]
    run: NDArray[np.object_]
    config: NDArray[np.object_]
    sign: Floats
    start: NDArray[np.int64]
    step: Floats
    loss: Floats
    noise: Floats
    end: Floats
    died: Floats
    restarts: NDArray[np.int64]
    finished: NDArray[np.bool_]
    horizon: Floats
    params: pd.DataFrame

    def __len__(self) -> int:
        return len(self.run)

    def points(self, i: int) -> tuple[Floats, Floats]:
        """Steps and losses of run i."""
        rows = slice(self.start[i], self.start[i + 1])
        return self.step[rows], self.loss[rows]


def tidy(frame: pd.DataFrame, mode: Modes = "min") -> Curves:
    """Clean the points of many runs.

    Rows of a run are taken in the order in which they were logged: a step that goes back is a restart, and
    what the abandoned attempt logged from there on is dropped. Rows in no order at all are sorted instead.
    Values that are not finite are dropped; a run that ends in one has diverged.

    Args:
        frame: columns ``task``, ``run``, ``step``, ``value``, and optional ones that hold one value a run:
            ``config`` (what repeats of a run share), ``mode``, ``finished`` (whether the run ended by itself),
            ``horizon`` (step at which it was to end). Any other column is a hyperparameter.
        mode: ``"min"`` or ``"max"``, for all or by task; a ``mode`` column in the frame comes first.

    Raises:
        UsageError: a column is missing or a mode is neither ``min`` nor ``max``.
    """
    missing = [name for name in REQUIRED if name not in frame]
    if missing:
        raise UsageError(
            f"curves lack the column '{missing[0]}'", hint=f"columns needed: {', '.join(REQUIRED)}"
        )
    order, start = _by_run(frame)
    facts = frame.iloc[order[start[:-1]]].reset_index(drop=True)
    sign = _signs(facts, mode)
    step, value = (
        frame[name].to_numpy(dtype=np.float64, na_value=np.nan)[order] for name in ("step", "value")
    )
    cleaned = [
        _clean(step[a:b], value[a:b] * up)
        for (a, b), up in zip(pairwise(start.tolist()), sign, strict=True)
    ]
    run = facts["run"].to_numpy(dtype=object)
    return Curves(
        task=facts["task"].to_numpy(dtype=object),
        run=run,
        config=facts["config"].to_numpy(dtype=object) if "config" in facts else run,
        sign=sign,
        start=np.cumsum([0, *(len(c.step) for c in cleaned)]).astype(np.int64),
        step=np.concatenate([c.step for c in cleaned]) if cleaned else np.empty(0),
        loss=np.concatenate([c.loss for c in cleaned]) if cleaned else np.empty(0),
        noise=np.array([c.noise for c in cleaned], dtype=np.float64),
        end=np.array([c.end for c in cleaned], dtype=np.float64),
        died=np.array([c.died for c in cleaned], dtype=np.float64),
        restarts=np.array([c.restarts for c in cleaned], dtype=np.int64),
        finished=_column(facts, "finished", default=1.0) != 0,
        horizon=_column(facts, "horizon", default=np.nan),
        params=facts.drop(columns=[*REQUIRED, *OPTIONAL], errors="ignore"),
    )


def _by_run(frame: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows with a step, run by run as logged, and where among them each run starts (one more than there are runs)."""
    keys = pd.MultiIndex.from_arrays([frame["task"].astype(object), frame["run"].astype(object)])
    group, _ = pd.factorize(keys)
    step = frame["step"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.flatnonzero(np.isfinite(step) & (group >= 0))
    order = known[np.argsort(group[known], kind="stable")]
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    return order, np.append(begins, len(order))


def _column(facts: pd.DataFrame, name: str, *, default: float) -> Floats:
    if name not in facts:
        return np.full(len(facts), default)
    return facts[name].astype(object).fillna(default).to_numpy(dtype=np.float64)


def _signs(facts: pd.DataFrame, mode: Modes) -> Floats:
    if "mode" in facts:
        modes = facts["mode"].astype(str)
    elif isinstance(mode, str):
        modes = pd.Series(mode, index=facts.index)
    else:
        modes = facts["task"].map(dict(mode)).astype(str)
    wrong = modes[~modes.isin(["min", "max"])]
    if len(wrong):
        task = facts["task"].loc[wrong.index[0]]
        raise UsageError(f"mode of task '{task}' is '{wrong.iloc[0]}'", hint="say 'min' or 'max'")
    return np.where(modes.to_numpy() == "min", 1.0, -1.0)


@dataclass(frozen=True)
class _Clean:
    step: Floats
    loss: Floats
    noise: float
    end: float
    died: float
    restarts: int


def _clean(step: Floats, loss: Floats) -> _Clean:
    """One run's points in logged order, cleaned."""
    back = np.flatnonzero(np.diff(step) < 0)
    shuffled = len(back) > max(2, SHUFFLED * len(step))
    if shuffled:
        order = np.argsort(step, kind="stable")
        step, loss = step[order], loss[order]
    # A point counts unless a later row logged its step, or an earlier one, anew.
    later = np.minimum.accumulate(step[::-1])[::-1]
    keep = np.append(step[:-1] < later[1:], True)
    step, loss = step[keep], loss[keep]
    step = step - min(step[0], 0.0)
    finite = np.abs(loss) < LARGEST  # false for NaN
    alive = len(step) - int(np.argmax(finite[::-1])) if finite.any() else 0
    end, died = float(step[-1]), float(step[alive]) if alive < len(step) else np.inf
    step, loss, noise = _thin(step[finite], loss[finite])
    return _Clean(step, loss, noise, end, died, 0 if shuffled else len(back))


def _thin(step: Floats, loss: Floats) -> tuple[Floats, Floats, float]:
    """Average a dense curve in bins of equally many points, and note the spread within bins.

    The first point stays as it is: much is learned within the first bin. Elsewhere the median stands for
    a bin, so that one spike among minibatch losses does not.
    """
    n = len(step)
    if n <= DENSE:
        return step, loss, 0.0
    edges = np.concatenate([[0], np.linspace(1, n, DENSE).astype(int)])
    parts = [slice(a, b) for a, b in pairwise(edges)]
    middle = np.array([np.median(loss[p]) for p in parts])
    spread = [float(np.median(np.abs(loss[p] - m))) for p, m in zip(parts, middle, strict=True)]
    return np.array([step[p][-1] for p in parts]), middle, 1.4826 * float(np.median(spread))
