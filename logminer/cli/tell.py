"""``logminer tell``: what became of a trial that ``logminer suggest --study`` handed out."""

from typing import Any

import click

from logminer.cli._options import with_settings


@click.command("tell")
@click.argument("study")
@click.argument("trial", type=int)
@click.argument("value", type=float, required=False)
@click.option("--failed", metavar="WHY", help="It has no value, and why.")
@with_settings
def command(
    db: str, settings: Any, wait: float, study: str, trial: int, value: float | None, failed: str | None
) -> None:  # fmt: skip
    """Tell STUDY the VALUE of a TRIAL; without one it is read from the logs in the trial's folder.

    \b
    logminer suggest --study digits
    logminer tell digits 0 0.93
    logminer tell digits 1 --failed "out of memory"
    """
    from logminer.cli._output import cell, clean
    from logminer.runner.claims import tell

    row = tell(
        db, study, trial, value, failed=failed, summary=settings.values["summary"], wait=wait
    )
    outcome = (
        f"failed: {row.reason}" if row.status == "failed" else f"{row.status}: {cell(row.value)}"
    )
    click.echo(f"trial {row.number} of {clean(study)} {clean(outcome)}")
