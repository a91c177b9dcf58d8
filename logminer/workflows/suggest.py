"""Suggest: from the store to the next configs of a task, warm-started by all related tasks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import numpy as np

from logminer.core.errors import NothingFoundError
from logminer.core.history import History
from logminer.core.objective import Objective
from logminer.core.prior import NO_PRIOR
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.store import Store
from logminer.transfer.past import prior_from_history
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.study import Study

NEW_TASK = "a new task"


@dataclass(frozen=True)
class Advice:
    """Configs to try next, with what they rest on.

    Attributes:
        suggestions: best first; predictions in the unit of the task's metric.
        task: the task they are for, or ``"a new task"``.
        space: where they were looked for.
        objective: what they are to improve, where the task is known.
        notes: what a reader should know: runs used and left out, and why.
    """

    suggestions: tuple[Suggestion, ...]
    task: str
    space: Space
    objective: Objective | None
    notes: tuple[str, ...]


def suggest(
    store: Store | None,
    view: View | None = None,
    *,
    task: str | None = None,
    hold_out: str | None = None,
    n: int = 5,
    strategy: str = "auto",
    seed: int = 0,
    repeat: bool = False,
) -> Advice:
    """Propose the next ``n`` configs.

    Args:
        store: past runs, or None to search the view's space from nothing.
        view: how the user wants the runs to be seen.
        task: the task to search on; with several tasks logged and none named, a new one like them.
        hold_out: a logged task to be treated as new: its runs are left out.
        n: number of configs.
        strategy: name of the search strategy.
        seed: same seed and same logs, same answer.
        repeat: whether configs that were run or are pending may be proposed again.

    Raises:
        NothingFoundError: there are no runs and no space.
        UsageError: no such task or strategy.
    """
    view = view or View()
    mined = _mined(store, view, task or hold_out)
    if mined is None:
        if view.space is None:
            raise NothingFoundError(
                "no runs to learn from and no search space",
                "logminer ingest PATH reads logs; or give --space space.yaml",
            )
        study = Study(view.space, strategy=strategy, seed=seed)
        note = "no logs: the search starts from nothing but the given space"
        return Advice(tuple(study.ask(n)), NEW_TASK, view.space, None, (note,))
    history = mined.history
    name = hold_out or task or (history.tasks[0] if len(history.tasks) == 1 else None)
    own = None if hold_out or name is None else history.of(name)
    past = history if name is None else history.without(name)
    prior = prior_from_history(past) if len(past) else NO_PRIOR
    objective = history.objectives.get(name) if name else None
    study = Study(history.space, history=prior, strategy=strategy, seed=seed)
    if own is not None and objective:
        _tell(study, own, keep_repeats=not repeat)
    if store is not None and not repeat:
        _pend(study, store, name or NEW_TASK)
    found = [_in_unit(s, objective, known=own is not None) for s in study.ask(n)]
    if hold_out:
        found = [_compared(s, history.of(hold_out)) for s in found]
    notes = _notes(mined, name, own, prior.used, prior.dropped)
    return Advice(tuple(found), name or NEW_TASK, history.space, objective, notes)


def record(store: Store, advice: Advice) -> Advice:
    """Remember the suggestions as pending, so that they are not proposed again; each gets an identity."""
    named = [replace(s, id=uuid4().hex[:12]) for s in advice.suggestions]
    rows = [
        (
            s.id, advice.task, json.dumps(s.config), s.strategy, s.predicted,
            s.interval[0] if s.interval else None, s.interval[1] if s.interval else None, list(s.because),
        )
        for s in named
    ]  # fmt: skip
    with store.transaction():
        store.write.suggestions(rows)
    return replace(advice, suggestions=tuple(named))


def _mined(store: Store | None, view: View, task: str | None) -> Mined | None:
    if store is None:
        return None
    try:
        return mine_history(store, view, task=task)
    except NothingFoundError:
        return None


def _tell(study: Study, own: History, *, keep_repeats: bool) -> None:
    """The task's own runs become the study's trials; a run without a finite value counts as failed."""
    losses = own.losses
    for run, config in zip(own.trials.index, own.config_dicts(), strict=True):
        running = own.trials.at[run, "status"] == "running"
        if running and not keep_repeats:
            continue
        loss = float(losses[run])
        status = "running" if running else "complete" if np.isfinite(loss) else "failed"
        study.tell(config, loss, status=status)


def _pend(study: Study, store: Store, task: str) -> None:
    """Configs handed out before and not seen in the logs yet are pending."""
    handed = store.read.suggestions()
    known = {config_key(trial.config) for trial in study.trials}
    for text in handed[handed["task"] == task]["config"]:
        config: Config = json.loads(text)
        if config_key(config) not in known:
            study.trials.append(Trial(config, status="running"))


def _in_unit(suggestion: Suggestion, objective: Objective | None, *, known: bool) -> Suggestion:
    """Predictions turned from losses to the metric's own unit; without own runs they have none."""
    if objective is None or not known or suggestion.predicted is None:
        return replace(suggestion, predicted=None, interval=None)
    interval = suggestion.interval
    if interval and objective.mode == "max":
        interval = (-interval[1], -interval[0])
    return replace(suggestion, predicted=objective.sign * suggestion.predicted, interval=interval)


def _compared(suggestion: Suggestion, held: History) -> Suggestion:
    """A suggestion for a held-out task, with what became of the nearest config that was really run there."""
    from logminer.analyses.nearest import nearest

    found = nearest(suggestion.config, held)
    if found is None:
        return suggestion
    said = f"held out: {found.words}, {found.place} of {found.of} there"
    return replace(suggestion, because=(*suggestion.because, said))


def _notes(
    mined: Mined, task: str | None, own: History | None, used: int, dropped: object
) -> tuple[str, ...]:
    notes = []
    others = [t for t in mined.history.tasks if t != task]
    if own is not None:
        notes.append(f"{len(own)} runs of {task} itself")
    if others:
        notes.append(f"{used} runs of {len(others)} other tasks")
    if isinstance(dropped, dict):
        notes += [f"{count} runs not used: {reason}" for reason, count in dropped.items()]
    if mined.left_out:
        count = len(mined.left_out)
        notes.append(
            f"{count} unrelated tasks left out ({', '.join(mined.left_out[:3])}{', …' if count > 3 else ''})"
        )
    if task is None:
        notes.append(
            f"for a new task like those logged; --task names one of: {_some(mined.history.tasks)}"
        )
    return tuple(notes)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
