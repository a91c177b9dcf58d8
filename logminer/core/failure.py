"""A failure: a config that gave no value that may win, and what it came to grief on."""

import re
from dataclasses import dataclass

from logminer.core.space import Config

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("memory", re.compile(r"^memory$|out of memory|memoryerror|cannot allocate|\boom\b|bad_alloc|outofmemory|want of memory", re.IGNORECASE)),
    ("time", re.compile(r"^time$|time ?limit|timed? ?out|walltime|due to time", re.IGNORECASE)),
    ("constraint", re.compile(r"violates|infeasible|constraint", re.IGNORECASE)),
    ("divergence", re.compile(r"diverge|divergence|\bnan\b|not finite|\binf(?:inity)?\b", re.IGNORECASE)),
)  # fmt: skip
_WORDS = {
    "memory": "ran out of memory",
    "time": "ran out of time",
    "constraint": "violated a constraint",
    "divergence": "diverged",
    "error": "failed",
}


def failure_kind(reason: str | None) -> str:
    """What a failure was of, by its reason: ``memory``, ``time``, ``constraint``, ``divergence`` or ``error``."""
    return next((kind for kind, pattern in _KINDS if pattern.search(reason or "")), "error")


def failure_words(kind: str) -> str:
    """What became of configs that failed so: ``"ran out of memory"``."""
    return _WORDS[kind]


@dataclass(frozen=True)
class Failure:
    """A config that failed.

    Attributes:
        config: active hyperparameters by name.
        kind: see ``failure_kind``.
        task: where it did; empty in the study itself.
        run: name of the run, empty where unknown.
    """

    config: Config
    kind: str = "error"
    task: str = ""
    run: str = ""
