"""Steps of the lines of one run: epochs, ways through epochs and global counters as one axis.

The counters themselves tell what they are. One that starts anew with each epoch counts within it, and becomes
``epoch * length + way``; one that goes on is global. An epoch that ends a row of batches stands behind the last of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_MOST = float(2**62)  # what a hostile line multiplies still fits


@dataclass(frozen=True)
class Axis:
    """Positions of n lines in the order of the log.

    Attributes:
        step: float (n,), whole numbers.
        unit: what they count: ``"step"``, ``"epoch"`` or ``"batch"`` (epochs and ways through them).
        first: the first epoch, NaN where none is told.
    """

    step: Floats
    unit: str
    first: float = np.nan


def axis_of(epoch: Floats, step: Floats, length: Floats, batch: NDArray[np.bool_]) -> Axis:
    """One axis for the lines of a run.

    Args:
        epoch: (n,), NaN where a line tells none.
        step: (n,), global or within the epoch, NaN where a line tells none.
        length: (n,), steps of an epoch, NaN where a line tells none.
        batch: (n,), whether the counter says itself that it counts within an epoch.
    """
    with np.errstate(all="ignore"):  # hostile positions are clipped where they become steps
        return _axis_of(epoch, step, length, batch)


def _axis_of(epoch: Floats, step: Floats, length: Floats, batch: NDArray[np.bool_]) -> Axis:
    has_epoch, has_step = ~np.isnan(epoch), ~np.isnan(step)
    first = float(epoch[has_epoch][0]) if has_epoch.any() else np.nan
    both = has_epoch & has_step
    if not has_step.any():
        return Axis(_whole_epochs(epoch), "epoch", first)
    if both.any() and _starts_anew(epoch[both], step[both], batch[both]):
        return Axis(_within_epochs(epoch, step, length), "batch", first)
    whole = np.where(has_step, step, np.nan)
    if both.any() and np.any(epoch[has_epoch] % 1 != 0):  # a share of an epoch is so many steps
        far = np.flatnonzero(both & (epoch > 0))
        if len(far):
            ratio = step[far[-1]] / epoch[far[-1]]
            whole = np.where(has_step, step, np.round(epoch * ratio))
    return Axis(_carried(whole), "step", first)


def _whole_epochs(epoch: Floats) -> Floats:
    """Epochs as whole numbers; where some are shares of one, all are counted in hundredths, or finer if need be."""
    known = _carried(epoch)
    parts = known[np.isfinite(known)]
    for scale in (1.0, 100.0, 1e4, 1e6):
        if np.all(np.abs(parts * scale - np.round(parts * scale)) < 1e-6 * scale):
            break
    return np.round(known * scale)


def _starts_anew(epoch: Floats, step: Floats, batch: NDArray[np.bool_]) -> bool:
    """Whether a counter starts anew with the epochs; where only one epoch is told its name decides."""
    later = np.flatnonzero(np.diff(epoch) > 0)
    if len(later):
        return bool(np.any(step[later + 1] <= step[later]))
    return bool(batch.all())


def _within_epochs(epoch: Floats, step: Floats, length: Floats) -> Floats:
    has_step = ~np.isnan(step)
    if np.isnan(length).all():
        ways = np.unique(step[has_step])
        lengths = np.full(len(step), ways[-1] + (np.diff(ways).min() if len(ways) > 1 else 1.0))
    else:
        known = np.flatnonzero(~np.isnan(length))
        lengths = _carried(length)
        lengths[: known[0]] = length[known[0]]
    epochs = _carried(epoch)
    # Evaluations may count the epochs that are over, from 1, where training counts from 0.
    trained = _carried(np.where(has_step, epoch, np.nan))
    over = np.where(has_step.cumsum() > 0, np.where(epochs == trained + 1, trained, epochs), epochs)
    position: Floats = np.where(has_step, epochs * lengths + step, (over + 1) * lengths)
    position[position > _MOST] = _MOST
    return position


def _carried(values: Floats) -> Floats:
    """Each unknown value as the last known one before it; those before all known ones as 0."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    carried = values[np.maximum(last, 0)]
    carried[last < 0] = 0.0
    return carried
