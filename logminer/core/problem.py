"""A Problem: something one log could not give, said instead of raised. And what is sound, but no log."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What could not be read of one file.

    Attributes:
        path: the file.
        what: one line a user understands, without a trailing full stop.
        where: position in the file (``"byte 1024-1032"``, ``"line 7"``), or empty.
        passing: whether the next look may find it gone, as with a line that is still being written: it is counted
            and not stored, and the file is looked at again.
    """

    path: str
    what: str
    where: str = ""
    passing: bool = False

    def __str__(self) -> str:
        return f"{self.path}{f' ({self.where})' if self.where else ''}: {self.what}"


class NotALogError(ValueError):
    """A sound file that is no training log, such as a data set: counted as skipped, no problem.

    The message says what it is in a few words; what follows a colon is about this one file.
    """
