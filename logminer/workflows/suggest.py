"""Suggest: from the store to the next configs of a task, warm-started by all related tasks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from logminer.analyses.fixed import derived_values, fixed_values
from logminer.analyses.objective import guess, several
from logminer.analyses.space import InferredSpace
from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.history import History
from logminer.core.objective import Objective
from logminer.core.prior import NO_PRIOR, Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.core.words import counted, first_few
from logminer.store import Store
from logminer.transfer.past import prior_from_history
from logminer.transfer.past_failures import failure_kinds
from logminer.workflows.extrapolate import outlook
from logminer.workflows.feasible import lessons_of
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.judge import IN_WORDS
from logminer.workflows.prior_ask import ask_with
from logminer.workflows.prior_choice import choose
from logminer.workflows.prior_files import load
from logminer.workflows.priors import search_space
from logminer.workflows.study import Study

NEW_TASK = "a new task"
_MOST_DOUBTS = 2  # of one kind, said beside the advice


@dataclass(frozen=True)
class Advice:
    """Configs to try next, with what they rest on.

    Attributes:
        suggestions: best first; predictions in the unit of the task's metric.
        task: the task they are for, or ``"a new task"``.
        space: where they were looked for.
        objective: what they are to improve, where the task is known.
        notes: what a reader should know: runs used and left out, and why.
        fixed: hyperparameters that are not searched, with the value that the best runs share.
        derived: of each suggestion the values that follow from it, and from what is fixed, by formulas that hold in
            past runs.
    """

    suggestions: tuple[Suggestion, ...]
    task: str
    space: Space
    objective: Objective | None
    notes: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    derived: tuple[Mapping[str, Any], ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a config: its hyperparameters, then ``predicted``, ``low``, ``high`` and ``because``."""
        rows = [
            (s.predicted, *(s.interval or (None, None)), "; ".join(s.because))
            for s in self.suggestions
        ]
        facts = pd.DataFrame(rows, columns=["predicted", "low", "high", "because"])
        configs = pd.DataFrame([s.config for s in self.suggestions], columns=self.space.names)
        return configs.rename(columns={c: f"config.{c}" for c in facts.columns}).join(facts)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


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
    priors: Sequence[str] | None = None,
    mined: Mined | None = None,
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
        repeat: whether configs that are pending may be proposed again.
        priors: published priors to start from, by name or file; ``"auto"`` matches them from the space and the
            logs. None is none with logs and ``auto`` without.
        mined: the runs as a History, where the caller has mined them already.

    Raises:
        NothingFoundError: there are no runs and no space, or the runs differ in no hyperparameter.
        UsageError: no such task or strategy.
    """
    if n < 1:
        raise UsageError(f"{n} configs cannot be proposed", "ask for at least one")
    if task and hold_out and task != hold_out:
        raise UsageError(
            f"configs are proposed for '{task}' or for '{hold_out}', not for both",
            "leave out --task or --hold-out",
        )
    view = view or View()
    mined = mined or _mined(store, view, task or hold_out)
    if mined is None:
        return _from_nothing(view, n, strategy, seed, priors, store=None if repeat else store)
    history = mined.history
    _check_searchable(history)
    name = hold_out or task or (history.tasks[0] if len(history.tasks) == 1 else None)
    own = None if hold_out or name is None else history.of(name)
    whole = prior_from_history(history)
    prior, judged = _trusted(store, whole, whole if name is None else _past_of(history, name))
    chosen = choose(
        priors or (), history.space, history.config_dicts(), history.tasks, view.param_aliases
    )
    study = Study(history.space, history=chosen.added_to(prior), strategy=strategy, seed=seed)
    objective = history.objectives.get(name) if name else None
    ahead = _tell(study, store, mined, own) if own is not None and objective and store else None
    if store is not None and not repeat:
        _pend(study, store, name or NEW_TASK)
    asked = ask_with(study, chosen, n, seed) if priors else study.ask(n)
    found = [_in_unit(s, objective if own is not None else None) for s in asked]
    if hold_out:
        found = [_compared(s, history.of(hold_out)) for s in found]
    lessons = lessons_of(study.space, study.trials, prior)
    notes = (
        *_notes(mined, name, own, prior),
        *lessons,
        *judged,
        *_of_unfinished(ahead),
        *chosen.because,
    )
    fixed, derived = _beside(
        mined.inferred, own if own is not None else history.without(hold_out), found
    )
    return Advice(tuple(found), name or NEW_TASK, history.space, objective, notes, fixed, derived)


def _beside(
    inferred: InferredSpace, past: History, suggestions: Sequence[Suggestion]
) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """What a training is told beside each config: values that the best runs share, and what follows from all.

    Args:
        inferred: the search space, and what was recorded beside it.
        past: the task's own runs, or those of all tasks where it is new.
        suggestions: the configs.
    """
    tasks, losses, names = past.trials["task"], past.losses, past.space.names
    shared = fixed_values(inferred.unsearched, tasks, losses)
    fixed = {n: v for n, v in shared.items() if n not in names and n not in inferred.derived}
    known = {**fixed_values(inferred.contexts, tasks, losses), **fixed}
    derived = {n: d for n, d in inferred.derived.items() if n not in names}
    return fixed, tuple(derived_values(derived, {**known, **s.config}) for s in suggestions)


def _check_searchable(history: History) -> None:
    if not history.tasks:
        raise NothingFoundError(
            "nothing was measured yet: no run has a value of any metric",
            hint="logminer runs lists them; ingest again once one has logged",
        )
    if not history.space.names:
        raise NothingFoundError(
            f"nothing to search: no hyperparameter differs between the runs of {first_few(history.tasks)}",
            "logminer space says why each recorded name was left out; or give --space space.yaml",
        )


def _trusted(store: Store | None, whole: Prior, prior: Prior) -> tuple[Prior, tuple[str, ...]]:
    """The prior as far as the last backtest of the whole past lets it be trusted."""
    found = store.read.verdict(whole.digest) if store else None
    if found is None:
        return prior, ()
    verdict, trust = found
    said = f"by their last backtest, the past of these logs {IN_WORDS[verdict]}"
    return replace(prior, trust=trust), (said,)


def _from_nothing(
    view: View,
    n: int,
    strategy: str,
    seed: int,
    priors: Sequence[str] | None,
    *,
    store: Store | None,
) -> Advice:
    """Without logs the given space is searched, or that of the first prior, from what is commonly published."""
    space, said = view.space, "no logs: the search starts from the given space"
    if space is None:
        if not priors or priors[0] == "auto":
            raise NothingFoundError(
                "no runs to learn from and no search space",
                "logminer ingest PATH reads logs; or give --space space.yaml, or --prior NAME",
            )
        space = search_space(load(priors[0]))
        said = f"no logs and no space: the search starts from the space of '{priors[0]}'"
    chosen = choose(("auto",) if priors is None else priors, space, aliases=view.param_aliases)
    study = Study(space, history=chosen.added_to(NO_PRIOR), strategy=strategy, seed=seed)
    if store is not None:
        _pend(study, store, NEW_TASK)
    asked = ask_with(study, chosen, n, seed)
    return Advice(tuple(asked), NEW_TASK, space, None, (said, *chosen.because))


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


def _past_of(history: History, task: str) -> Prior:
    """What the other tasks teach."""
    past = history.without(task)
    return prior_from_history(past) if len(past) else NO_PRIOR


def _tell(study: Study, store: Store, mined: Mined, own: History) -> pd.DataFrame:
    """The task's own runs become the study's trials.

    One without a finite value counts as failed. What a run that has not ended will be worth is known only where it is
    better than every finished one already: it counts by that bound. Else it counts by where it is expected to end,
    with the uncertainty of that as its noise, if such forecasts proved right on the task's finished runs; if not, it is
    pending: not proposed again, and evidence of nothing.

    Returns:
        How each unfinished run counts: column ``counts``, ``"bound"``, ``"forecast"`` or ``"pending"``, by run id.
    """
    task, kinds = own.tasks[0], failure_kinds(own)
    losses, ahead = own.losses, outlook(store, mined, task, judged=True).losses
    bounded = own.objectives[task].summary in ("best", own.objectives[task].mode)
    best = losses.drop(ahead.index).min()
    counts: dict[Any, str] = {}
    for run, config in zip(own.trials.index, own.config_dicts(), strict=True):
        value = float(losses[run])
        if run in ahead.index:
            if bounded and not value > best:
                counts[run] = "bound"
                study.tell(config, value)
            elif ahead.loc[run, "pays"]:
                counts[run] = "forecast"
                median, noise = ahead.loc[run, ["median", "std"]]
                median = min(median, value) if bounded else median
                trial = Trial(config, float(median), noise=float(noise), id=str(run))
                study.trials.append(trial)
            else:
                counts[run] = "pending"
                study.tell(config, None, status="running")
        elif np.isfinite(value):
            study.tell(config, value)
        else:
            running = own.trials.loc[run, "status"] == "running"
            study.tell(config, None, status="running" if running else "failed", reason=kinds[run])
    return pd.DataFrame({"counts": pd.Series(counts, dtype=object)})


def _pend(study: Study, store: Store, task: str) -> None:
    """Configs handed out before and not seen in the logs yet are pending."""
    handed = store.read.suggestions()
    known = {config_key(trial.config) for trial in study.trials}
    for text in handed[handed["task"] == task]["config"]:
        config: Config = json.loads(text)
        if config_key(config) not in known:
            study.trials.append(Trial(config, status="running"))


def _in_unit(suggestion: Suggestion, objective: Objective | None) -> Suggestion:
    """Predictions turned from losses to the metric's own unit; without an objective they have none."""
    if objective is None:
        return replace(suggestion, predicted=None, interval=None)
    return suggestion.signed(objective.sign)


