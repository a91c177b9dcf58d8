"""What a report is made from, and the analyses its sections share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from logminer.analyses.effects import Effect
    from logminer.analyses.forest import Forests
    from logminer.analyses.importance import Importance
    from logminer.analyses.seeds import Seeds
    from logminer.analyses.top import TopPerformers
    from logminer.core.history import History
    from logminer.core.problem import Problem
    from logminer.core.space import Space
    from logminer.core.suggestion import Suggestion
    from logminer.workflows.backtest import Backtest

_EFFECTS = 9


@dataclass(frozen=True)
class Ingested:
    """What was read from the logs.

    Attributes:
        files: number of files read.
        formats: number of files by format.
        runs: number of runs found.
        points: number of points stored.
        problems: what could not be read.
        database: where it is stored.
    """

    files: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    runs: int = 0
    points: int = 0
    problems: Sequence[Problem] = ()
    database: str = ""


@dataclass(frozen=True)
class Decision:
    """Something logminer decided by itself, with its evidence.

    Attributes:
        about: what was decided, e.g. ``"objective of mnist"`` or ``"learning_rate"``.
        choice: what was chosen.
        because: why, one line a reason.
        how_to_change: the flag or setting that overrules it, or empty.
    """

    about: str
    choice: str
    because: tuple[str, ...] = ()
    how_to_change: str = ""


@dataclass(frozen=True)
class ReportContext:
    """Everything a report shows.

    Attributes:
        history: past runs of all tasks.
        ingested: what was read from the logs.
        curves: long frame of points, columns ``run``, ``metric``, ``step``, ``wall``, ``value``, sorted
            by run, metric and step; None to leave curves out.
        forecasts: where unfinished runs would have gone: columns ``run``, ``seen``, ``last``, ``target``,
            ``median``, ``low``, ``high``; None without forecasts.
        suggestions: configs to try next, best first.
        suggested_for: the task they are for, or empty.
        zoomed: the space narrowed around earlier winners, or None.
        zoom_missed: share of past tasks whose best config lies outside a zoom made from the others, or
            None when there are too few to tell.
        backtest: what the past was worth on tasks held out, or None when that was not tried.
        decisions: how tasks, objectives and space were found.
        title: heading; empty for one made from the number of runs.
        made: when the report was made, as people write it.
    """

    history: History
    ingested: Ingested = Ingested()
    curves: pd.DataFrame | None = None
    forecasts: pd.DataFrame | None = None
    suggestions: Sequence[Suggestion] = ()
    suggested_for: str = ""
    zoomed: Space | None = None
    zoom_missed: float | None = None
    backtest: Backtest | None = None
    decisions: Sequence[Decision] = ()
    title: str = ""
    made: str = ""

    @cached_property
    def top(self) -> TopPerformers:
        """The configs in order of merit."""
        from logminer.analyses import top

        return top.analyse(self.history)

    @cached_property
    def forests(self) -> Forests:
        """A forest of each task, behind importance, effects and interactions."""
        from logminer.analyses import forest

        return forest.grow_all(self.history)

    @cached_property
    def importance(self) -> Importance:
        """How much each hyperparameter matters."""
        from logminer.analyses import importance

        return importance.analyse(self.history, forests=self.forests)

    @cached_property
    def effects(self) -> Mapping[str, Effect]:
        """What each of the most important hyperparameters does, by name."""
        from logminer.analyses import effects

        names = self.by_importance[:_EFFECTS]
        found = effects.analyse(self.history, names, forests=self.forests)
        return {effect.name: effect for effect in found.effects}

    @cached_property
    def seeds(self) -> Seeds:
        """How much repeats of one config differ."""
        from logminer.analyses import seeds

        return seeds.analyse(self.history)

    @cached_property
    def by_importance(self) -> list[str]:
        """All hyperparameters, most important first; those never analysed last."""
        known = self.importance.overall["parameter"].tolist()
        return known + [name for name in self.history.space.names if name not in known]
