"""Which tasks search the same things? Only those can teach each other.

A folder of logs may hold projects that have nothing to do with each other. Tasks are related when the
hyperparameters recorded for them are mostly the same.
"""

import pandas as pd

from logminer.core.names import canonical, is_incidental

_SHARED = 0.5
_CONTAINED = 0.8
_FEWEST_SHARED = 3
_MOST = 0.5  # of a group's tasks, to which one that joins it is related


def families(params: pd.DataFrame, tasks: pd.Series) -> list[list[str]]:
    """Groups of related tasks, the one with most runs first.

    Two tasks are related when at least half of the names recorded for either are recorded for both, or when
    one has nearly all its names, three at least, in the other. A task joins the group in which it is related to most,
    and to half of the tasks at least: a chain of tasks, each a little like the next, is no group.

    Args:
        params: long frame ``run``, ``name``, ``kind`` of recorded parameters.
        tasks: task of each run, indexed by run id.
    """
    counts = tasks.value_counts()
    names = _names(params, tasks)
    groups: list[list[str]] = []
    for task in counts.index:
        own = names.get(task, frozenset())
        shares = [_share(own, [names.get(t, frozenset()) for t in group]) for group in groups]
        if shares and max(shares) >= _MOST:
            groups[shares.index(max(shares))].append(str(task))
        else:
            groups.append([str(task)])
    return sorted((sorted(g) for g in groups), key=lambda g: (-sum(int(counts[t]) for t in g), g))


def _names(params: pd.DataFrame, tasks: pd.Series) -> dict[str, frozenset[str]]:
    rows = params[params["kind"].isin(["param", "path"]) & params["run"].isin(tasks.index)]
    meant = {name: canonical(name) for name in rows["name"].unique() if not is_incidental(name)}
    rows = rows[rows["name"].isin(meant)]
    by_task = rows["name"].map(meant).groupby(rows["run"].map(tasks))
    return {str(task): frozenset(found) for task, found in by_task}


def _share(own: frozenset[str], group: list[frozenset[str]]) -> float:
    """Share of the tasks of a group to which a task is related."""
    return sum(_related(own, other) for other in group) / len(group)


def _related(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return one == other
    shared = len(one & other)
    contained = shared >= _FEWEST_SHARED and shared >= _CONTAINED * min(len(one), len(other))
    return contained or shared >= _SHARED * len(one | other)
