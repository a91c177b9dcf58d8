"""Ingests that were killed: said until the same folder, or one above it, was read to its end."""

import shlex

import pandas as pd

from logminer.core.problem import Problem
from logminer.store import Store

_WHAT = "the last ingest of it did not end: what it had read is stored"


def unfinished(store: Store) -> list[str]:
    """Paths given to an ingest that has not ended, sorted."""
    rows = store.read.sql(
        f"SELECT DISTINCT path FROM problem WHERE source = 0 AND what = '{_WHAT}' ORDER BY path"  # noqa: S608
    )
    return [str(path) for path in rows["path"]]


def begun(path: str) -> Problem:
    """What is stored of a path while it is ingested; the next look at it replaces that."""
    return Problem(path, _WHAT)


def without_begun(problems: pd.DataFrame) -> pd.DataFrame:
    """Problems but for what says that an ingest has not ended, for who is just ingesting."""
    return problems[problems["what"] != _WHAT]


def remark(store: Store) -> str:
    """One sentence for who looks at a store, empty when every ingest has ended."""
    paths = unfinished(store)
    if not paths:
        return ""
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    command = f"logminer ingest {shlex.quote(paths[0])}"
    return f"the last ingest of {paths[0]}{more} did not end, what it had read is shown: {command}"
