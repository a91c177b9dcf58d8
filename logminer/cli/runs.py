"""``logminer runs``: what was ingested, one row a run."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("runs")
@click.option(
    "--only-varying", is_flag=True, help="Leave out parameters that are the same in all runs."
)
@with_store()
@with_view
@with_listing
def command(store: Any, _settings: Any, only_varying: bool, view: Any, listing: Any) -> None:
    """List runs with their task, objective value and parameters.

    \b
    logminer runs --only-varying --sort value --limit 20
    logminer runs --where status=failed --format json
    """
    from logminer.workflows import look

    listing.print(look.runs(store, view, only_varying=only_varying))
