"""``logminer show``: everything stored of one run."""

from typing import Any

import click

from logminer.cli._options import with_roles, with_store


@click.command("show")
@click.argument("run")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@with_store()
@with_roles
def command(store: Any, _settings: Any, run: str, form: str, view: Any) -> None:
    """Show one RUN: facts, parameters, metrics and the files it was read from.

    \b
    logminer show digits_mlp/run_003
    """
    from logminer.cli._output import Listing, cell, clean, clock, print_json
    from logminer.workflows import look

    view = look.show(store, run, view)
    if form == "json":
        frames = {"params": view.params, "metrics": view.metrics, "sources": view.sources}
        print_json({**view.facts, **{n: f.to_dict("records") for n, f in frames.items()}})
        return
    for name, value in view.facts.items():
        if value is not None and cell(value) not in ("", "[]"):
            shown = clock(value) if isinstance(value, float) else clean(str(value))
            click.echo(f"{name:>10}  {shown}")
    for title, frame in (
        ("Parameters", view.params),
        ("Metrics", view.metrics),
        ("Files", view.sources),
    ):
        click.echo(f"\n{title}")
        Listing().print(frame)
