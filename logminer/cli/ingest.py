"""``logminer ingest``: read logs into the database."""

import sys
from typing import Any

import click

from logminer.cli._options import with_store

_SHOWN_PROBLEMS = 20


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--pattern", default="", help="Names of folder levels: '{study}/{workload}/trial_{trial}'."
)
@click.option(
    "--only", metavar="FORMAT", help="Read this format only, whatever the files look like."
)
@click.option(
    "--workers",
    type=int,
    default=1,
    show_default=True,
    help="Processes that parse; -1 for all cores.",
)
@click.option("--dry-run", is_flag=True, help="Recognise files, store nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything could not be read.")
@with_store(write=True)
@click.pass_context
def command(
    ctx: click.Context, store: Any, _settings: Any, paths: tuple[str, ...], pattern: str, only: str | None,
    workers: int, dry_run: bool, strict: bool,
) -> int:  # fmt: skip
    """Read all training logs below PATHS into the database.

    What was read before and has not changed is not read again; a file that grew is read from where it ended.

    \b
    logminer ingest ./runs
    logminer ingest ./logs --pattern '{submission}/{study}/{workload}/trial_{trial}'
    """
    from logminer.cli._progress import progress_bar
    from logminer.workflows.ingest import ingest

    with progress_bar("reading", quiet=ctx.obj["quiet"]) as progress:
        result = ingest(
            store,
            paths,
            pattern=pattern,
            only=only,
            workers=workers,
            dry_run=dry_run,
            progress=progress,
        )
    _summarise(result, store, dry_run=dry_run)
    if not result.problems:
        return 0
    return 1 if strict else 3


def _summarise(result: Any, store: Any, *, dry_run: bool) -> None:
    from logminer.cli._output import clean

    files = sum(result.files.values())
    verb = "would read" if dry_run else "read"
    click.echo(
        f"{verb} {files:,} files ({result.bytes / 1e6:,.1f} MB), {result.points:,} points in {result.seconds:.1f} s"
    )
    for form, count in result.files.most_common():
        click.echo(f"  {form:<18} {count:>8,}")
    if result.unchanged:
        click.echo(f"unchanged since last time: {result.unchanged:,} files")
    if not dry_run:
        click.echo(f"runs: {result.runs:,} ({result.new_runs:,} new) in {store.path}")
    if result.skipped:
        click.echo(f"not read: {sum(result.skipped.values()):,} files")
        for reason, count in result.skipped.most_common(8):
            click.echo(f"  {count:>6,} {clean(reason)}")
        if len(result.skipped) > 8:
            click.echo(f"  … and {len(result.skipped) - 8} other kinds")
    if result.problems:
        click.echo(f"problems: {len(result.problems):,}", file=sys.stderr)
        for problem in result.problems[:_SHOWN_PROBLEMS]:
            click.echo(f"  {clean(str(problem))}", file=sys.stderr)
        if len(result.problems) > _SHOWN_PROBLEMS:
            more = len(result.problems) - _SHOWN_PROBLEMS
            click.echo(f"  … and {more:,} more: logminer sql 'from problem'", file=sys.stderr)
