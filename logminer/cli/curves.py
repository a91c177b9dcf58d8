"""``logminer curves``: where runs will end."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("curves")
@click.argument("runs", nargs=-1)
@click.option("--task", help="The task; needed with several tasks unless runs are named.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="Draw the curves with their fans: a PNG a task in this folder.",
)
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, runs: tuple[str, ...], task: str | None, output: str | None, view: Any,
    listing: Any,
) -> None:  # fmt: skip
    """Say where unfinished runs, or the RUNS named, will end, from what past runs did.

    \b
    logminer curves
    logminer curves digits_mlp/run_017 --format json
    logminer curves -o pictures
    """
    import pandas as pd

    from logminer.cli._output import say
    from logminer.workflows.extrapolate import outlook
    from logminer.workflows.history import mine_history

    ids = pd.Index([store.read.find_run(name) for name in runs])
    tasks = [task] if task else None
    if runs:
        named = mine_history(store, view, everything=True).history.trials.loc[ids, "task"]
        tasks = sorted(named.unique())
    mined = mine_history(store, view, task=tasks[0] if tasks else None)
    found = [
        outlook(store, mined, one, ids[named == one] if runs else None)
        for one in (tasks or mined.history.tasks)
    ]
    if output:
        _draw(store, mined, tasks or mined.history.tasks, output)
    tables = [one.table for one in found if not one.table.empty]
    if not tables:
        click.echo("every run has ended", err=True)
        return
    listing.print(
        pd.concat(tables).reset_index(drop=True),
        shown=("run", "expected", "advice", "seen", "end", "state"),
    )
    basis = sorted({one.basis for one in found if one.basis})
    click.echo(f"judged by {' and '.join(basis) or 'nothing'}; 80 % intervals", err=True)
    say(found[0].rule.words)


def _draw(store: Any, mined: Any, tasks: list[str], folder: str) -> None:
    from pathlib import Path

    from logminer.analyses import curves_view
    from logminer.plots.curves_view import draw
    from logminer.plots.png import save_png
    from logminer.workflows.extrapolate import fans, objective_curves

    curves, forecasts = objective_curves(store, mined), fans(store, mined)
    for number, task in enumerate(tasks, start=1):
        path = Path(folder) / f"curves-{number}.png"
        save_png(draw(curves_view.analyse(mined.history, curves, task, forecasts=forecasts)), path)
        click.echo(f"{task}: {path}", err=True)
