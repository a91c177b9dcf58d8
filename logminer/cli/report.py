"""``logminer report``: one page that says who won, why, and what next."""

from typing import Any

import click

from logminer.cli._options import with_store, with_task, with_view


@click.command("report")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    default="report.html",
    show_default=True,
    help="File to write.",
)
@with_task(
    role="The task to suggest configs for; else a new one like those logged.",
    count="Suggestions to show.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md", "pdf", "png-dir"]),
    help="One HTML file, Markdown with its pictures beside it, a PDF, or a folder of pictures; else by the ending.",
)
@click.option(
    "--backtest",
    is_flag=True,
    help="Also hold out each task and search it again, to see what the past is worth.",
)
@click.option("--sections", default="", help="Sections to show, with commas; else all.")
@with_store()
@with_view
def command(
    store: Any,
    settings: Any,
    output: str,
    task: str | None,
    count: int,
    form: Any,
    backtest: bool,
    sections: str,
    view: Any,
) -> None:
    """Write a self-contained page: what was ingested, who won, why, and what to try next.

    \b
    logminer report
    logminer report -o digits.html --task digits
    """
    from logminer.reports import form_of, gather, write_report

    form = form_of(output, form)  # what cannot be written is said before the work is done
    seed = int(settings.values["seed"])
    context = gather(store, view, task=task, n=count, seed=seed, replay=backtest)
    chosen = [s for s in sections.split(",") if s]
    path = write_report(context, output, sections=chosen, form=form)
    click.echo(
        f"wrote {path}" if path.is_dir() else f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)"
    )
