"""Counts and lists of names in words."""

from logminer.core.words import counted, first_few


def test_counts_have_their_plural():
    """One is one; thousands are set apart."""
    assert [counted(n, "run") for n in (0, 1, 1204)] == ["0 runs", "1 run", "1,204 runs"]


def test_long_lists_end_in_dots():
    """What is shown is whole, and that there is more is said."""
    assert first_few(["a", "b"]) == "a, b"
    assert first_few(["a", "b", "c"], most=2) == "a, b, …"
