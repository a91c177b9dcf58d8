"""``logminer config``: which settings hold, and where each came from."""

from typing import Any

import click

from logminer.cli._options import with_listing


@click.command("config")
@with_listing
def command(listing: Any) -> None:
    """Show settings with their origin: variable, project file, user file or default.

    \b
    logminer config
    """
    import pandas as pd

    from logminer.workflows.settings import load_settings

    settings = load_settings()
    rows = [(name, str(value), settings.origins[name]) for name, value in settings.values.items()]
    for kind, table in (("param", settings.param_aliases), ("metric", settings.metric_aliases)):
        rows += [
            (f"alias of {kind} {written}", meant, "aliases") for written, meant in table.items()
        ]
    listing.print(pd.DataFrame(rows, columns=["setting", "value", "origin"]))
