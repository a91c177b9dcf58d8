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
    from logminer.cli._output import say
    from logminer.workflows.shortfall import shortfall

    problems = store.read.problems()[["what", "where", "path"]]
    if not problems.empty or listing.form != "table":
        listing.print(problems)
        return
    short = shortfall(store)
    say(f"no problems: {short}" + (f", first {short.first}" if short.first else ""))
