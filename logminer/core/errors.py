"""What can go wrong, as one tree.

    LogminerError            exit 1
    ├─ UsageError            exit 2   a flag, name or setting the user can mend
    │  ├─ SpaceError                  a search space that makes no sense
    │  └─ UnknownMetricError          a metric that no run has logged
    ├─ StoreError            exit 1   the database cannot be used
    │  └─ StoreLockedError   exit 4   another process is writing to it
    ├─ ServerError           exit 1   a tracker's server cannot be reached, or not be read
    └─ NothingFoundError     exit 5   nothing there to answer from

Each message says what and where; ``hint`` says what to do next.
"""

from difflib import get_close_matches


class LogminerError(Exception):
    """Base of every error logminer raises on purpose."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(LogminerError):
    """A flag, name or setting that the user can mend."""

    exit_code = 2


class SpaceError(UsageError):
    """A search space that makes no sense."""


class UnknownMetricError(UsageError):
    """A metric that no run has logged."""


class StoreError(LogminerError):
    """The database cannot be used."""


class StoreLockedError(StoreError):
    """Another process is writing to the database."""

    exit_code = 4


class ServerError(LogminerError):
    """A tracker's server or database elsewhere cannot be reached, refuses access, or is something else."""


class NothingFoundError(LogminerError):
    """There is nothing to answer from."""

    exit_code = 5


def install_extra(name: str) -> str:
    """How to install one of the extras of ``pyproject.toml``, as a hint: from the checkout logminer is installed from."""
    return f"in logminer's checkout: pip install '.[{name}]'"


def did_you_mean(name: str, choices: list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest choice, or an empty string."""
    lowered = {choice.lower(): choice for choice in choices}
    close = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.5)
    return f"; did you mean '{lowered[close[0]]}'?" if close else ""
