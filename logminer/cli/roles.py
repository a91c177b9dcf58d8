"""``logminer roles``: what each recorded name is taken for, and why."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.group("roles", invoke_without_command=True)
@click.pass_context
@with_store()
@with_view
@with_listing
def command(store: Any, _settings: Any, context: click.Context, view: Any, listing: Any) -> None:
    """List what each recorded name is taken for: hyperparameter, context, budget, derived, repeat,
    result, identity, circumstance or constant, with the evidence.

    \b
    logminer roles --where role=context
    logminer roles set train_size context
    """
    if context.invoked_subcommand is not None:
        return
    from logminer.workflows.roles import read_recorded

    table = read_recorded(store, view).roles.to_frame()
    listing.print(table, shown=("name", "role", "confidence", "evidence"))


@command.command("set")
@click.argument("name")
@click.argument("role")
@with_store(write=True)
def set_command(store: Any, _settings: Any, name: str, role: str) -> None:
    """Say that NAME is a ROLE from now on, in every command; no log is read again.

    \b
    logminer roles set env_variant context
    """
    from logminer.workflows.roles import set_role

    set_role(store, name, role)
    click.echo(f"{name} is a {role} from now on; logminer roles unset {name} undoes it", err=True)


@command.command("unset")
@click.argument("name")
@with_store(write=True)
def unset_command(store: Any, _settings: Any, name: str) -> None:
    """Let logminer decide again what NAME is.

    \b
    logminer roles unset env_variant
    """
    from logminer.workflows.roles import set_role

    set_role(store, name, None)
