"""The objective: which metric is optimised, which way, and which summary of its curve counts."""

from dataclasses import dataclass
from typing import Literal

from logminer.core.errors import UsageError

Mode = Literal["min", "max"]
_MODES: dict[str, Mode] = {"min": "min", "minimize": "min", "max": "max", "maximize": "max"}
Summary = Literal["best", "last", "first", "min", "max"]

# No measurement is that large: a run that reaches it has diverged, and squares and sums of it would overflow.
LARGEST = 1e100


def mode_of(word: str) -> Mode:
    """The direction that a word names: ``"min"`` and ``"max"``, or ``"minimize"`` and ``"maximize"``.

    Raises:
        UsageError: it names none.
    """
    mode = _MODES.get(str(word).lower())
    if mode is None:
        raise UsageError(f"mode is 'min' or 'max' (or 'minimize', 'maximize'), not '{word}'")
    return mode


@dataclass(frozen=True)
class Objective:
    """What a search optimises.

    Attributes:
        metric: name of the metric, as in the logs.
        mode: ``"min"`` or ``"max"``.
        summary: which value of the curve counts for a run.
        because: why this metric was chosen, one line a reason.
    """

    metric: str
    mode: Mode = "min"
    summary: Summary = "best"
    because: tuple[str, ...] = ()

    @property
    def sign(self) -> float:
        """Factor that turns the metric into a loss: 1 for ``min``, -1 for ``max``."""
        return 1.0 if self.mode == "min" else -1.0
