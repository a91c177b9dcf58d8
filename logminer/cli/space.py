"""``logminer space``: the search space behind the logs."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("space")
@click.option("--task", help="The space of this task and its like; else of the largest family.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the space as YAML for --space.")
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, task: str | None, as_yaml: bool, view: Any, listing: Any
) -> None:
    """Show the inferred search space, with the evidence for each decision.

    \b
    logminer space
    logminer space --yaml > space.yaml
    """
    from logminer.cli._output import say_left_out
    from logminer.workflows.history import mine_history

    mined = mine_history(store, view, task=task)
    if task is None:
        say_left_out(mined)
    if as_yaml:
        import yaml

        from logminer.core.space_spec import space_to_spec

        click.echo(yaml.safe_dump(space_to_spec(mined.history.space), sort_keys=False), nl=False)
        return
    listing.print(mined.inferred.to_frame(), shown=("name", "searched", "because"))
