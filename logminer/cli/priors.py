"""``logminer priors``: published configurations, each with its source."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from logminer.cli._options import Command, with_listing

_CONTEXTS = {
    "optimizer": "What holds for this optimizer, e.g. adamw.",
    "phase": "train, finetune or pretrain.",
    "method": "How a model is tuned, e.g. lora.",
    "algorithm": "The learner, e.g. ppo or xgboost.",
}


def with_context(command: Command) -> Command:
    """Give a command the options that say what for, as a ``context``."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        told = {name: options.pop(name) for name in _CONTEXTS}
        context = {name: value for name, value in told.items() if value}
        return command(*args, context=context, **options)

    decorated: Callable[..., Any] = run
    for name, help_text in reversed(_CONTEXTS.items()):
        decorated = click.option(f"--{name}", help=help_text)(decorated)
    return decorated


@click.group("priors")
def command() -> None:
    """Published configurations and search spaces, each with its source.

    \b
    logminer priors list
    logminer priors show image_classification --optimizer adamw
    logminer suggest --prior image_classification --space space.yaml
    """


@command.command("list")
@with_listing
def list_command(listing: Any) -> None:
    """List the priors that come with logminer, and how each did on sources it had not seen.

    \b
    logminer priors list --where confidence=good
    """
    from logminer.workflows import priors

    shown = ("name", "records", "parameters", "sources", "confidence", "gain", "interval")
    listing.print(priors.list_priors(), shown=shown)


@command.command("show")
@click.argument("name")
@with_context
@click.option("--configs", is_flag=True, help="Show configs instead of parameters.")
@click.option("--spaces", is_flag=True, help="Show the sources' own search spaces.")
@with_listing
def show_command(
    name: str, context: dict[str, str], configs: bool, spaces: bool, listing: Any
) -> None:
    """Show what sources use for each parameter, and which sources.

    NAME is a family, a prior file, or part of a model's name.

    \b
    logminer priors show image_classification --optimizer adamw
    logminer priors show resnet50 --configs
    """
    from dataclasses import replace

    from logminer.cli._output import Listing
    from logminer.workflows import priors
    from logminer.workflows.prior_files import load

    prior = load(name)
    if spaces:
        listing.print(priors.show_spaces(prior))
        return
    if configs:
        listing.print(priors.show_configs(prior, context), shown=("config", "source"))
        return
    found = priors.show(prior, context)
    shown = ("parameter", "centre", "low", "high", "sources", "common")
    listing.print(found, shown=shown)
    if listing.form == "table":
        rows = replace(listing, columns=()).select(found)
        keys = {key for text in rows["sources"] for key in text.split()}
        click.echo()
        Listing().print(priors.legend(prior, keys))


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@with_listing
def search_command(words: tuple[str, ...], listing: Any) -> None:
    """Find published configs and spaces by model, data set, optimizer or parameter.

    \b
    logminer priors search resnet50 lamb
    """
    from logminer.workflows import priors

    shown = ("prior", "model", "source")
    listing.print(priors.search(" ".join(words)), shown=shown)


@command.command("export")
@click.argument("name")
@click.option(
    "--as", "form", type=click.Choice(["yaml", "json", "csv"]), default="yaml", show_default=True,
    help="A search space, the prior itself, or its configs.",
)  # fmt: skip
@with_context
def export_command(name: str, form: str, context: dict[str, str]) -> None:
    """Print a prior as a search space for --space, as its JSON, or its configs as CSV.

    \b
    logminer priors export llm_finetuning --method lora > space.yaml
    """
    from logminer.workflows import priors
    from logminer.workflows.prior_files import load

    click.echo(priors.export(load(name), form, context), nl=False)


@command.command("validate")
@click.argument("path", type=click.Path())
def validate_command(path: str) -> None:
    """Check a prior file, one's own or a stranger's, and say what it holds.

    \b
    logminer priors validate prior.json
    """
    from logminer.workflows import priors

    found = priors.validate(path)
    click.echo(
        f"{path}: ok, {found['origin']} prior '{found['name']}' with {found['parameters']} parameters, "
        f"{found['configs']} configs, {found['tasks']} past tasks"
    )
