"""``logminer mine``: what the logs teach, as files to share."""

from typing import Any

import click

from logminer.cli._options import with_store, with_view


@click.command("mine")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    default="prior.json",
    show_default=True,
    help="File to write.",
)
@click.option("--name", default="mined", show_default=True, help="What the prior is called.")
@click.option("--task", help="Take the tasks related to this one; else the largest family.")
@with_store()
@with_view
def command(
    store: Any, _settings: Any, output: str, name: str, task: str | None, view: Any
) -> None:
    """Write what the logs teach: past tasks and winners as a prior, and a model of their learning curves.

    Small, without paths or host names: a team can search with it where the logs are not.

    \b
    logminer mine -o prior.json
    logminer suggest --space space.yaml --prior prior.json
    """
    from logminer.workflows.mine import mine, write_teaching

    teaching = mine(store, view, task=task, name=name)
    for path in write_teaching(teaching, output):
        click.echo(f"wrote {path} ({path.stat().st_size / 1e3:,.0f} kB)")
    tasks = len(teaching.prior.tasks)
    click.echo(
        f"{tasks} tasks, {len(teaching.prior.configs)} winning configs; share both files", err=True
    )
