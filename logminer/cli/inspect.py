"""``logminer inspect``: what a file is, and what would be read of it."""

import click


@click.command("inspect")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--only", metavar="FORMAT", help="Ask this format only.")
def command(file: str, only: str | None) -> None:
    """Say what FILE is, why, and what would be read of it. Nothing is stored.

    \b
    logminer inspect runs/lr0.1/metrics.csv
    """
    from logminer.cli._output import Listing, cell, clean, say_problem
    from logminer.core.errors import NothingFoundError
    from logminer.workflows.inspect import inspect
    from logminer.workflows.settings import load_settings, own_formats

    found = inspect(file, only, own_formats(load_settings()))
    for name, claim in found.claims.items():
        click.echo(f"{name}: {claim.name.lower()}")
    if found.log is None:
        raise NothingFoundError(f"{file}: {found.why}", "logminer formats lists what can be read")
    click.echo(
        f"read as {found.format}: {len(found.log.runs)} runs, {len(found.log.points):,} points"
    )
    for run in found.log.runs[:5]:
        click.echo(
            f"\nrun {clean(run.root)}{'#' + clean(run.key) if run.key else ''}  ({run.status})"
        )
        for kind, values in (("param", run.params), ("cell", run.cells), ("meta", run.meta)):
            for name, value in list(values.items())[:20]:
                click.echo(f"  {kind:<6} {clean(str(name))} = {cell(value)}")
            if len(values) > 20:
                click.echo(f"  {kind:<6} … and {len(values) - 20} more")
    if len(found.metrics):
        click.echo()
        Listing().print(found.metrics)
    for problem in found.log.problems:
        say_problem(problem, start="problem: ")