def _compared(suggestion: Suggestion, held: History) -> Suggestion:
    """A suggestion for a held-out task, with what became of the nearest config that was really run there."""
    from logminer.analyses.nearest import nearest

    found = nearest(suggestion.config, held)
    if found is None:
        return suggestion
    said = f"held out: {found.words}, {found.place} of {found.of} there"
    return replace(suggestion, because=(*suggestion.because, said))


def _notes(mined: Mined, task: str | None, own: History | None, prior: Prior) -> tuple[str, ...]:
    notes = []
    others = [t for t in mined.history.tasks if t != task]
    if own is not None:
        notes.append(f"from {counted(len(own), 'run')} of {task} itself")
    if others:
        notes.append(f"from {counted(prior.used, 'run')} of {counted(len(others), 'other task')}")
    notes += [
        f"{counted(count, 'run')} not used: {reason}" for reason, count in prior.dropped.items()
    ]
    objectives = mined.history.objectives.values()
    notes += filter(None, (several(objectives), guess(objectives)))
    notes += [line for lines in mined.doubts for line in lines[:_MOST_DOUBTS]]
    if mined.left_out:
        unrelated = counted(len(mined.left_out), "unrelated task")
        notes.append(f"{unrelated} left out: {first_few(mined.left_out)}")
    if task is None:
        notes.append(
            f"for a new task like those logged; --task names one of: {first_few(mined.history.tasks)}"
        )
    return tuple(notes)


_UNFINISHED = {
    "bound": "by its best so far, which no finished run reached",
    "forecast": "by its forecast: those proved right on the finished runs of the task",
    "pending": "as pending: how it ends is open",
}


def _of_unfinished(counts: pd.DataFrame | None) -> tuple[str, ...]:
    """How the runs that have not ended count, a line each way."""
    if counts is None or counts.empty:
        return ()
    number = counts["counts"].value_counts()
    return tuple(
        f"{counted(int(number[way]), 'unfinished run')}: counted {words}"
        for way, words in _UNFINISHED.items()
        if way in number
    )
