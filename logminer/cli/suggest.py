"""``logminer suggest``: next configurations to try, with reasons."""

from typing import Any

import click

from logminer.cli._options import with_store, with_view


@click.command("suggest")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Configs to propose.",
)
@click.option("--task", help="The task to search on; else a new one like those logged.")
@click.option(
    "--hold-out", help="Treat this logged task as new, and say what became of such configs there."
)
@click.option("--strategy", help="Search strategy [auto]; logminer strategies lists them.")
@click.option("--seed", type=int, help="Same seed and same logs, same answer [0].")
@click.option(
    "--prior",
    "priors",
    multiple=True,
    help="Start from a published prior: a name, a file, or auto. Repeatable.",
)
@click.option("--repeat", is_flag=True, help="Configs that were run or are pending may come again.")
@click.option(
    "--claim", is_flag=True, help="Remember these as pending: the next call proposes others."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "yaml", "csv", "argv"]),
    default="text",
    show_default=True,
    help="How to print.",
)
@with_store(write="claim", optional=True)
@with_view
def command(
    store: Any, settings: Any, count: int, task: str | None, hold_out: str | None, strategy: str | None,
    seed: int | None, priors: tuple[str, ...], repeat: bool, claim: bool, form: str, view: Any,
) -> None:  # fmt: skip
    """Propose the next configs: first what won elsewhere, then where a model expects more.

    \b
    logminer suggest
    logminer suggest --task digits -n 10 --format argv
    logminer suggest --hold-out digits
    logminer suggest --space space.yaml --prior image_classification    (no logs needed)
    """
    from logminer.cli._advice import print_advice
    from logminer.workflows.suggest import record, suggest

    chosen = settings.values
    advice = suggest(
        store, view, task=task, hold_out=hold_out, n=count, strategy=strategy or chosen["strategy"],
        seed=int(chosen["seed"]) if seed is None else seed, repeat=repeat,
        priors=priors or None,
    )  # fmt: skip
    print_advice(record(store, advice) if claim and store else advice, form)
