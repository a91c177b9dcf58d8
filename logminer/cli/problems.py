"""``logminer problems``: what could not be read of the logs, and what does not hold."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store


@click.command("problems")
@with_store()
@with_listing
def command(store: Any, _settings: Any, listing: Any) -> None:
    """List what could not be read of the logs, with file and place.

    A file that is no log, such as a data set, is no problem; ingest counts those as not read.

    \b
    logminer problems
    logminer problems --where what~bytes --format csv
    """
    problems = store.read.problems()[["what", "where", "path"]]
    if problems.empty and listing.form == "table":
        click.echo("no problems: every log was read whole", err=True)
        return
    listing.print(problems)
