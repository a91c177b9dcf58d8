"""Whether what is read of a file now may replace what was read of it before.

It may when it

* was read without damage and says anything that is not stored of the file, or no less than that; or
* was read with damage, and gives at least as many values as are stored.

Else it is kept out: a file that only repeats a part of what was read of it is cut off, or holds a new attempt that has
repeated the old one so far. A file that still begins with what was read of it and grew is asked nothing unless it is
damaged. Who wants what the file says now asks for its format by name.
"""

from collections.abc import Iterable

from logminer.core.problem import Problem
from logminer.core.words import counted
from logminer.store import Store
from logminer.store.rows import Reading
from logminer.workflows.changes import Found
from logminer.workflows.kept import keep, was_read


def replaces(item: Found, reading: Reading) -> bool:
    """Whether storing a reading would remove what is stored of its file."""
    return reading.anew and not reading.failed and was_read(item.before)


def refused(store: Store, item: Found, pieces: Iterable[Reading]) -> Reading | None:
    """What to store in place of a file's new content where that may not replace what is stored; None where it may.

    Args:
        store: where it is stored.
        item: the file, which was read before.
        pieces: what was read of it, from its start on; no more are asked for than it takes.
    """
    before = item.before
    if before is None:
        return None
    stored = store.read.stored_of(before.id)
    values, params, adds = 0, 0, item.grew
    damage: list[Problem] = []
    for piece in pieces:
        if piece.failed:
            return piece
        if piece.anew:  # a format may begin again, as its last line had not been whole
            values, params, damage = 0, 0, []
        values += len(piece.log.points)
        params += sum(len(run.params) + len(run.cells) for run in piece.log.runs)
        damage += [problem for problem in piece.log.problems if not problem.passing]
        adds = adds or stored.lacks(piece.log)
        if values >= before.points > 0 or (item.grew and not damage):
            return None
    if adds and not damage:
        return None
    if before.points:
        what = f"{values:,} of {counted(before.points, 'value')}"
    else:
        known = stored.params()
        # Somebody may have removed a line of a config, but how long it was is known only of one that was read last.
        shrank = params == 0 or before.is_kept or item.source.size < before.size
        if params >= known or not (damage or shrank):
            return None
        what = f"{params:,} of {counted(known, 'parameter')}"
    how = "damaged" if damage else "cut off"
    return keep(
        before, item.source, f"{how}: {what} (--only {item.format} takes it as it is)", *damage
    )
