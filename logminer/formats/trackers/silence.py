"""Runs that their tool still calls running although nothing has been heard of them for long.

A process that is killed cannot say so: its tracker goes on calling it running, in a copy of the
logs for ever.
"""

from time import time

LONGEST_SILENCE = 86_400.0  # s; a run that logs at all, or reports a trial, does so within a day


def is_silent(last_sign_of_life: float | None, longest: float = LONGEST_SILENCE) -> bool:
    """Whether the last time something was heard of a run is too long ago for it to be running.

    Args:
        last_sign_of_life: Unix time in seconds, or None where no time is known.
        longest: seconds of silence that a run may keep.
    """
    return last_sign_of_life is not None and time() - last_sign_of_life > longest
