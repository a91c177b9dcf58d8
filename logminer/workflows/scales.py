"""Advice at a scale that was never run, from runs at other scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from logminer.analyses.fixed import derived_values, fixed_values
from logminer.core.errors import NothingFoundError, UsageError, did_you_mean
from logminer.core.vocabulary import describe
from logminer.store import Store
from logminer.transfer.contexts import Law, at_scale
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.study import Study
from logminer.workflows.suggest import Advice

_FEWEST = 3  # values from which a context is a scale


@dataclass(frozen=True)
class Laws:
    """How the best values of hyperparameters move with the scale.

    Attributes:
        contexts: the contexts that make the scale.
        at: the largest scale that was run.
        laws: of each number and context.
        scales: number of scales that were run.
    """

    contexts: tuple[str, ...]
    at: Mapping[str, float]
    laws: tuple[Law, ...]
    scales: int

    def to_frame(self) -> pd.DataFrame:
        """One row a hyperparameter and context: ``hyperparameter``, ``context``, ``exponent``, ``deviation``, ``law``, ``scales``, ``runs``."""
        rows = [
            (law.parameter, law.context, law.exponent, law.deviation, in_words(law), law.scales, law.runs)
            for law in self.laws
        ]  # fmt: skip
        names = ["hyperparameter", "context", "exponent", "deviation", "law", "scales", "runs"]
        return pd.DataFrame(rows, columns=names)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def in_words(law: Law) -> str:
    """A law as papers write it; or that there is none."""
    if not law.holds:
        return f"no law: the optimum does not move with {law.context} here"
    if law.power:
        return f"{law.parameter} ∝ {law.context}^{law.exponent:.2f} ± {law.deviation:.2f}"
    return f"{law.exponent:+.3g} ± {law.deviation:.2g} a unit of {law.context}"


def laws(store: Store, view: View | None = None, *, task: str | None = None) -> Laws:
    """Mine how the best hyperparameters move with the scale.

    Args:
        store: past runs.
        view: how the user wants the runs to be seen; its ``contexts`` are the scale, else numbers that describe the problem.
        task: take the tasks related to this one.

    Raises:
        NothingFoundError: no number describes the problem, or it was run at fewer than three scales.
    """
    view = view or View()
    mined = mine_history(store, view, task=task)
    contexts = view.contexts or _scale_contexts(mined)
    if not contexts:
        raise NothingFoundError(
            "no recorded number describes the scale of the problem",
            "name some: logminer laws --context N,D",
        )
    frame = _history(mined, contexts)
    numbers = frame[list(contexts)].apply(pd.to_numeric, errors="coerce")
    scales = len(numbers.dropna().drop_duplicates())
    largest = numbers.loc[np.log(numbers.where(numbers > 0)).sum(axis=1).idxmax()]
    at = {name: float(largest[name]) for name in contexts}
    found = at_scale(frame, mined.history.space, contexts, at).laws
    if not found:
        raise NothingFoundError(
            f"{scales} scales of {', '.join(contexts)} are too few for a law",
            "three scales a factor 4 apart, with 12 runs each, are a beginning",
        )
    return Laws(tuple(contexts), at, found, scales)


def suggest_at(
    store: Store,
    at: Mapping[str, float | str],
    view: View | None = None,
    *,
    n: int = 5,
    strategy: str = "auto",
    seed: int = 0,
) -> Advice:
    """Propose configs for a scale that was never run.

    Args:
        store: past runs.
        at: the value of each context in the task to come.
        view: how the user wants the runs to be seen.
        n: number of configs.
        strategy: name of the search strategy.
        seed: same seed and same logs, same answer.

    Raises:
        NothingFoundError: there are no runs, or they differ in no hyperparameter.
        UsageError: no run records such a context, or no such strategy.
    """
    if n < 1:
        raise UsageError(f"{n} configs cannot be proposed", "ask for at least one")
    view = view or View()
    view = replace(view, contexts=tuple(dict.fromkeys([*view.contexts, *at])))
    mined = mine_history(store, view)
    space = mined.history.space
    if not space.names:
        raise NothingFoundError(
            "nothing to search: no hyperparameter differs between the runs",
            "logminer space says why each recorded name was left out",
        )
    study = Study(
        space, history=_history(mined, tuple(at)), strategy=strategy, seed=seed,
        contexts=tuple(at), at=at,
    )  # fmt: skip
    suggestions = study.ask(n)
    label = ", ".join(f"{k}={v:.6g}" if isinstance(v, float) else f"{k}={v}" for k, v in at.items())
    tasks, losses = mined.history.trials["task"], mined.history.losses
    shared = fixed_values(mined.inferred.unsearched, tasks, losses)
    derived = {n: d for n, d in mined.inferred.derived.items() if n not in space.names}
    fixed = {k: v for k, v in shared.items() if k not in (*space.names, *at, *derived)}
    follow = tuple(derived_values(derived, {**fixed, **at, **s.config}) for s in suggestions)
    return Advice(
        tuple(suggestions), label, space, None, (*_notes(study, mined, at),), fixed, follow
    )


def _notes(study: Study, mined: Mined, at: Mapping[str, float | str]) -> list[str]:
    runs, tasks = len(mined.history), len(mined.history.tasks)
    notes = [f"from {runs:,} runs of {tasks} tasks at other scales"]
    if not study.laws:
        return [
            *notes,
            f"these scales are too few for a law of {', '.join(at)}: configs stay as they are",
        ]
    notes += [in_words(law) for law in study.laws]
    return notes


def _scale_contexts(mined: Mined) -> tuple[str, ...]:
    """Numbers that describe the problem and were varied; of several, those whose names say so."""
    values = mined.inferred.contexts
    numbers = [
        str(name)
        for name in values
        if pd.to_numeric(values[name], errors="coerce").nunique() >= _FEWEST
        and mined.roles.of(str(name)) in ("context", "budget")
    ]
    named = [name for name in numbers if describe(name).kind in ("context", "budget")]
    return tuple(named or numbers)


def _history(mined: Mined, contexts: Sequence[str]) -> pd.DataFrame:
    """The runs as a table of past trials with their contexts, values as losses."""
    history, values = mined.history, mined.inferred.contexts
    known = {
        **{str(n): mined.settings[n] for n in mined.settings},
        **{str(n): values[n] for n in values},
    }
    columns: dict[str, Any] = {}
    for name in contexts:
        if name not in known:
            raise UsageError(
                f"no run records '{name}'{did_you_mean(name, list(known))}",
                "logminer roles lists names",
            )
        columns[name] = known[name].reindex(history.trials.index)
    frame = history.configs.assign(**columns)
    return frame.assign(value=history.losses, name=history.trials["name"])
