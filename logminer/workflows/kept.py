"""What is stored of a file stays until its new content was read whole; then it is replaced.

A file can go bad after it was read: emptied, filled with zeros, cut off, overwritten by something else. Then what is
stored of it is kept, the file is a problem that says so, and the next reading begins at its start and replaces all.
``replacing`` tells bad from good where a format reads the new content.
"""

from dataclasses import replace

from logminer.core.parsed import ParsedLog
from logminer.core.problem import Problem
from logminer.store.rows import FAILED, KEPT, Reading, SourceRow


def was_read(before: SourceRow | None) -> bool:
    """Whether anything of a file may be stored."""
    return before is not None and bool(before.format) and before.state != FAILED


def keep(before: SourceRow, here: SourceRow, why: str, *said: Problem) -> Reading:
    """A file that is bad now: what is stored of it stays.

    Args:
        before: the file as it was read.
        here: the file as it is now.
        why: what is wrong with it.
        said: what else was said when it was read.
    """
    source = replace(
        here, format=before.format, points=before.points, state=KEPT, offset=0, head_hash=0
    )
    problem = Problem(here.path, f"{why}; what was read of it before is kept")
    return Reading(source, ParsedLog(problems=[problem, *said]), anew=False, failed=True)
