"""``logminer export``: suggestions, search space and past trials for another tool."""

from pathlib import Path
from typing import Any

import click

from logminer.cli._options import with_store, with_view


@click.command("export")
@click.argument("target")
@click.option("--task", help="The task to search on; else a new one like those logged.")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Configs to try first.",
)
@click.option("--strategy", help="Search strategy [auto]; logminer strategies lists them.")
@click.option("--seed", type=int, help="Same seed and same logs, same answer [0].")
@click.option("-o", "--output", type=click.Path(), default="-", help="File to write [stdout].")
@with_store(optional=True)
@with_view
def command(
    store: Any, settings: Any, target: str, task: str | None, count: int, strategy: str | None,
    seed: int | None, output: str, view: Any,
) -> None:  # fmt: skip
    """Write what the logs teach for the tool that runs your search; what it cannot express is said.

    TARGET is one of configspace, hydra, hypermapper, hypermapper_csv, neps, optuna, ray, sklearn, syne_tune, wandb.

    \b
    logminer export optuna --task digits -o warm.py
    logminer export wandb > sweep.yaml
    logminer export configspace --space space.yaml    (no logs needed)
    """
    from logminer.cli._output import clean
    from logminer.exports import EXPORTS
    from logminer.exports._context import context_of

    written, chosen = EXPORTS.load(target), settings.values
    context = context_of(
        store, view, task=task, n=count, strategy=strategy or chosen["strategy"],
        seed=int(chosen["seed"]) if seed is None else seed,
    )  # fmt: skip
    text = written.write(context)
    if output == "-":
        click.echo(text, nl=False)
    else:
        Path(output).write_text(text, encoding="utf-8")
    for limit in written.limits(context.space):
        click.echo(f"note: {clean(limit)}", err=True)
