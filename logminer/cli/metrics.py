"""``logminer metrics``: what was measured."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store


@click.command("metrics")
@with_store()
@with_listing
def command(store: Any, _settings: Any, listing: Any) -> None:
    """List metrics with the number of runs and points, and their range.

    \b
    logminer metrics --where metric~val --sort -runs
    """
    listing.print(store.read.metrics())
