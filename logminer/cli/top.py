"""``logminer top``: which configs did best."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("top")
@click.option(
    "-n", "count", type=click.IntRange(min=1), default=5, show_default=True, help="Configs a task."
)
@click.option("--task", help="One task only.")
@click.option("--overall", is_flag=True, help="Over all tasks, by mean normalised rank.")
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, count: int, task: str | None, overall: bool, view: Any, listing: Any
) -> None:
    """List the top performers of each task, repeated seeds averaged, diverged runs last.

    \b
    logminer top
    logminer top --overall -n 10 --format md
    """
    from logminer.analyses import top
    from logminer.cli._output import say_left_out
    from logminer.workflows.history import mine_history

    mined = mine_history(store, view, task=task)
    if task is None:
        say_left_out(mined)
    result = top.analyse(mined.history)
    if overall:
        listing.print(result.to_frame(overall=True).head(count))
        return
    tasks = [task] if task else mined.history.tasks
    best = result.to_frame().groupby("task").head(count)
    listing.print(best[best["task"].isin(tasks)].drop(columns=["config", "run"]))
