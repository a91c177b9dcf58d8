"""What an export is made from: the space, configs to try next, and the task's own past runs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.history import History
from logminer.core.objective import Mode, Objective
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.core.words import first_few
from logminer.store import Store
from logminer.workflows.history import View, mine_history
from logminer.workflows.suggest import NEW_TASK, suggest

_UNNAMED = "objective"


@dataclass(frozen=True)
class PastRun:
    """A past run of the task searched on.

    Attributes:
        name: the run's name.
        config: its hyperparameters, those that apply.
        value: the objective in the metric's own unit, or None where the run failed.
    """

    name: str
    config: Config
    value: float | None


@dataclass(frozen=True, eq=False)
class ExportContext:
    """Everything an export is written from.

    Values of other tasks are not in here: their scales are their own, and what they teach is in the suggestions.

    Attributes:
        space: the search space.
        suggestions: configs to try next, best first.
        task: the task they are for.
        objective: what they are to improve, or None where no direction is known.
        history: the task's own past runs, or None.
        notes: what a reader should know.
        opposed: how tasks disagree on which way is better; empty where they do not.
        fixed: hyperparameters that are not searched, with the value that the training is to get.
    """

    space: Space
    suggestions: tuple[Suggestion, ...] = ()
    task: str = NEW_TASK
    objective: Objective | None = None
    history: History | None = None
    notes: tuple[str, ...] = ()
    opposed: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """Name of the objective; ``"objective"`` where none is known."""
        return self.objective.metric if self.objective else _UNNAMED

    @property
    def mode(self) -> Mode:
        """Direction of the objective; ``"min"`` where none is known.

        Raises:
            UsageError: the tasks disagree on it.
        """
        if self.opposed:
            raise UsageError(
                f"no one direction holds for {self.task}: {self.opposed}",
                "--task NAME chooses one of them, --mode says which way is better",
            )
        return self.objective.mode if self.objective else "min"

    @property
    def configs(self) -> list[Config]:
        """Configs to try next, as the space declares their values."""
        return [declared(self.space, s.config) for s in self.suggestions]

    @property
    def runs(self) -> list[PastRun]:
        """The task's past runs that lie in the space and have ended."""
        return self._sorted[0]

    @property
    def left_out(self) -> dict[str, int]:
        """Number of the task's past runs that are not in ``runs``, by reason."""
        return self._sorted[1]

    @cached_property
    def _sorted(self) -> tuple[list[PastRun], dict[str, int]]:
        if self.history is None:
            return [], {}
        trials, runs, reasons = self.history.trials, [], Counter[str]()
        # A frame holds None for "not set", which is a choice of some parameters.
        unset = {name: None for name, p in self.space.parameters.items() if p.contains(None)}
        open_ = self.history.unfinished.tolist()
        rows = zip(trials["name"], trials["value"], self.history.config_dicts(), open_, strict=True)
        for name, value, written, unfinished in rows:
            config = self.space.restrict({**unset, **written})
            if unfinished:
                reasons["they have not ended"] += 1
            elif self.space.why_not(config):
                reasons["their configs are not in the space"] += 1
            else:
                finite = float(value) if isfinite(value) else None
                runs.append(PastRun(str(name), declared(self.space, config), finite))
        return runs, dict(reasons)


def context_of(
    store: Store | None,
    view: View | None = None,
    *,
    task: str | None = None,
    n: int = 5,
    strategy: str = "auto",
    seed: int = 0,
    fixed: bool = True,
) -> ExportContext:
    """Gather what an export is written from.

    Args:
        store: past runs, or None to start from the view's space alone.
        view: how the user wants the runs to be seen.
        task: the task to search on; with several logged and none named, a new one like them.
        n: number of configs to try next.
        strategy: name of the strategy that proposes them.
        seed: same seed and same logs, same answer.
        fixed: whether what is not searched is written too, with the values that the best runs share.

    Raises:
        NothingFoundError: there are no runs and no space.
        UsageError: no such task or strategy.
    """
    view = view or View()
    advice = suggest(store, view, task=task, n=n, strategy=strategy, seed=seed)
    objective, history, notes, opposed = advice.objective, None, advice.notes, ""
    if store is not None and not store.read.runs().empty:
        mined = mine_history(store, view, task=task).history
        history = mined.of(advice.task) if advice.task in mined.tasks else None
        if objective is None:
            opposed = _opposed(mined.objectives)
            objective = None if opposed else _shared(mined.objectives)
            notes += _renamed(mined.objectives) if objective else ()
    elif view.mode:
        objective = Objective(view.metric or _UNNAMED, view.mode)
    return ExportContext(
        advice.space, advice.suggestions, advice.task, objective, history, notes, opposed,
        advice.fixed if fixed else {},
    )  # fmt: skip


def _shared(objectives: Mapping[str, Objective]) -> Objective | None:
    """The objective of all tasks; without the name where they agree on the direction alone."""
    first = next(iter(objectives.values()), None)
    same = first is None or all(o.metric == first.metric for o in objectives.values())
    return first if same or first is None else Objective(_UNNAMED, first.mode)


def _renamed(objectives: Mapping[str, Objective]) -> tuple[str, ...]:
    names = sorted({o.metric for o in objectives.values()})
    said = (
        f"tasks name their metric differently ({first_few(names)}): '{_UNNAMED}' stands for yours"
    )
    return (said,) if len(names) > 1 else ()


def _opposed(objectives: Mapping[str, Objective]) -> str:
    """Which tasks are minimised and which maximised, where they differ in that."""
    tasks: dict[Mode, list[str]] = {"min": [], "max": []}
    for task, objective in objectives.items():
        tasks[objective.mode].append(task)
    low, high = (first_few(sorted(found), 3) for found in tasks.values())
    return f"{low} are minimised, {high} maximised" if low and high else ""


def settled(parameter: Parameter) -> Parameter:
    """The parameter, or a choice of one where its bounds leave one value."""
    if not isinstance(parameter, Categorical) and parameter.low == parameter.high:
        return Categorical((parameter.low,), when=parameter.when)
    return parameter


def declared(space: Space, config: Config) -> Config:
    """The config with plain Python values as the space declares them: an int for ``64.0``, within the bounds."""
    return {name: _declared(space.parameters[name], value) for name, value in config.items()}


def _declared(parameter: Parameter, value: Scalar) -> Scalar:
    if isinstance(parameter, Categorical):
        return parameter.choices[parameter.index(value)]
    assert isinstance(parameter, Float | Integer)
    kind = int if isinstance(parameter, Integer) else float
    # A value that rounding has put a hair beyond a bound, or beside a step, is refused by other tools.
    return kind(parameter.nearest(value))  # type: ignore[arg-type]
