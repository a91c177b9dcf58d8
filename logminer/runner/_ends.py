"""When a search ends, and why."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from logminer.core.errors import UsageError
from logminer.store.trials import VALUED, TrialRow

_ALL_FAILED = 5
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")


@dataclass(frozen=True)
class Ending:
    """A reason to end a search.

    Attributes:
        why: in words.
        trials: what becomes of the trials that still run: they ``finish``, are stopped for good (``stop``), or
            put back to be started when the search goes on (``put back``).
        failed: whether nothing came of the search.
    """

    why: str
    trials: str = "finish"
    failed: bool = False


@dataclass(frozen=True)
class Limits:
    """Where a search ends; None is no limit.

    Attributes:
        trials: trials of the study, failed ones included.
        seconds: wall time of this process.
        budget: fidelity spent on all trials.
        target: value of the objective to be reached.
        patience: trials without a better one, since this process began.
        patience_seconds: seconds without a better trial.
        failures: trials after which the search gives up if all have failed since this process began.
    """

    trials: int | None = None
    seconds: float | None = None
    budget: float | None = None
    target: float | None = None
    patience: int | None = None
    patience_seconds: float | None = None
    failures: int = _ALL_FAILED

    def reached(
        self, rows: Sequence[TrialRow], sign: float, since: float, now: float | None = None
    ) -> Ending | None:
        """The limit that the trials have reached, if any.

        Args:
            rows: the study's trials in order of number.
            sign: 1 where lower values are better, else -1.
            since: when this process began, as a Unix time.
            now: the time, if not the present.
        """
        now = time.time() if now is None else now
        done = [t for t in rows if t.status not in ("running", "waiting")]
        return (
            self._all_failed([t for t in done if (t.ended or 0.0) >= since])
            or self._by_value(done, sign, now, since)
            or self._by_amount(rows, now - since)
        )

    def _all_failed(self, done: Sequence[TrialRow]) -> Ending | None:
        if len(done) >= self.failures and all(t.status == "failed" for t in done):
            last = max(done, key=lambda t: t.ended or 0.0)
            return Ending(
                f"the first {len(done)} trials all failed; trial {last.number}: {last.reason}",
                "put back",
                failed=True,
            )
        return None

    def _by_value(
        self, done: Sequence[TrialRow], sign: float, now: float, since: float
    ) -> Ending | None:
        if (self.target, self.patience, self.patience_seconds) == (None, None, None):
            return None
        best, place, at = inf, -1, since
        ended = sorted(done, key=lambda t: t.ended or 0.0)
        for i, row in enumerate(ended):
            if row.status in VALUED and row.value is not None and sign * row.value < best:
                best, place, at = sign * row.value, i, row.ended or now
        if self.target is not None and best <= sign * self.target:
            return Ending(f"the target {self.target:g} is reached: {sign * best:.6g}", "stop")
        idle = sum((t.ended or 0.0) >= since for t in ended[place + 1 :])
        if self.patience is not None and place >= 0 and idle >= self.patience:
            return Ending(f"no better trial among the last {self.patience}")
        if self.patience_seconds is not None and now - max(at, since) >= self.patience_seconds:
            return Ending(f"no better trial for {self.patience_seconds:g} s")
        return None

    def _by_amount(self, rows: Sequence[TrialRow], elapsed: float) -> Ending | None:
        if self.seconds is not None and elapsed >= self.seconds:
            return Ending(f"the time is up: {self.seconds:g} s", "put back")
        if self.budget is not None and sum(t.spent or 0.0 for t in rows) >= self.budget:
            return Ending(f"the budget of {self.budget:g} is spent")
        if self.trials is not None and len(rows) >= self.trials:
            started = sum(t.status != "waiting" for t in rows)
            return Ending(f"{started} trials were started") if started >= self.trials else None
        return None


def seconds(text: str) -> float:
    """A span of time: ``90``, ``30s``, ``10m``, ``2h``, ``1d``.

    Raises:
        UsageError: it is not written so.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found or found[2] not in _UNITS:
        raise UsageError(f"'{text}' is no span of time", "write 90, 30s, 10m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]
