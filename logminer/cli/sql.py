"""``logminer sql``: ask the database directly."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store


@click.command("sql")
@click.argument("query")
@with_store()
@with_listing
def command(store: Any, _settings: Any, query: str, listing: Any) -> None:
    """Answer a SQL QUERY over run, run_param, metric, point, curve, source and problem, read-only.

    \b
    logminer sql "select format, count(*) from source group by all"
    """
    listing.print(store.read.sql(query))
