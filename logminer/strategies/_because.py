"""The evidence a suggestion names: runs, what they ranked, and how near they are."""

import numpy as np
from numpy.typing import NDArray

from logminer.core.prior import PastTask
from logminer.transfer.mined import Mined
from logminer.transfer.portfolio import regrets

Array = NDArray[np.float64]
_GOOD = 0.2  # normalised regret below which a config did well on a task


def ordinal(place: int) -> str:
    """A place in words: 1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def ranked(task: PastTask, row: int) -> str:
    """What a run was among the runs of its task: ``"run a/b was 2nd of 312 on wmt"``."""
    run = f"run {task.runs[row]}" if task.runs[row] else "a run"
    return f"{run} was {ordinal(int(task.places[row]))} of {len(task)} on {task.name}"


def of_past_trial(past: Mined, trial: int, place: int = 0) -> tuple[str, ...]:
    """Why a past config is proposed; ``place`` is its place in the portfolio, 0 when it has none."""
    task = past.model.prior.tasks[past.model.task[trial]]
    lines = [ranked(task, int(past.model.row[trial]))]
    if place:
        regret = regrets(past.model)[:, trial]
        good = int((regret <= _GOOD).sum())
        lines.append(
            f"{ordinal(place)} in the portfolio: expected among the best on {good} of {past.model.count} past tasks"
        )
    return tuple(lines)


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
