"""The evidence a suggestion names: runs, what they ranked, and how near they are."""

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import PastTask
from logminer.core.words import counted
from logminer.transfer.mined import Mined

Array = NDArray[np.float64]
_ALSO = 3  # further tasks named beside the best
_GOOD = 0.2  # normalised regret below which a config did well on a task


def ordinal(place: int) -> str:
    """A place in words: 1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def ranked(task: PastTask, row: int) -> str:
    """What a run's config was among the configs of its task: ``"run a/b was 2nd of 312 on wmt"``."""
    run = f"run {task.runs[row]}" if task.runs[row] else "a run"
    return f"{run} was {ordinal(int(task.places[row]))} of {task.distinct} on {task.name}"


def of_past_trial(past: Mined, trial: int, place: int = 0) -> tuple[str, ...]:
    """Why a past config is proposed; ``place`` is its place in the portfolio, 0 when it has none."""
    lines = _places(past, trial)
    drawn = [name for name in past.filled if name in past.configs[trial]]
    if drawn:
        lines.append(
            f"{', '.join(drawn)} drawn: no past run has {'one' if len(drawn) == 1 else 'them'}"
        )
    if place:
        good = int((past.regrets[:, trial] <= _GOOD).sum())
        lines.append(
            f"{ordinal(place)} in the portfolio: expected among the best on {good} of {past.model.count} past tasks"
        )
    return tuple(lines)


def _places(past: Mined, trial: int) -> list[str]:
    """What a past config was on every task it was run on, the best place first."""
    tasks = past.model.prior.tasks
    key = tasks[past.model.task[trial]].keys[past.model.row[trial]]
    rows = [
        (int(task.places[row]), task, row) for task in tasks for row in task.trials_of.get(key, ())
    ]
    rows.sort(key=lambda r: -r[1].losses[r[2]])  # of several seeds the best is named
    best = {task.name: (place, task, row) for place, task, row in rows}
    found = sorted(best.values(), key=lambda r: (r[0] / r[1].distinct, r[1].name))
    lines = [ranked(found[0][1], found[0][2])]
    if found[1:]:
        also = [
            f"{ordinal(p)} of {task.distinct} on {task.name}" for p, task, _ in found[1 : 1 + _ALSO]
        ]
        others = len(found) - 1 - _ALSO
        more = f", and run on {counted(others, 'other task')}" if others > 0 else ""
        lines.append(f"the same config was {', '.join(also)}{more}")
    return lines


def of_point(past: Mined, point: Array) -> tuple[str, ...]:
    """The past winner nearest to a point of the cube, and how far it is."""
    if not len(past.winners):
        return ()
    scaled = past.model.scaled(point[None])
    distances = np.sqrt(((past.model.inputs[past.winners] - scaled) ** 2).sum(1))
    nearest = int(past.winners[int(distances.argmin())])
    task = past.model.prior.tasks[past.model.task[nearest]]
    return (
        f"near a past winner (distance {distances.min():.2g} lengthscales): {ranked(task, int(past.model.row[nearest]))}",
    )
