"""What was not read whole of the logs, in counts: the last word of ingest, and what problems and doctor say of it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from logminer.core.words import counted
from logminer.store import Store
from logminer.workflows.unfinished import without_begun


@dataclass(frozen=True)
class Shortfall:
    """What was not read whole.

    Attributes:
        problems: what could not be read, or only in part.
        unrecognised: files with a log's name that no format recognised.
        unfinished: files whose last line or record has not been written to its end yet.
        first: path of the first file that is unrecognised or unfinished, if any.
    """

    problems: int = 0
    unrecognised: int = 0
    unfinished: int = 0
    first: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "problems": self.problems,
            "unrecognised": self.unrecognised,
            "unfinished": self.unfinished,
        }

    def __str__(self) -> str:
        """One line of less than 80 characters."""
        named = {
            "problem": self.problems,
            "unrecognised log": self.unrecognised,
            "unfinished end": self.unfinished,
        }
        said = ", ".join(counted(n, what) for what, n in named.items() if n)
        return f"not read whole: {said}" if said else "every log was read whole"


def shortfall(store: Store, below: Sequence[str] | None = None) -> Shortfall:
    """What was not read whole, as far as is stored.

    Args:
        store: the store.
        below: absolute paths and addresses to which it is confined, or None for all that was looked at.
    """
    problems = _below(without_begun(store.read.problems()), below)
    left = _below(store.read.not_whole(), below)
    kinds = left["kind"].value_counts()
    return Shortfall(
        len(problems),
        int(kinds.get("unrecognised", 0)),
        int(kinds.get("unfinished", 0)),
        str(left["path"].min()) if len(left) else "",
    )


def _below(frame: pd.DataFrame, paths: Sequence[str] | None) -> pd.DataFrame:
    if paths is None:
        return frame
    tops = [path.rstrip(os.sep) for path in paths]
    within = tuple(f"{top}{os.sep}" for top in tops)
    return frame[frame["path"].isin(tops) | frame["path"].str.startswith(within)]
