"""``logminer suggest``: next configurations to try, with reasons."""

from typing import Any

import click

from logminer.cli._options import (
    SEARCHED,
    opened,
    with_settings,
    with_strategy,
    with_task,
    with_view,
)


@click.command("suggest")
@with_task(role=SEARCHED, count="Configs to propose.")
@click.option(
    "--hold-out", help="Treat this logged task as new, and say what became of such configs there."
)
@click.option(
    "--prior",
    "priors",
    multiple=True,
    help="Start from a published prior: a name, a file, or auto. Repeatable.",
)
@click.option(
    "--at",
    "scale",
    multiple=True,
    help="A scale that was never run: N=7e9. Repeatable; logminer laws says how it moves the best.",
)
@click.option("--repeat", is_flag=True, help="Configs that are pending may come again.")
@click.option(
    "--claim", is_flag=True, help="Remember these as pending: the next call proposes others."
)
@click.option(
    "--study",
    "name",
    help="Hand out trials of this study, to nobody else; logminer tell says what became of them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "yaml", "csv", "argv"]),
    default="text",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--no-fixed",
    is_flag=True,
    help="Leave out values that are not searched, only shared by the best runs.",
)
@with_settings
@with_strategy
@with_view
def command(
    db: str,
    _settings: Any,
    wait: float,
    count: int,
    name: str | None,
    claim: bool,
    form: str,
    no_fixed: bool,
    scale: tuple[str, ...],
    **options: Any,
) -> None:
    """Propose the next configs: first what won elsewhere, then where a model expects more.

    \b
    logminer suggest
    logminer suggest --task digits -n 10 --format argv
    logminer suggest --hold-out digits
    logminer suggest --at N=7e9 --at D=2e12
    logminer suggest --space space.yaml --prior image_classification    (no logs needed)
    logminer suggest --study digits -n 1 --format json
    """
    if name:
        _claim(db, name, options, n=count, wait=wait, form=form)
        return
    from contextlib import nullcontext
    from dataclasses import replace
    from pathlib import Path

    from logminer.cli._advice import print_advice
    from logminer.workflows.suggest import record, suggest

    stored = claim or Path(db).exists()
    options["priors"] = options["priors"] or None
    with opened(db, write=claim, wait=wait) if stored else nullcontext() as store:
        if scale:
            advice = _at_scale(store, scale, count, options)
        else:
            advice = suggest(store, n=count, **options)
        advice = record(store, advice) if claim and store else advice
    print_advice(advice if not no_fixed else replace(advice, fixed={}), form)


def _at_scale(store: Any, scale: tuple[str, ...], count: int, options: dict[str, Any]) -> Any:
    """Advice for a scale; raises UsageError for what is no ``NAME=VALUE``, or makes no sense beside it."""
    from logminer.core.errors import NothingFoundError, UsageError
    from logminer.formats.documents.values import parse_scalar
    from logminer.workflows.scales import suggest_at

    at: dict[str, Any] = {}
    for text in scale:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise UsageError(f"--at '{text}' is no scale", "write it as N=7e9")
        at[name] = parse_scalar(value)
    beside = [k for k in ("task", "hold_out", "priors") if options.get(k)]
    if beside:
        raise UsageError(
            f"--at and --{beside[0].replace('_', '-').removesuffix('s')} make no sense together",
            "leave one out",
        )
    if store is None:
        raise NothingFoundError("no runs to learn from", "logminer ingest PATH reads logs")
    return suggest_at(
        store, at, options["view"], n=count, strategy=options["strategy"], seed=options["seed"]
    )


def _claim(db: str, name: str, options: dict[str, Any], *, n: int, wait: float, form: str) -> None:
    from logminer.cli._advice import print_claimed
    from logminer.core.errors import UsageError
    from logminer.runner.claims import claim

    held, repeat = options.pop("hold_out"), options.pop("repeat")
    if held or repeat:
        raise UsageError("--hold-out and --repeat make no sense with --study", "leave them out")
    print_claimed(claim(db, name, n=n, wait=wait, **options), form)
