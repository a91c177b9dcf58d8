"""``logminer importance``: which hyperparameters matter."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("importance")
@click.option("--task", help="One task only; else the mean over tasks.")
@with_store()
@with_view
@with_listing
def command(store: Any, _settings: Any, task: str | None, view: Any, listing: Any) -> None:
    """Say how much of the objective's variance each hyperparameter explains (fANOVA).

    \b
    logminer importance
    logminer importance --task digits --format json
    """
    from logminer.analyses import importance
    from logminer.cli._output import say_guess, say_left_out
    from logminer.workflows.history import mine_history

    mined = mine_history(store, view, task=task)
    if task is None:
        say_left_out(mined)
    say_guess(mined)
    history = mined.history
    listing.print(importance.analyse(history.of(task) if task else history).to_frame())
