"""Finding the format of a file: names sieve, contents decide, two certain claims are a problem."""

import re
from fnmatch import translate
from functools import cached_property, lru_cache
from typing import Any

from logminer.core.problem import Problem
from logminer.formats import FORMATS, Match, Probe


class Recogniser:
    """Asks every format whether a file is its own.

    Args:
        only: name of the one format to use, or None for all.
    """

    def __init__(self, only: str | None = None) -> None:
        self._modules: dict[str, Any] = {only: FORMATS.load(only)} if only else FORMATS.load_all()
        self._candidates = lru_cache(maxsize=100_000)(self._sieve)

    @cached_property
    def _sieves(self) -> dict[str, re.Pattern[str]]:
        return {
            name: re.compile("|".join(translate(pattern) for pattern in module.NAMES))
            for name, module in self._modules.items()
        }

    def module(self, name: str) -> Any:
        """The module of a format."""
        return self._modules.get(name) or FORMATS.load(name)

    def __call__(self, probe: Probe) -> tuple[str | None, Match, list[Problem]]:
        """The format of a file (None: unknown), how sure it is, and what went wrong while asking."""
        try:
            claims = self.claims(probe)
        except OSError as error:
            return None, Match.NO, [Problem(probe.path, f"cannot be read: {error.strerror}")]
        best = max(claims.values(), default=Match.NO)
        if best is Match.NO:
            return None, Match.NO, []
        winners = [name for name, match in claims.items() if match is best]
        if best is Match.EXACT and len(winners) > 1:
            both = " and ".join(f"'{name}'" for name in winners)
            return None, best, [Problem(probe.path, f"{both} both claim it; choose with --format")]
        return winners[0], best, []

    def claims(self, probe: Probe) -> dict[str, Match]:
        """What each format whose names fit says of the file.

        Raises:
            OSError: the file cannot be read.
        """
        return {name: self._modules[name].sniff(probe) for name in self.candidates(probe.name)}

    def candidates(self, name: str) -> tuple[str, ...]:
        """Formats that may read a file of that name."""
        # Digits matter to no pattern, so files that differ only in numbers are sieved once.
        return self._candidates(re.sub(r"\d+", "0", name.lower()))

    def _sieve(self, name: str) -> tuple[str, ...]:
        return tuple(form for form, sieve in self._sieves.items() if sieve.match(name))
