"""Repeats of trials: each config a number of times, or only where it takes more to tell the best from its rivals."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from logminer.analyses.repeats import Worth, weigh_repeats
from logminer.core.parameters import Integer, Parameter
from logminer.core.space import Config, ConfigKey, Space, config_key
from logminer.core.vocabulary import describe
from logminer.store.trials import VALUED, TrialRow

_CONFIDENT_MOST = 100  # repeats of a config at most, where nothing else is said
_DOUBT = 0.005  # probability of being better from which a config is a rival of the best
_MOST_SEEDS = 1000  # of a space that are kept; beyond them whole numbers go on
_FEWEST = 3  # configs with a value before any is repeated


@dataclass(frozen=True)
class Repeats:
    """How often configs are run.

    Attributes:
        most: runs of each config; where they are adaptive, at most; None for the usual number.
        confident: whether only the best and its rivals are repeated, until they are told apart.
        seeds: of the first, second, … run of a config; beyond them whole numbers go on.
        names: hyperparameters that are the seed.
    """

    most: int | None = None
    confident: bool = False
    seeds: tuple[int, ...] = (0,)
    names: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """Runs of a config at most."""
        return self.most or (_CONFIDENT_MOST if self.confident else 1)

    def seed(self, repeat: int) -> int:
        """The seed of a config's run, counted from 0."""
        if repeat < len(self.seeds):
            return self.seeds[repeat]
        return self.seeds[-1] + repeat - len(self.seeds) + 1

    def due(
        self, rows: Iterable[TrialRow], sign: float, *, exhausted: bool = False
    ) -> TrialRow | None:
        """The trial whose config is to be run once more, or None when a new config is due.

        Args:
            rows: the study's trials.
            sign: 1 where lower values are better, else -1.
            exhausted: whether there are no new configs.
        """
        if self.limit == 1:
            return None
        groups = grouped(rows)
        if not self.confident:
            return next((g.first for g in groups if g.sound and len(g.rows) < self.limit), None)
        return self._rival(groups, sign, exhausted=exhausted)

    def _rival(self, groups: "list[Group]", sign: float, *, exhausted: bool) -> TrialRow | None:
        """The less known of the best config and its strongest rival, as long as they are not told apart."""
        known = [g for g in groups if g.sound and g.values]
        again = sum(len(g.rows) - 1 for g in groups)
        if len(known) < _FEWEST or (not exhausted and again >= len(groups) - 1):
            return None
        worth = weigh_repeats([[sign * v for v in g.values] for g in known])
        best = worth.best
        if not again:
            return known[best].first
        chances = worth.beats(best)
        chances[best] = 0.0
        rivals = [int(i) for i in np.argsort(-chances, kind="stable") if chances[i] >= _DOUBT]
        # The less known of the best and its strongest rival teaches most; where both are at their limit, the next rival.
        for pair in ([best, rival] for rival in rivals):
            free = [i for i in pair if len(known[i].rows) < self.limit]
            if free:
                return known[min(free, key=lambda i: len(known[i].rows))].first
        return None


def seeds_apart(space: Space, repeats: Repeats) -> tuple[Space, Repeats, str]:
    """A space without its seeds, which tell repeats apart and are no dimension; with what was done, in words.

    Args:
        space: as the user has it.
        repeats: whose seeds are those of the space, where that has some.
    """
    names = [n for n, p in space.parameters.items() if _seeds(p) and describe(n).kind == "repeat"]
    if not names or len(names) == len(space.names):
        return space, repeats, ""
    seeds = _seeds(space.parameters[names[0]])
    kept = {n: p for n, p in space.parameters.items() if n not in names}
    clauses = tuple(c for c in space.forbidden if not set(c).intersection(names))
    said = f"'{names[0]}' tells repeats apart (--repeats, --confident) and is not searched; --search-seed searches it"
    return Space(kept, clauses), replace(repeats, seeds=seeds, names=tuple(names)), said


def _seeds(parameter: Parameter) -> tuple[int, ...]:
    """The whole numbers that a parameter may be; none for others."""
    if isinstance(parameter, Integer):
        return tuple(
            int(v)
            for v in range(parameter.low, min(parameter.high, parameter.low + _MOST_SEEDS) + 1)
        )
    choices = getattr(parameter, "choices", ())
    return tuple(choices) if all(type(c) is int for c in choices) else ()


@dataclass
class Group:
    """The full runs of one config.

    Attributes:
        rows: its trials, in order.
    """

    rows: list[TrialRow] = field(default_factory=list)

    @property
    def first(self) -> TrialRow:
        """The first of them."""
        return self.rows[0]

    @property
    def sound(self) -> bool:
        """Whether none has failed, which more of them would not mend."""
        return not any(row.status in ("failed", "infeasible", "stopped") for row in self.rows)

    @property
    def values(self) -> list[float]:
        """Values that were measured."""
        return [
            row.value for row in self.rows
            if row.status in VALUED and row.value is not None and math.isfinite(row.value)
        ]  # fmt: skip


def grouped(rows: Iterable[TrialRow]) -> list[Group]:
    """Full runs by config, in the order of their first ones."""
    groups: dict[ConfigKey, Group] = {}
    for row in rows:
        if row.share is None or row.share >= 1:
            groups.setdefault(config_key(row.config), Group()).rows.append(row)
    return list(groups.values())


def judged(groups: Iterable[Group], sign: float) -> tuple[list[Group], Worth | None]:
    """The configs with a value and none that failed, and what they are worth; None without any."""
    known = [g for g in groups if g.values and g.sound] or [g for g in groups if g.values]
    if not known:
        return [], None
    return known, weigh_repeats([[sign * v for v in g.values] for g in known])


def repeat_of(rows: Iterable[TrialRow], config: Config) -> int:
    """How often a config was handed out."""
    key = config_key(config)
    return sum(config_key(row.config) == key for row in rows)
