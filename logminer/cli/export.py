"""``logminer export``: suggestions, search space and past trials for another tool."""

from typing import Any

import click

from logminer.cli._options import SEARCHED, with_store, with_strategy, with_task, with_view


@click.command("export")
@click.argument("target")
@with_task(role=SEARCHED, count="Configs to try first.")
@click.option("-o", "--output", type=click.Path(), default="-", help="File to write [stdout].")
@click.option(
    "--no-fixed",
    is_flag=True,
    help="Leave out values that are not searched, only shared by the best runs.",
)
@with_store(optional=True)
@with_strategy
@with_view
def command(
    store: Any, _settings: Any, target: str, task: str | None, count: int, strategy: str, seed: int,
    output: str, no_fixed: bool, view: Any,
) -> None:  # fmt: skip
    """Write what the logs teach for the tool that runs your search; what it cannot express is said.

    TARGET is one of configspace, hydra, hypermapper, hypermapper_csv, neps, optuna, ray, sklearn, syne_tune, wandb.

    \b
    logminer export optuna --task digits -o warm.py
    logminer export wandb > sweep.yaml
    logminer export configspace --space space.yaml    (no logs needed)
    """
    from logminer.cli._output import clean
    from logminer.core.files import write_whole
    from logminer.exports import EXPORTS
    from logminer.exports._context import context_of

    written = EXPORTS.load(target)
    context = context_of(
        store, view, task=task, n=count, strategy=strategy, seed=seed, fixed=not no_fixed
    )
    text = written.write(context)
    if output == "-":
        click.echo(text, nl=False)
    else:
        write_whole(output, text)
    for limit in written.limits(context.space):
        click.echo(f"note: {clean(limit)}", err=True)
