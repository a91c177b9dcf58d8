"""What the samplers and searchers inside other tools share."""

from logminer.core.errors import UsageError
from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.suggestion import Suggestion
from logminer.store import Store
from logminer.transfer.past import prior_from_history
from logminer.workflows.history import View, mine_history


def past_of(
    store: Store, view: View | None = None, *, task: str | None = None
) -> tuple[Space, Prior]:
    """The space behind the logs, and what all related tasks teach about a task; its own trials are left out."""
    history = mine_history(store, view, task=task).history
    return history.space, prior_from_history(history.without(task))


def whole_run(suggestion: Suggestion) -> Config:
    """The config of a suggestion, which must be for a whole run: tools have schedulers and pruners of their own.

    Raises:
        UsageError: the suggestion grants a budget.
    """
    if suggestion.budget is not None:
        raise UsageError(
            f"strategy '{suggestion.strategy}' grants budgets, which a sampler or searcher cannot pass on",
            "choose another strategy, and a pruner or scheduler beside it",
        )
    return dict(suggestion.config)
