"""One stopping rule for all who stop runs: chosen on logged runs by what it would have saved and lost, or the default."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.errors import UsageError
from logminer.curves.forecast import Forecast
from logminer.curves.peers import SHARES
from logminer.curves.replay import summarise
from logminer.curves.stopping import (
    Rule,
    Standing,
    below_median,
    no_earlier_than,
    out_of_patience,
    unlikely_best,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Kind = Literal["forecast", "median", "patience", "none"]

MOST_REGRET = 0.01
"""Mean regret, as a share of what there was to gain, that a rule may cost."""
MOST_LOST = 0.05
"""Share of the tasks in which it may stop the run that would have been best."""
_SLACK = 1e-9


@dataclass(frozen=True)
class StoppingRule:
    """When to stop a run that is worse than it should be.

    Attributes:
        kind: ``forecast`` (by the chance to lose the best run), ``median``, ``patience``, or ``none``: only what
            diverged is stopped.
        threshold: the chance to lose the best run, or the share of a run that is waited for a gain.
        least: share of its way before which a run is not stopped.
        saved: share of all steps that it would have saved on logged runs; NaN where it was not tried.
        regret: what it would have cost, as a share of what there was to gain.
        lost: share of the tasks in which it would have stopped the best run.
        tasks: number of tasks it was tried on.
    """

    kind: Kind
    threshold: float = 0.0
    least: float = 0.0
    saved: float = float("nan")
    regret: float = float("nan")
    lost: float = float("nan")
    tasks: int = 0

    @property
    def name(self) -> str:
        """The rule in a few words."""
        since = f" from {self.least:.0%} of a run"
        return {
            "forecast": f"best lost < {self.threshold:g}" + since,
            "median": "median" + since,
            "patience": f"patience {self.threshold:.0%} of a run" + since,
            "none": "none",
        }[self.kind]

    @property
    def words(self) -> str:
        """The rule, and what it would have saved and lost."""
        if not self.tasks:
            return f"stopping rule: {self.name}, the default (logminer backtest --stopping chooses one on your runs)"
        tried = f"on {self.tasks} logged task{'s' * (self.tasks != 1)}"
        if self.kind == "none":
            return f"stopping rule: none, as none was safe {tried}; only diverged runs are to be stopped"
        return (
            f"stopping rule: {self.name}; {tried} it would have saved {self.saved:.0%} of all steps at a regret of "
            f"{self.regret:.2g}, and stopped the best run in {self.lost:.0%} of them"
        )

    def rule(self) -> Rule:
        """The rule as a function of a standing."""
        if self.kind == "none":
            return lambda standing: np.isinf(standing.now)
        rules: dict[str, Rule] = {
            "forecast": partial(unlikely_best, p=self.threshold),
            "median": below_median,
            "patience": partial(out_of_patience, share=self.threshold),
        }
        return no_earlier_than(rules[self.kind], self.least)

    def to_json(self) -> str:
        """As text; ``from_json`` gives it back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "StoppingRule":
        """A rule from what ``to_json`` gave.

        Raises:
            UsageError: the text is no rule.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise UsageError(
                "no stopping rule", "logminer backtest --stopping chooses one"
            ) from error


DEFAULT = StoppingRule("forecast", 0.03, 1 / 9)
"""What is stopped by where nothing was tried: little was lost by it on five public collections (docs/curves.md)."""


def candidates() -> Iterator[StoppingRule]:
    """The rules that are tried on logged runs: those that use forecasts, then those that do without."""
    for chance in (0.003, 0.01, 0.03, 0.1):
        for least in (1 / 9, 0.2, 1 / 3):
            yield StoppingRule("forecast", chance, least)
    yield from (StoppingRule("median", 0.0, least) for least in (0.1, 0.2, 0.3))
    yield from (StoppingRule("patience", share, 0.1) for share in (0.1, 0.2))


def choose(replayed: pd.DataFrame, rules: Iterable[StoppingRule]) -> StoppingRule:
    """The rule that would have saved most of those that would have cost little.

    Args:
        replayed: as from ``replay``, of the rules by their names.
        rules: the rules.

    Returns:
        The rule with what it would have saved and lost; ``none`` where all cost more than ``MOST_REGRET`` or
        ``MOST_LOST``; ``DEFAULT`` where nothing was replayed.
    """
    found = {str(row["rule"]): row for row in summarise(replayed).to_dict("records")}
    tried = [
        replace(
            rule, saved=float(row["saved"]), regret=float(row["regret"]),
            lost=float(row["lost"] / row["tasks"]), tasks=int(row["tasks"]),
        )
        for rule in rules
        if (row := found.get(rule.name)) is not None
    ]  # fmt: skip
    if not tried:
        return DEFAULT
    safe = [r for r in tried if r.regret <= MOST_REGRET and r.lost <= MOST_LOST and r.saved > 0]
    nothing = StoppingRule("none", tasks=max(r.tasks for r in tried))
    return max(safe, key=lambda r: (r.saved, -r.regret), default=nothing)


def stops(
    rule: StoppingRule, values: Floats, shares: Floats, final: Floats, forecast: Forecast
) -> Bools:
    """Which of m running runs the rule stops, each judged at its own share of the way.

    Args:
        rule: the rule.
        values: (m + k, shares), losses of the running runs and then of others at ``SHARES`` of their way.
        shares: (m,), share of its way that each running run has come.
        final: (k,), results of the others, NaN for those that have none.
        forecast: of the results of the running runs.
    """
    m, nobody = len(shares), np.full(len(values), np.nan)
    nobody[m:] = final
    if rule.kind == "forecast":
        running = np.arange(len(values)) < m
        now = np.full((len(values), 1), np.nan)
        now[running, 0] = np.where(forecast.runs["diverged"], np.inf, 0.0)
        standing = Standing(np.array([1.0]), now, running, nobody, lambda: forecast)
        return np.asarray(
            rule.rule()(standing) & ((shares >= rule.least - _SLACK) | np.isinf(now[running, 0]))
        )
    found = np.zeros(m, dtype=bool)
    for i, share in enumerate(shares):
        places = np.flatnonzero(share + _SLACK >= SHARES)
        if len(places):
            mine = np.arange(len(values)) == i
            standing = Standing(SHARES[places], values[:, places], mine, nobody)
            found[i] = rule.rule()(standing)[0]
    return found
