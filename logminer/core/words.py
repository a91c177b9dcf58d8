"""Counts and lists of names as people write them."""

from collections.abc import Sequence


def counted(n: int, noun: str) -> str:
    """``1 run``, ``1,204 runs``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def first_few(names: Sequence[str], most: int = 6) -> str:
    """``a, b, c``; dots stand for what is beyond ``most``."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
