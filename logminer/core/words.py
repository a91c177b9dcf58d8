"""Counts and lists of names as people write them."""

from collections.abc import Sequence


def counted(n: int, noun: str) -> str:
    """``1 run``, ``1,204 runs``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def first_few(names: Sequence[str], most: int = 6) -> str:
    """``a, b, c``; dots stand for what is beyond ``most``."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def span(seconds: float) -> str:
    """A length of time as people say it: ``40 s``, ``12 min``, ``3.5 h``, ``2 days``."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 10 * size
                else f"{seconds / size:.0f} {unit}"
            )
    return f"{seconds:.0f} s"
