"""Settling runs after reading: labels, what their paths tell, and folders whose parameters hold below."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from logminer.core.vocabulary import describe
from logminer.store import Store
from logminer.store.rows import PathParam, RunKey, first_name
from logminer.workflows._paths import (
    compile_pattern,
    path_levels,
    path_values,
    pattern_levels,
    relative_to,
)


def settle_runs(store: Store, *, anew: bool) -> None:
    """Derive, for all runs, what depends on more than one file.

    Args:
        store: open for writing.
        anew: whether the folders ingested changed; else it is done when there are runs without a label yet, or
            folders that turned out to be runs, so that files that merely grew cost nothing here.
    """
    marked = mark_measured(store)
    runs, bases = store.read.run_keys(), store.read.bases()
    if not (anew or marked or any(row.name == first_name(row.root, row.key) for row in runs)):
        return
    places = {row.id: relative_to(row.root, bases) for row in runs}
    store.write.inherits(_parents(runs))
    store.write.names(_names(runs, places))
    store.write.path_params(_path_params(places, bases), places)


def mark_measured(store: Store) -> bool:
    """Mark the runs of which something measured is stored, undeclared numbers with a measure's name included.

    Returns:
        Whether any was marked.
    """
    measures = [name for name in store.read.cell_names() if describe(name).kind == "measure"]
    return store.write.mark_measured(measures)


def _parents(runs: Sequence[RunKey]) -> dict[int, int | None]:
    """For each run the nearest folder above it that holds parameters but no measurements."""
    unmeasured = {row.root: row.id for row in runs if not row.measured and not row.key}
    parents: dict[int, int | None] = {}
    for row in runs:
        above: str = row.root
        parent: int | None = None
        while parent is None and above != (above := os.path.dirname(above)):
            parent = unmeasured.get(above)
        if parent != row.inherits:
            parents[row.id] = parent
    return parents


def _names(runs: Sequence[RunKey], places: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Short labels: the path below the ingested folder, made longer where two would be alike."""
    short = {r.id: _label(places[r.id][1], r.key) for r in runs}
    long = {
        r.id: _label(f"{os.path.basename(places[r.id][0])}/{places[r.id][1]}", r.key) for r in runs
    }
    full = {r.id: _label(r.root, r.key) for r in runs}
    often_short, often_long = Counter(short.values()), Counter(long.values())
    named = {
        i: short[i]
        if often_short[short[i]] == 1
        else long[i]
        if often_long[long[i]] == 1
        else full[i]
        for i in short
    }
    return {r.id: named[r.id] for r in runs if r.name != named[r.id]}


def _label(path: str, key: str) -> str:
    return f"{path}#{key}" if key else path


def _path_params(
    places: Mapping[int, tuple[str, str]], bases: Mapping[str, str]
) -> list[PathParam]:
    compiled = {base: compile_pattern(pattern) for base, pattern in bases.items() if pattern}
    told = lru_cache(maxsize=None)(path_values)
    params = []
    for run, (base, relative) in places.items():
        named = pattern_levels(relative, compiled[base]) if base in compiled else None
        levels = path_levels(relative) if named is None else named
        params += [PathParam(run, name, value, "level") for name, value in levels.items()]
        params += [PathParam(run, name, value, "path") for name, value in told(relative).items()]
    return params
