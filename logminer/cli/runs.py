"""``logminer runs``: what was ingested, one row a run."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("runs")
@click.option("--task", help="One task only.")
@click.option(
    "--only-varying", is_flag=True, help="Leave out parameters that are the same in all runs."
)
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, task: str | None, only_varying: bool, view: Any, listing: Any
) -> None:
    """List runs with their task, objective value and parameters.

    A table shows what there is room for, the parameters that go with the value first; other formats hold all.

    \b
    logminer runs --only-varying --sort value --limit 20
    logminer runs --task digits_mlp --only-varying
    logminer runs --where status=failed --format json
    """
    from logminer.workflows import look

    frame = look.runs(store, view, task=task, only_varying=only_varying)
    shown, room = look.columns(frame)
    listing.print(frame, shown=shown, room=room)
