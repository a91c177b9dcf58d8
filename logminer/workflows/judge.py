"""Judging the past: a backtest whose verdict is kept, so that suggestions trust the past no further than it earned."""

from collections.abc import Sequence

from logminer.store import open_store
from logminer.transfer.past import prior_from_history
from logminer.workflows.backtest import Backtest, Progress, backtest
from logminer.workflows.history import View, mine_history

IN_WORDS = {"helps": "helps", "harms": "harms", "unclear": "neither clearly helps nor harms"}


def judge(
    db: str,
    view: View | None = None,
    *,
    task: str | None = None,
    strategies: Sequence[str] = ("auto", "random"),
    n_trials: int = 15,
    seeds: int = 2,
    surrogate: bool = False,
    told: Progress | None = None,
    wait: float = 10.0,
) -> Backtest:
    """Backtest the runs of one family of related tasks, and record the verdict.

    The database is closed while the backtest runs, so that others can use it.

    Args:
        db: the database file.
        view: how the user wants the runs to be seen.
        task: take the tasks related to this one; without it, the largest family.
        strategies: names of the strategies to compare.
        n_trials: trials of each search.
        seeds: repeats with other seeds.
        surrogate: replay on a surrogate of each task instead of its logged configs.
        told: called before each search, see ``backtest``.
        wait: seconds to wait for the database.
    """
    with open_store(db, wait=wait) as store:
        history = mine_history(store, view, task=task).history
    result = backtest(history, strategies, n_trials, seeds, surrogate=surrogate, told=told)
    with open_store(db, write=True, wait=wait) as store, store.transaction():
        store.write.verdict(prior_from_history(history).digest, result.verdict, result.trust)
    return result
