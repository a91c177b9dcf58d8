"""A trial that this process runs."""

import time
from dataclasses import dataclass

from logminer.engine.process import Control
from logminer.runner._launch import Launcher
from logminer.runner._trial_log import TrialLog
from logminer.store.trials import TrialRow

_GRACE = 10.0  # seconds between a request to end and the end


@dataclass
class Active:
    """A trial that this process runs.

    Attributes:
        row: as the board has it; its value is what it is expected to end at, once it was asked to stop for that.
        control: its control files.
        log: what it has logged.
        told_at: when it was asked to stop, on the monotonic clock.
        back: whether it is put back rather than recorded.
    """

    row: TrialRow
    control: Control
    log: TrialLog
    told_at: float | None = None
    back: bool = False

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.control.state in ("ended", "vanished")

    @property
    def lingers(self) -> bool:
        """Whether it was asked to stop, and has not in all the time that it was given."""
        return self.told_at is not None and time.monotonic() - self.told_at > _GRACE

    def stop(self, launcher: Launcher, why: str, *, back: bool = False) -> None:
        """Ask it to stop; where it was faster, its end counts.

        Args:
            launcher: who runs it.
            why: in words.
            back: whether it is to be started again.
        """
        running = self.control.state == "running"
        self.back = back and running
        if running:
            self.control.ask_to_stop(why)
            self.told_at = time.monotonic()
            launcher.end(self.control, hard=False)
