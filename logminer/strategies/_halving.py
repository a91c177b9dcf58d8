"""Rungs, brackets and promotions, read off the trials: the shared part of the halving strategies.

Budgets here are shares of a full run. The rungs are 1/27, 1/9, 1/3 and 1: each keeps the best third of
the one below (Jamieson and Talwalkar 2016; Li et al. 2018).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from math import inf, isclose

from logminer.core.space import Config, ConfigKey
from logminer.core.trial import Trial

ETA = 3
RUNGS = (1 / 27, 1 / 9, 1 / 3, 1.0)


@dataclass(frozen=True)
class Bracket:
    """One halving: how many configs start at which rung."""

    start: int
    size: int


HALVING = (Bracket(0, 27),)
HYPERBAND = (Bracket(0, 27), Bracket(1, 12), Bracket(2, 6), Bracket(3, 4))


@dataclass(frozen=True)
class Climber:
    """A config and its trials by rung."""

    config: Config
    trials: dict[int, Trial] = field(default_factory=dict)

    def loss(self, rung: int) -> float:
        """Its loss at a rung; infinite where it failed."""
        trial = self.trials[rung]
        good = trial.status == "complete" and trial.value is not None
        return float(trial.value) if good and trial.value is not None else inf

    def done(self, rung: int) -> bool:
        """Whether it finished at a rung, well or not."""
        return rung in self.trials and self.trials[rung].status != "running"


@dataclass(frozen=True)
class Promotion:
    """Go on with a config at the next rung."""

    climber: Climber
    rung: int
    place: int
    among: int

    @property
    def reason(self) -> str:
        """What speaks for it."""
        return (
            f"ranked {self.place} of {self.among} at {_share(RUNGS[self.rung - 1])} of the budget: "
            f"goes on to {_share(RUNGS[self.rung])}"
        )


def _share(budget: float) -> str:
    return "all" if budget == 1 else f"1/{round(1 / budget)}"


def rung_of(trial: Trial) -> int | None:
    """Rung of a trial's budget; a trial without budget is a full run, other budgets have none."""
    rungs = enumerate(RUNGS)
    return next((i for i, share in rungs if isclose(trial.share, share, rel_tol=0.02)), None)


def climbers(history: Sequence[Trial]) -> list[Climber]:
    """Configs in the order they were first tried."""
    found: dict[ConfigKey, Climber] = {}
    for trial in history:
        rung = rung_of(trial)
        if rung is not None:
            climber = found.setdefault(trial.key, Climber(trial.config))
            climber.trials[rung] = trial
    return list(found.values())


def brackets(
    all_climbers: Sequence[Climber], schedule: Sequence[Bracket]
) -> Iterator[tuple[Bracket, list[Climber]]]:
    """The configs dealt out to brackets in order; the last one yielded has room for a new config."""
    waiting = list(all_climbers)
    for bracket in cycle(schedule):
        members: list[Climber] = []
        for climber in list(waiting):
            if len(members) == bracket.size:
                break
            if min(climber.trials) == bracket.start:
                members.append(climber)
                waiting.remove(climber)
        yield bracket, members
        if len(members) < bracket.size:
            return


def synchronous(
    history: Sequence[Trial], schedule: Sequence[Bracket]
) -> tuple[Promotion | None, int]:
    """The next promotion if a rung is complete, and the rung at which a new config would start."""
    start = schedule[0].start
    for bracket, members in brackets(climbers(history), schedule):
        start = bracket.start
        if len(members) < bracket.size:
            break
        for rung in range(bracket.start, len(RUNGS) - 1):
            there = [climber for climber in members if rung in climber.trials]
            if not all(climber.done(rung) for climber in there) or not there:
                break
            promotion = _promotion(
                there, rung, max(1, bracket.size // ETA ** (rung + 1 - bracket.start))
            )
            if promotion:
                return promotion, start
    return None, start


def asynchronous(history: Sequence[Trial]) -> Promotion | None:
    """A config in the best third of the finished ones at its rung, highest rung first (ASHA, Li et al. 2020)."""
    everyone = climbers(history)
    for rung in reversed(range(len(RUNGS) - 1)):
        there = [climber for climber in everyone if climber.done(rung)]
        promotion = _promotion(there, rung, len(there) // ETA)
        if promotion:
            return promotion
    return None


def _promotion(there: Sequence[Climber], rung: int, count: int) -> Promotion | None:
    ranked = sorted(there, key=lambda climber: climber.loss(rung))
    for place, climber in enumerate(ranked[:count], start=1):
        if rung + 1 not in climber.trials and climber.loss(rung) < inf:
            return Promotion(climber, rung + 1, place, len(there))
    return None
