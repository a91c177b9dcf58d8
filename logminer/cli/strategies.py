"""``logminer strategies``: how configurations can be searched."""

from typing import Any

import click

from logminer.cli._options import with_listing


@click.command("strategies")
@with_listing
def command(listing: Any) -> None:
    """List the search strategies.

    \b
    logminer strategies
    logminer suggest --strategy tpe
    """
    import pandas as pd

    from logminer.strategies import STRATEGIES

    rows = [(name, STRATEGIES.summary(name)) for name in STRATEGIES.names()]
    listing.print(pd.DataFrame(rows, columns=["strategy", "what"]))
