"""What an ingest did, in counts."""

from collections import Counter
from dataclasses import dataclass, field

from logminer.core.parsed import ParsedLog
from logminer.core.problem import Problem
from logminer.workflows.shortfall import Shortfall


@dataclass
class IngestResult:
    """What one ingest did.

    Attributes:
        files: files read, by format.
        points: points read.
        bytes: bytes read.
        unchanged: files known and not changed.
        served: what was read of trackers' servers, by what it is (``"MLflow run"``).
        served_unchanged: what is known there and has not changed.
        skipped: files not read, by reason (a suffix that no format recognises, or a format's own word).
        left_out: what was left out of files that were read, such as runs deleted in their tracker.
        runs: runs in the store now.
        new_runs: how many of them are new.
        problems: what could not be read.
        shortfall: what is stored of the paths that was not read whole, now or before.
        seconds: wall time.
    """

    files: Counter[str] = field(default_factory=Counter)
    points: int = 0
    bytes: int = 0
    unchanged: int = 0
    served: Counter[str] = field(default_factory=Counter)
    served_unchanged: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    new_runs: int = 0
    problems: list[Problem] = field(default_factory=list)
    shortfall: Shortfall = field(default_factory=Shortfall)
    seconds: float = 0.0

    def count(self, log: ParsedLog, size: int) -> None:
        """Add what was read of a file, and the bytes that were read."""
        self.points += len(log.points)
        self.problems += log.problems
        self.left_out.update(log.left_out)
        self.bytes += size

    def add(self, other: "IngestResult") -> None:
        """Add what was read of another file."""
        self.files.update(other.files)
        self.served.update(other.served)
        self.points += other.points
        self.bytes += other.bytes
        self.skipped.update(other.skipped)
        self.left_out.update(other.left_out)
        self.problems += other.problems
