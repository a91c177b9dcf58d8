"""Mine: what the logs teach, small enough to share and without what should stay at home."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.files import write_whole
from logminer.core.history import History
from logminer.core.published import PublishedPrior
from logminer.curves.model import CurveModel
from logminer.published.portable import portable
from logminer.store import Store
from logminer.transfer.past import prior_from_history
from logminer.transfer.zoom import Zoom, zoom
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.prior_files import write_prior
from logminer.workflows.stopping import past_curves


@dataclass(frozen=True)
class Teaching:
    """What logs teach.

    Attributes:
        prior: past tasks and winners in the schema of the published priors.
        curves: a model of their learning curves.
        mined: the runs it was mined from.
    """

    prior: PublishedPrior
    curves: CurveModel
    mined: Mined


def mine(
    store: Store, view: View | None = None, *, task: str | None = None, name: str = "mined"
) -> Teaching:
    """Mine the runs of one family of related tasks.

    Args:
        store: past runs.
        view: how the user wants the runs to be seen.
        task: take the tasks related to this one; without it, the largest family.
        name: what the prior is called.

    Raises:
        NothingFoundError: no task has enough runs.
    """
    mined = mine_history(store, view, task=task)
    history = mined.history
    past = prior_from_history(history)
    if not past.tasks:
        raise NothingFoundError(
            "nothing to share: no task has three runs that differ in a hyperparameter",
            "logminer tasks and logminer space show what there is",
        )
    prior = portable(past, history.space, name)
    modes = {task: objective.mode for task, objective in history.objectives.items()}
    return Teaching(prior, CurveModel().fit(past_curves(store, mined), modes), mined)


def write_teaching(teaching: Teaching, path: str | Path) -> list[Path]:
    """Write the prior as JSON, and the curve model beside it as ``<name>.curves.npz``, for ``CurveModel.from_bytes``.

    Raises:
        UsageError: a file cannot be written.
    """
    path = Path(path)
    beside = path.with_suffix(".curves.npz")
    write_prior(teaching.prior, path)
    try:
        write_whole(beside, teaching.curves.to_bytes())
    except OSError as error:
        raise UsageError(f"{beside}: {error.strerror}") from error
    return [path, beside]


def zoom_in(
    store: Store, view: View | None = None, *, task: str | None = None
) -> tuple[Zoom, Mined]:
    """As ``zoomed``, from the store, with the runs it rests on."""
    mined = mine_history(store, view, task=task)
    return zoomed(mined.history, task), mined


def zoomed(history: History, task: str | None = None) -> Zoom:
    """Where the winners of past tasks lie; with a task, of the others, grown where its own best lies at an edge.

    Raises:
        NothingFoundError: no past task has enough runs.
    """
    past = history.without(task) if len(history.tasks) > 1 else history
    incumbent = None
    if task:
        own = history.of(task)
        if own.losses.notna().any():
            incumbent = own.config_dicts()[int(np.nanargmin(own.losses.to_numpy()))]
    return zoom(history.space, prior_from_history(past), incumbent)
