"""``logminer ingest``: read logs into the database."""

import re
from collections import Counter
from typing import Any, NoReturn

import click

from logminer.cli._options import with_settings
from logminer.core.words import counted

_SHOWN_PROBLEMS = 20
_SHOWN_OF_FILE = 3
_SHOWN_KINDS = 8


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
@click.option(
    "--engine",
    default="local",
    show_default=True,
    help="Where they run: local, dask://HOST:PORT, ray, ray://HOST:PORT.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print what was done.",
)
@click.option("--dry-run", is_flag=True, help="Recognise files, store nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything could not be read.")
@click.option("--watch", is_flag=True, help="Go on reading what is appended, until interrupted.")
@click.option(
    "--interval",
    type=float,
    default=1.0,
    show_default=True,
    help="Seconds between looks with --watch.",
)
@with_settings
@click.pass_context
def command(
    ctx: click.Context, db: str, settings: Any, wait: float, paths: tuple[str, ...], pattern: str,
    only: str | None, workers: int, engine: str, form: str, dry_run: bool, strict: bool, watch: bool, interval: float,
) -> int:  # fmt: skip
    """Read all training logs below PATHS into the database.

    What was read before and has not changed is not read again; a file that grew is read from where it ended.
    Addresses such as s3://bucket/logs work where their package is installed.

    \b
    logminer ingest ./runs
    logminer ingest ./logs --pattern '{submission}/{study}/{workload}/trial_{trial}'
    logminer ingest ./runs --watch
    """
    from logminer.cli._progress import progress_bar
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest
    from logminer.workflows.settings import own_formats

    options: dict[str, Any] = {
        "pattern": pattern, "only": only, "own": own_formats(settings), "workers": workers, "engine": engine
    }  # fmt: skip
    if watch and form == "json":
        from logminer.core.errors import UsageError

        raise UsageError("--watch prints a line a pass, no JSON", "leave out --format json")
    if watch:
        _follow(db, paths, interval, wait, options)
    with open_store(db, write=True, wait=wait) as store:
        with progress_bar("reading", quiet=ctx.obj["quiet"]) as progress:
            result = ingest(store, paths, dry_run=dry_run, progress=progress, **options)
        if form == "json":
            _print_json(result)
        else:
            _summarise(result, store, dry_run=dry_run)
    if result.problems:
        return 1 if strict else 3
    if not result.runs and not dry_run:
        click.echo("hint: no run was found: logminer formats lists what can be read", err=True)
        return 5
    return 0


def _follow(
    db: str, paths: tuple[str, ...], interval: float, wait: float, options: dict[str, Any]
) -> NoReturn:
    """Say one line a pass that found something, until interrupted."""
    from datetime import datetime

    from logminer.cli._output import say_problem
    from logminer.workflows.follow import follow
    from logminer.workflows.ingest import check_there

    check_there(paths)
    click.echo(f"watching {', '.join(paths)}; Ctrl-C ends", err=True)
    # A small file that grows is read anew, and its problem found again, perhaps with other counts.
    said: set[tuple[str, str, str]] = set()
    for result in follow(db, paths, interval=interval, wait=wait, **options):
        if result.points or result.new_runs:
            now = datetime.now().astimezone().strftime("%H:%M:%S")
            files = sum(result.files.values())
            sources = [counted(files, "file")] if files or not result.served else []
            sources += [counted(count, noun) for noun, count in result.served.items()]
            click.echo(
                f"{now}  {counted(result.points, 'point')} of {', '.join(sources)}; {counted(result.new_runs, 'new run')}"
            )
        for problem in result.problems:
            kind = (problem.path, problem.where, re.sub(r"[\d,]+", "0", problem.what))
            if kind not in said:
                say_problem(problem, start="problem: ")
                said.add(kind)
    raise AssertionError("following never ends by itself")


def _summarise(result: Any, store: Any, *, dry_run: bool) -> None:
    files = sum(result.files.values())
    verb = "would read" if dry_run else "read"
    sources = [counted(count, noun) for noun, count in result.served.items()]
    if files or not result.served_unchanged:
        sources.insert(0, f"{counted(files, 'file')} ({result.bytes / 1e6:,.1f} MB)")
    what = ", ".join(sources) or "nothing new"
    click.echo(f"{verb} {what}, {counted(result.points, 'point')} in {result.seconds:.1f} s")
    for form, count in result.files.most_common():
        click.echo(f"  {form:<18} {count:>8,}")
    for noun, count in [("file", result.unchanged), *result.served_unchanged.items()]:
        if count:
            click.echo(f"unchanged since last time: {counted(count, noun)}")
    if not dry_run:
        click.echo(f"runs: {result.runs:,} ({result.new_runs:,} new) in {store.path}")
    for what, count in result.left_out.items():
        click.echo(f"left out: {count:,} {what}")
    _say_skipped(result)
    _say_problems(result.problems)
    known = result.files or result.unchanged
    if not dry_run and (known or any(result.shortfall.counts.values())):
        click.echo(str(result.shortfall))


def _print_json(result: Any) -> None:
    """Everything the summary says, with all problems."""
    from dataclasses import asdict

    from logminer.cli._output import print_json

    problems = [{"path": p.path, "what": p.what, "where": p.where} for p in result.problems]
    print_json({**asdict(result), "problems": problems, "shortfall": result.shortfall.counts})


def _say_skipped(result: Any) -> None:
    from logminer.cli._output import clean

    if not result.skipped:
        return
    click.echo(f"not read: {counted(sum(result.skipped.values()), 'file')}")
    for reason, count in result.skipped.most_common(_SHOWN_KINDS):
        click.echo(f"  {count:>6,} {clean(reason)}")
    if len(result.skipped) > _SHOWN_KINDS:
        click.echo(f"  … and {len(result.skipped) - _SHOWN_KINDS} other kinds")


def _say_problems(problems: Any) -> None:
    """The first problems, at most a few of each file."""
    from logminer.cli._output import say_problem

    if not problems:
        return
    click.echo(f"problems: {len(problems):,}", err=True)
    of_file: Counter[str] = Counter()
    shown = 0
    for problem in problems:
        of_file[problem.path] += 1
        if of_file[problem.path] <= _SHOWN_OF_FILE and shown < _SHOWN_PROBLEMS:
            say_problem(problem, start="  ")
            shown += 1
    if len(problems) > shown:
        click.echo(f"  … and {len(problems) - shown:,} more: logminer problems", err=True)
