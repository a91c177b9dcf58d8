"""``logminer metrics``: what was measured."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_roles, with_store


@click.command("metrics")
@click.option("--all", "everything", is_flag=True, help="Also counters, times and schedules.")
@with_store()
@with_roles
@with_listing
def command(store: Any, _settings: Any, everything: bool, view: Any, listing: Any) -> None:
    """List metrics with the number of runs and points, and their range.

    \b
    logminer metrics --where metric~val --sort -runs
    """
    from logminer.workflows import look

    listing.print(look.metrics(store, view, everything=everything))
