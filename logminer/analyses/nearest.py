"""Which config that was really run is nearest to a given one?"""

from dataclasses import dataclass

import numpy as np

from logminer.core.history import History
from logminer.core.space import Config

_ABSENT = 0.5  # distance along a parameter that only one of the two has


@dataclass(frozen=True)
class Nearest:
    """The nearest run.

    Attributes:
        run: its id.
        words: its name and how near it is, in words.
        place: place of its config in the task, 1 the best.
        of: number of configs in the task.
    """

    run: int
    words: str
    place: int
    of: int


def nearest(config: Config, history: History) -> Nearest | None:
    """The run of one task whose config is nearest, by mean distance on the searched scales.

    Args:
        config: the config to compare with.
        history: runs of one task; those without a value are passed over.
    """
    from logminer.analyses import top

    rows = np.flatnonzero(history.losses.notna())
    if not len(rows):
        return None
    configs = history.config_dicts()
    unit = history.space.to_unit([config, *(configs[i] for i in rows)])
    one, others = unit[0], unit[1:]
    gap = np.abs(others - one)
    both_absent = np.isnan(others) & np.isnan(one)
    distance = np.where(np.isnan(gap), np.where(both_absent, 0.0, _ABSENT), gap).mean(axis=1)
    # Of equally near runs (other seeds) the first stands for all.
    best = rows[int(np.argmin(distance))]
    run = int(history.trials.index[best])
    table = top.analyse(history).per_task
    place = int(table.loc[table["config"] == history.config_ids.loc[run], "place"].iloc[0])
    near = "the same as" if distance.min() < 1e-9 else "nearest to"
    words = f"{near} {history.trials['name'].iloc[best]!s}"
    return Nearest(run, words, place, len(table))
