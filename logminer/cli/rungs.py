"""``logminer rungs``: how early a ranking of runs can be trusted."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("rungs")
@click.option("--task", help="The task to search on; else what holds for the median of all tasks.")
@click.option("--eta", type=click.FloatRange(min=1.5), default=3.0, show_default=True, help="Factor between rungs.")  # fmt: skip
@click.option(
    "--settled",
    type=click.FloatRange(0, 1),
    default=0.7,
    show_default=True,
    help="Rank correlation with the final ranks from which a cut is trusted.",
)
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, task: str | None, eta: float, settled: float, view: Any, listing: Any
) -> None:  # fmt: skip
    """Propose budgets for successive halving: rungs from which on logged runs keep their ranks.

    \b
    logminer rungs
    logminer rungs --task cifar10 --eta 4 --format json
    """
    from logminer.curves.rungs import propose_rungs, settling
    from logminer.workflows.history import mine_history
    from logminer.workflows.stopping import past_curves

    curves = past_curves(store, mine_history(store, view, task=task))
    found = propose_rungs(curves, eta=eta, settled=settled, task=task)
    table = settling(curves)
    listing.print(table[table["task"] == task] if task else table)
    steps = ", ".join(str(step) for step in found.steps)
    click.echo(f"rungs: {steps} (eta {found.eta:g}); {found.because}", err=True)
