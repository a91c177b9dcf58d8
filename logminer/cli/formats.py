"""``logminer formats``: which logs can be read."""

from typing import Any

import click

from logminer.cli._options import with_listing


@click.command("formats")
@with_listing
def command(listing: Any) -> None:
    """List the formats that ingest reads.

    \b
    logminer formats
    """
    import pandas as pd

    from logminer.formats import FORMATS

    rows = [
        (
            name,
            FORMATS.summary(name),
            "yes" if getattr(module, "RESUMES", False) else "",
            " ".join(module.NAMES),
        )
        for name, module in FORMATS.load_all().items()
    ]
    listing.print(pd.DataFrame(rows, columns=["format", "what", "resumes", "names"]))
