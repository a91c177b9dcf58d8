"""``logminer zoom``: the part of the space where the winners lie."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("zoom")
@click.option(
    "--task", help="Zoom by the other tasks, and grow where this task's best lies at an edge."
)
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the zoomed space as YAML for --space.")
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, task: str | None, as_yaml: bool, view: Any, listing: Any
) -> None:
    """Narrow the search space to where past tasks had their winners, and say how often that would have missed.

    Start the next search inside it, and zoom again when it has results:

    \b
    logminer zoom
    logminer zoom --yaml > zoomed.yaml
    logminer suggest --space zoomed.yaml
    """
    import pandas as pd

    from logminer.analyses.space import describe
    from logminer.cli._output import say
    from logminer.core.words import counted
    from logminer.workflows.mine import zoom_in

    found, mined = zoom_in(store, view, task=task)
    if as_yaml:
        import yaml

        from logminer.core.space_spec import space_to_spec

        click.echo(yaml.safe_dump(space_to_spec(found.space), sort_keys=False), nl=False)
        return
    whole = mined.history.space.parameters
    rows = [(n, describe(whole[n]), describe(p)) for n, p in found.space.parameters.items()]
    listing.print(pd.DataFrame(rows, columns=["name", "whole", "zoomed"]))
    missed = "too few tasks to measure what it misses"
    if found.miss_rate is not None:
        names = f" ({', '.join(found.missed)})" if found.missed else ""
        missed = f"built from the other tasks it would have missed the best config of {found.miss_rate:.0%} of them{names}"
    say(f"{found.share:.1%} of the volume, by {counted(found.tasks, 'past task')}; {missed}")
