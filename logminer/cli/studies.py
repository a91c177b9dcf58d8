"""``logminer studies``: the searches that the database remembers."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store


@click.group("studies", invoke_without_command=True)
@click.pass_context
@with_store()
@with_listing
def command(store: Any, _settings: Any, context: click.Context, listing: Any) -> None:
    """List the studies of searches: their trials by state, and the best value.

    \b
    logminer studies
    logminer studies show NAME
    logminer studies reset NAME
    """
    if context.invoked_subcommand is not None:
        return
    from logminer.runner.studies import list_studies

    shown = (
        "study",
        "trials",
        "complete",
        "failed",
        "running",
        "waiting",
        "best",
        "metric",
        "mode",
    )
    listing.print(list_studies(store), shown=shown)


@command.command("show")
@click.argument("name")
@with_store()
@with_listing
def show_command(store: Any, _settings: Any, name: str, listing: Any) -> None:
    """List the trials of study NAME: state, value, why they failed, config.

    \b
    logminer studies show NAME --where status=failed
    """
    from logminer.runner.studies import show_study

    listing.print(show_study(store, name).trials)


@command.command("reset")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_store(write=True)
def reset_command(store: Any, _settings: Any, name: str, yes: bool) -> None:
    """Let the failed trials of study NAME be run again, once their script is mended.

    \b
    logminer studies reset NAME
    """
    from logminer.runner.studies import reset_failed, show_study

    failed = int((show_study(store, name).trials["status"] == "failed").sum())
    _confirm(f"run the {failed} failed trials of '{name}' again?", yes=yes)
    count = reset_failed(store, name)
    click.echo(f"{count} trials of {name} wait to be run again by its next search", err=True)


@command.command("rename")
@click.argument("old")
@click.argument("new")
@with_store(write=True)
def rename_command(store: Any, _settings: Any, old: str, new: str) -> None:
    """Call study OLD by the name NEW; its logs stay where they are.

    \b
    logminer studies rename OLD NEW
    """
    from logminer.runner.studies import rename_study

    rename_study(store, old, new)
    click.echo(f"{old} is now {new}: logminer search --study {new} goes on with it", err=True)


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_store(write=True)
def remove_command(store: Any, _settings: Any, name: str, yes: bool) -> None:
    """Forget study NAME and its trials; their logs stay.

    \b
    logminer studies remove NAME
    """
    from logminer.runner.studies import remove_study, show_study

    count = len(show_study(store, name).trials)
    _confirm(f"forget study '{name}' with its {count} trials?", yes=yes)
    study = remove_study(store, name)
    click.echo(f"{name} is forgotten; its logs are still in {study.folder}", err=True)


def _confirm(question: str, *, yes: bool) -> None:
    """Ask, unless told not to; without a terminal to ask on nothing is done."""
    if not yes:
        click.confirm(question, abort=True, err=True)
