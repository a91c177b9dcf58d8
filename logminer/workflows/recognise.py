"""Finding the format of a file: names sieve, contents decide, two certain claims are a problem."""

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cached_property, lru_cache
from typing import Any

from logminer.core.problem import Problem
from logminer.formats import FORMATS, LogFormat, Match, Probe

# Names under which hardly anything but logs and results is found.
_LOG_NAME = re.compile(
    r"\.(?:csv|tsv|jsonl|ndjson|json|log|wandb)(?:\.\d+)?$|tfevents", re.IGNORECASE
)


def has_log_name(name: str) -> bool:
    """Whether a file has a log's name, so that it is said when no format recognises it."""
    return bool(_LOG_NAME.search(name))


class Recogniser:
    """Asks every format whether a file is its own.

    Args:
        only: name of the one format to use, or None for all.
        own: formats of the project itself, which go before all others.
    """

    def __init__(self, only: str | None = None, own: Mapping[str, LogFormat] | None = None) -> None:
        self._own = dict(own or {})
        if only:
            self._modules: dict[str, Any] = {only: self._own.get(only) or FORMATS.load(only)}
        else:
            self._modules = {**FORMATS.load_all(), **self._own}
        self._candidates = lru_cache(maxsize=100_000)(self._sieve)

    @cached_property
    def _sieves(self) -> dict[str, re.Pattern[str]]:
        return {
            name: re.compile("|".join(translate(pattern) for pattern in module.NAMES))
            for name, module in self._modules.items()
        }

    def module(self, name: str) -> Any:
        """The module of a format, or the project's own format of that name."""
        return self._modules[name]

    def reader(self, name: str) -> str | LogFormat:
        """What another process needs to read a format: its name, or the project's own format itself."""
        return self._own.get(name, name)

    def __call__(self, probe: Probe) -> tuple[str | None, Match, list[Problem]]:
        """The format of a file (None: unknown), how sure it is, and what went wrong while asking."""
        try:
            claims = self.claims(probe, every=False)
        except OSError as error:
            return None, Match.NO, [Problem(probe.path, f"cannot be read: {error.strerror}")]
        best = max(claims.values(), default=Match.NO)
        if best is Match.NO:
            return None, Match.NO, []
        winners = [name for name, match in claims.items() if match is best]
        winners = [name for name in winners if name in self._own][:1] or winners
        if best is Match.EXACT and len(winners) > 1:
            both = " and ".join(f"'{name}'" for name in winners)
            return None, best, [Problem(probe.path, f"{both} both claim it; choose with --only")]
        return winners[0], best, []

    def claims(self, probe: Probe, *, every: bool = True) -> dict[str, Match]:
        """What each format whose names fit says of the file.

        Args:
            probe: the file.
            every: ask also formats that read any text where another is certain, whose claim cannot count then.

        Raises:
            OSError: the file cannot be read.
        """
        claims: dict[str, Match] = {}
        for name in sorted(self.candidates(probe.name), key=self._reads_any):
            if not every and self._reads_any(name) and Match.EXACT in claims.values():
                break
            try:
                claims[name] = self._modules[name].sniff(probe)
            except ValueError:  # what cannot be read as its header is none of its files
                claims[name] = Match.NO
        return claims

    def _reads_any(self, name: str) -> bool:
        return bool(getattr(self._modules[name], "READS_ANY", False))

    def candidates(self, name: str) -> tuple[str, ...]:
        """Formats that may read a file of that name."""
        # Digits matter to no pattern, so files that differ only in numbers are sieved once.
        return self._candidates(re.sub(r"\d+", "0", name.lower()))

    def _sieve(self, name: str) -> tuple[str, ...]:
        return tuple(form for form, sieve in self._sieves.items() if sieve.match(name))
