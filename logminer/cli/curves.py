"""``logminer curves``: where runs will end."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("curves")
@click.argument("runs", nargs=-1)
@click.option("--task", help="The task; needed with several tasks unless runs are named.")
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, runs: tuple[str, ...], task: str | None, view: Any, listing: Any
) -> None:
    """Say where unfinished runs, or the RUNS named, will end, from what past runs did.

    \b
    logminer curves
    logminer curves digits_mlp/run_017 --format json
    """
    import pandas as pd

    from logminer.workflows.extrapolate import outlook
    from logminer.workflows.history import mine_history

    ids = pd.Index([store.read.find_run(name) for name in runs])
    everything = mine_history(store, view, everything=True).history.trials
    tasks = sorted(everything.loc[ids, "task"].unique()) if runs else [task] if task else None
    mined = mine_history(store, view, task=tasks[0] if tasks else None)
    found = [
        outlook(store, mined, one, ids[everything.loc[ids, "task"] == one] if runs else None)
        for one in (tasks or mined.history.tasks)
    ]
    tables = [one.table for one in found if not one.table.empty]
    if not tables:
        click.echo("every run has ended: name one to see what would have been expected", err=True)
        return
    listing.print(
        pd.concat(tables).reset_index(drop=True),
        shown=("run", "seen", "end", "expected", "advice"),
    )
    click.echo(f"judged by {found[0].basis or 'nothing'}; 80 % intervals", err=True)
