"""Times that cannot be: a run that ends before it starts, a clock that was set back, a log from the future.

Curves are in order of step, so no value is lost; but what is said of times does not hold, and is said once a file.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from logminer.core.parsed import ParsedLog, Points
from logminer.core.problem import Problem

_JITTER = 60.0  # seconds that several writers of one log may disagree
_AHEAD = 86_400.0  # seconds that the clock of another machine may be ahead of ours


def clock_problems(path: str, log: ParsedLog, now: float) -> list[Problem]:
    """What a log says of times that cannot be, a line each.

    Args:
        path: the file.
        log: what was read of it.
        now: Unix time of this machine.
    """
    with np.errstate(invalid="ignore"):
        found = [*_of_runs(log, now), *_of_points(log.points, now)]
    return [Problem(path, what) for what in dict.fromkeys(found)]


def _of_runs(log: ParsedLog, now: float) -> Iterator[str]:
    for run in log.runs:
        started, ended = run.started, run.ended
        if started is not None and ended is not None and ended < started:
            said = f"run '{run.key}'" if run.key else "the run"
            yield f"{said} ends {started - ended:.0f} s before it starts: how long it took is unknown"
        for time in (started, ended):
            if time is not None and time > now + _AHEAD:
                yield _future(time)


def _of_points(points: Points, now: float) -> Iterator[str]:
    if not len(points):
        return
    back = points.wall[:-1] - points.wall[1:]  # NaN where unknown
    if np.any(back > _JITTER):
        # From one curve or file to the next, and at a restart, times may go back; while steps climb they may not.
        same = (points.run[1:] == points.run[:-1]) & (points.step[1:] > points.step[:-1])
        jumps = back[same & (back > _JITTER)]
        if len(jumps):
            yield f"times go back while steps go on, by up to {jumps.max():.0f} s: curves follow the steps"
    latest = float(np.fmax.reduce(points.wall))
    if latest > now + _AHEAD:
        yield _future(latest)


def _future(time: float) -> str:
    try:
        said = datetime.fromtimestamp(time, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return f"a time in the future: {time:g} s"
    return f"a time in the future: {said}; was the clock wrong?"
