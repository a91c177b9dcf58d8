"""``logminer params``: what was recorded beside the metrics."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_roles, with_store


@click.command("params")
@click.option("--only-varying", is_flag=True, help="Leave out what is the same in all runs.")
@with_store()
@with_roles
@with_listing
def command(store: Any, _settings: Any, only_varying: bool, view: Any, listing: Any) -> None:
    """List recorded parameters, folder levels and metadata, with examples.

    \b
    logminer params --only-varying --where kind=param
    """
    from logminer.workflows import look

    listing.print(look.params(store, view, only_varying=only_varying))
