"""What earlier logs give a search: a space, a prior, objectives and learning curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from logminer.core.errors import NothingFoundError, UnknownMetricError
from logminer.core.objective import Objective
from logminer.core.prior import NO_PRIOR, Prior
from logminer.core.space import Config, Space
from logminer.curves.stopping_rule import DEFAULT, StoppingRule
from logminer.store import DEFAULT_WAIT, Store, open_store
from logminer.transfer.past import prior_from_history
from logminer.workflows.feasible import lessons_of
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.prior_choice import Chosen, choose
from logminer.workflows.stopping import past_curves, stopping_rule

_NOTHING = "no earlier logs to learn from"


@dataclass(frozen=True)
class Past:
    """What there was before a search.

    Attributes:
        space: the search space: the user's, or that behind the logs; None without either.
        prior: past tasks.
        objectives: those of past tasks, the most common first.
        curves: their learning curves, or None.
        notes: what it rests on, a line each.
        chosen: published priors, or None.
        stopping: the rule that runs are stopped by.
    """

    space: Space | None
    prior: Prior = NO_PRIOR
    objectives: tuple[Objective, ...] = ()
    curves: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    chosen: Chosen | None = None
    stopping: StoppingRule = DEFAULT


def past_of(
    db: str,
    view: View,
    folder: Path,
    *,
    task: str | None = None,
    priors: Sequence[str] = (),
    curves: bool = False,
    wait: float = DEFAULT_WAIT,
) -> Past:
    """Mine a database for a study; the study's own trials are no past of it.

    Args:
        db: the database; there may be none yet.
        view: how the user wants the runs to be seen.
        folder: where the study's trials are.
        task: take the tasks related to this one.
        priors: published priors, by name or file.
        curves: whether to read learning curves too.
        wait: seconds to wait for the database.
    """
    if not Path(db).exists():
        past = Past(view.space, notes=(_NOTHING,))
        return with_published(past, priors, view.param_aliases)
    with open_store(db, wait=wait) as store:
        return past_in(store, view, folder, task=task, priors=priors, curves=curves)


def past_in(
    store: Store,
    view: View,
    folder: Path,
    *,
    task: str | None = None,
    priors: Sequence[str] = (),
    curves: bool = False,
) -> Past:
    """As ``past_of``, of an open store."""
    aliases = view.param_aliases
    try:
        mined, known = _mined(store, view, task)
    except NothingFoundError:
        return with_published(Past(view.space, notes=(_NOTHING,)), priors, aliases)
    history = mined.history
    own = store.read.runs()["root"].map(lambda root: folder.absolute() in Path(root).parents)
    history = history.where(~own.reindex(history.trials.index, fill_value=False))
    prior = prior_from_history(history)
    if not known:
        # What was best by another metric need not be by this one; what failed would fail again.
        lessons = lessons_of(history.space, (), prior)
        notes = (f"no earlier run logged '{view.metric}': their results do not count", *lessons)
        past = Past(history.space, Prior(failures=prior.failures), notes=notes)
        return with_published(past, priors, aliases)
    found = store.read.verdict(prior.digest)
    read = curves and len(history)
    rows = past_curves(store, replace(mined, history=history)) if read else None
    prior = replace(prior, trust=found[1]) if found else prior
    if not prior.tasks and not prior.failures:
        return with_published(Past(view.space, notes=(_NOTHING,)), priors, aliases)
    ranked = [history.objectives[t] for t in history.trials["task"].value_counts().index]
    tasks = len(prior.tasks)
    lessons = lessons_of(history.space, (), prior)
    notes = (f"from {prior.used} runs of {tasks} earlier task{'s' * (tasks != 1)}", *lessons)
    past = Past(
        history.space, prior, tuple(dict.fromkeys(ranked)), rows, notes, stopping=stopping_rule(store)
    )  # fmt: skip
    return with_published(past, priors, aliases, history.tasks, history.config_dicts())


def _mined(store: Store, view: View, task: str | None) -> tuple[Mined, bool]:
    """The past, and whether any run of it has the metric that is asked for: a search may be the first to log it."""
    try:
        return mine_history(store, view, task=task), True
    except UnknownMetricError:
        return mine_history(store, replace(view, metric=None, mode=None), task=task), False


def with_published(
    past: Past,
    priors: Sequence[str],
    aliases: Mapping[str, str],
    tasks: Sequence[str] = (),
    configs: Sequence[Config] = (),
) -> Past:
    """The past with published priors added.

    Args:
        past: what the logs say.
        priors: names or files.
        aliases: the user's own table of names.
        tasks: names of the logged tasks, by which ``auto`` finds priors.
        configs: logged configs, likewise.
    """
    if not priors or past.space is None:
        return past
    chosen = choose(priors, past.space, configs, tasks, aliases)
    notes = (*past.notes, *chosen.because)
    return replace(past, prior=chosen.added_to(past.prior), chosen=chosen, notes=notes)
