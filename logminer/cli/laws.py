"""``logminer laws``: how the best hyperparameters move with the scale."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("laws")
@click.option("--task", help="The tasks related to this one; else the largest family of tasks.")
@with_store()
@with_view
@with_listing
def command(store: Any, _settings: Any, task: str | None, view: Any, listing: Any) -> None:
    """Say how the best hyperparameters move with the scale of the problem.

    Laws are learned from tasks that differ in numbers: parameters, tokens, examples. logminer suggest --at uses them.

    \b
    logminer laws
    logminer laws --context N,D --format json
    """
    from logminer.cli._output import say
    from logminer.workflows.scales import laws

    found = laws(store, view, task=task)
    listing.print(found.to_frame(), shown=("hyperparameter", "context", "law", "scales", "runs"))
    example = " ".join(f"--at {name}={4 * value:.3g}" for name, value in found.at.items())
    say(f"from {found.scales} scales; for a larger one: logminer suggest {example}")
