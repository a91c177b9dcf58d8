"""``logminer watch``: advice for runs that are being trained."""

from typing import Any

import click

from logminer.cli._options import with_settings, with_view


@click.command("watch")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--interval", type=float, default=5.0, show_default=True, help="Seconds between looks."
)
@click.option("--once", is_flag=True, help="Look once and end.")
@with_settings
@with_view
def command(
    db: str,
    _settings: Any,
    wait: float,
    paths: tuple[str, ...],
    interval: float,
    once: bool,
    view: Any,
) -> None:
    """Read the logs below PATHS as they grow, and say which unfinished runs to stop.

    \b
    logminer watch ./runs
    """
    from logminer.cli._output import cell, clean, say
    from logminer.workflows.watch import watch

    rule = ""
    for sighting in watch(db, paths, view, interval=interval, wait=wait):
        if sighting.rule and sighting.rule != rule:
            rule = sighting.rule
            say(rule)
        for row in sighting.advice.to_dict("records"):
            spread = (row["high"] - row["low"]) / 2
            click.echo(
                f"{clean(row['run'])} ({row['state']}) at step {row['seen']} of {row['end']}: result {cell(row['expected'])} "
                f"± {cell(spread)}; {row['advice']}"
            )
        if once:
            return
