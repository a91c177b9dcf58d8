"""Names that nobody knows: they measure once they have recurred at rising positions."""

from collections.abc import Sequence

from logminer.formats.printed.rows import Position

_TIMES = 3
_MOST = 2_000

Waiting = tuple[Position, float, Sequence[float]]


class Recurrence:
    """Lines whose names wait to be admitted."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, ...], list[Waiting]] = {}
        self._admitted: set[tuple[str, ...]] = set()

    def is_admitted(self, names: tuple[str, ...]) -> bool:
        """Whether names recurred often enough."""
        return names in self._admitted

    def is_waiting(self, names: tuple[str, ...]) -> bool:
        """Whether names were there before."""
        return names in self._waiting or names in self._admitted

    def forget(self) -> None:
        """Another training begins: nothing waits any more."""
        self._waiting.clear()

    def add(self, names: tuple[str, ...], line: Waiting, *, held: bool) -> list[Waiting]:
        """Lines of these names that count from now on, this one the last; none while they wait.

        Args:
            names: of its values.
            line: position, time and values.
            held: whether it stands where training is, so that the last one of a position counts.
        """
        waiting = self._waiting.setdefault(names, [])
        if waiting and not _is_later(line[0], waiting[-1][0]):
            waiting[-1:] = [line]
            if not held:
                waiting[:-1] = []
            return []
        waiting.append(line)
        if len(waiting) >= _TIMES:
            self._admitted.add(names)
            return self._waiting.pop(names)
        if len(self._waiting) > _MOST:
            self._waiting.clear()
        return []


def _is_later(here: Position, before: Position) -> bool:
    return any(now > then for now, then in zip(here[:2], before[:2], strict=True))
