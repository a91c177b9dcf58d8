"""``logminer tasks``: what runs compare with each other, and on which objective."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("tasks")
@with_store()
@with_view
@with_listing
def command(store: Any, _settings: Any, view: Any, listing: Any) -> None:
    """List tasks with their objective, and say why they were split so.

    \b
    logminer tasks
    logminer tasks --task-by workload --metric validation/loss
    """
    from logminer.cli._output import say, say_guess
    from logminer.workflows import look
    from logminer.workflows.history import mine_history

    mined = mine_history(store, view, everything=True)
    shown = ("task", "family", "runs", "configs", "objective", "mode", "best")
    listing.print(look.tasks(mined), shown=shown)
    by = ", ".join(mined.split.by) or "nothing"
    say(f"split by {by}: {'; '.join(mined.split.because)}")
    say_guess(mined)
    of_tasks, of_roles = mined.doubts
    for line in (*of_tasks, *of_roles[:3]):
        say(line)
