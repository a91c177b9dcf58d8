"""Is the database sound, and does it still fit the logs on disk?"""

import os
from dataclasses import dataclass

from logminer.store import Store
from logminer.workflows._remote import is_address
from logminer.workflows.shortfall import Shortfall, shortfall
from logminer.workflows.unfinished import unfinished


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Attributes:
        what: what was checked.
        ok: whether it is as it should be.
        found: what was found, in a few words.
    """

    what: str
    ok: bool
    found: str


def examine(store: Store) -> list[Finding]:
    """Check a store: counts against each other, files against the disk, problems of the last reading."""
    counts, sources = store.read.counts(), store.read.sources().values()
    recorded = sum(source.points for source in sources)
    read = [s for s in sources if s.format and not is_address(s.path)]
    gone = [s.path for s in read if not os.path.exists(s.path)]
    changed = [s.path for s in read if os.path.exists(s.path) and os.path.getsize(s.path) != s.size]
    orphans = store.read.sql(
        "SELECT count(*) AS n FROM point WHERE run NOT IN (SELECT id FROM run_key) "
        "OR source NOT IN (SELECT id FROM source) OR metric NOT IN (SELECT id FROM metric)"
    )["n"].iloc[0]
    broken_off, short = unfinished(store), shortfall(store)
    return [
        Finding(
            "every ingest has ended",
            not broken_off,
            _some(broken_off, "broken off; ingest them again"),
        ),
        Finding(
            "points of each file add up",
            recorded == counts["points"],
            f"{counts['points']:,} points",
        ),
        Finding("every point has its run, file and metric", not orphans, f"{orphans:,} without"),
        Finding(
            "files read before are still there",
            not gone,
            _some(gone, "gone; what was read is kept"),
        ),
        Finding(
            "files are as they were read", not changed, _some(changed, "changed; ingest them again")
        ),
        Finding("files could be read", not short.problems, _said(short)),
    ]


def _said(short: Shortfall) -> str:
    if short.problems:
        return f"{short}; logminer problems lists them"
    return f"{short}, first {short.first}" if short.first else str(short)


def _some(paths: list[str], what: str) -> str:
    return f"{len(paths):,} {what}, first {paths[0]}" if paths else "all"
