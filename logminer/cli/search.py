"""``logminer search``: run trainings with suggested configs, and learn from each."""

from typing import Any

import click

from logminer.cli._options import with_settings, with_view


@click.command("search")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--study", "name", help="Name of the study; from the command if not given.")
@click.option("--task", help="Learn from the logged tasks related to this one.")
@click.option("--strategy", help="Search strategy [auto]; logminer strategies lists them.")
@click.option("--seed", type=int, help="Same seed and same trials, same suggestions [0].")
@click.option("--prior", "priors", multiple=True, help="Start from a published prior. Repeatable.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Trials at a time."
)
@click.option(
    "--cores-per-worker", type=click.IntRange(min=1), help="Cores, and threads, of each trial."
)
@click.option("--memory-per-worker", help="What a trial may hold, 4GB say; more is a failure.")
@click.option(
    "--gpus-per-worker", type=float, help="Accelerators that each trial sees; 0.5: two share one."
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    help="Runs of each config, with another {seed} each [1].",
)
@click.option(
    "--confident", is_flag=True, help="Repeat the best and its rivals alone, until told apart."
)
@click.option("--search-seed", is_flag=True, help="Search a seed of the space like any parameter.")
@click.option(
    "--constraint",
    "constraints",
    multiple=True,
    help="What must hold: 'latency_ms<=20'. Repeatable.",
)
@click.option(
    "--engine",
    default="local",
    show_default=True,
    help="local, dask://HOST:PORT, ray, ray://HOST:PORT.",
)
@click.option(
    "--fidelity",
    help="What a cheap trial has less of: epochs=1:81; {epochs} or {budget} in the command.",
)
@click.option(
    "--stop",
    type=click.Choice(["curves", "median", "none"]),
    default="none",
    show_default=True,
    help="Stop single trials early, by the learning-curve model or the median.",
)
@click.option("--trial-time", help="Time one trial may take: 90, 10m, 2h.")
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    help="End after so many trials of the study. Without any limit: when interrupted.",
)
@click.option("--time", "span", help="End after this time: 90, 10m, 2h.")
@click.option(
    "--budget", type=float, help="End when so much fidelity (epochs, say) is spent in all."
)
@click.option("--target", type=float, help="End when the objective is that good.")
@click.option(
    "--patience", help="End after so many trials (20) or so long (30m) without a better one."
)
@click.option(
    "--config-template",
    type=click.Path(),
    help="JSON, YAML or TOML with placeholders; {config_file} is its copy.",
)
@click.option(
    "--runs",
    type=click.Path(),
    default="logminer-runs",
    show_default=True,
    help="Folder of the trials' folders.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")  # fmt: skip
@with_settings
@with_view
@click.pass_context
def command(
    ctx: click.Context, /, db: str, settings: Any, wait: float, command: tuple[str, ...], name: str | None,
    strategy: str | None, seed: int | None, span: str | None, patience: str | None, trial_time: str | None,
    fidelity: str | None, stop: str, config_template: str | None, form: str, view: Any,
    trials: int | None, budget: float | None, target: float | None, repeats: int | None, confident: bool,
    constraints: tuple[str, ...], objectives: Any, **options: Any,
) -> None:  # fmt: skip
    """Run COMMAND with one config after the other, read the logs it writes, and say what is best.

    \b
    logminer search --space space.yaml --trials 30 -- \\
        python train.py --lr {learning_rate} --out {run_dir}

    Interrupted or killed, the same command line goes on where it was.
    """
    from dataclasses import replace
    from pathlib import Path

    from logminer.cli._search import limits_of, print_result, said, say_unknown_direction
    from logminer.core.aims import Aims
    from logminer.runner._asking import Fidelity
    from logminer.runner._command import Command
    from logminer.runner._ends import seconds
    from logminer.runner._repeats import Repeats
    from logminer.runner.search import SearchInterrupted, search_command

    quiet = bool(ctx.find_root().obj and ctx.find_root().obj["quiet"])
    say, told = (None, None) if quiet else (lambda line: click.echo(line, err=True), said)
    code = 0
    try:
        result = search_command(
            db, Command(command, Path(config_template) if config_template else None), view, study=name,
            strategy=strategy or settings.values["strategy"],
            seed=int(settings.values["seed"]) if seed is None else seed,
            limits=limits_of(trials, span, budget, target, patience),
            wait=wait, fidelity=Fidelity.parse(fidelity) if fidelity else None,
            stop=None if stop == "none" else stop, timeout=seconds(trial_time) if trial_time else None,
            told=told, say=say, repeats=Repeats(repeats, confident),
            aims=replace(Aims.parse((), constraints), objectives=objectives), **options,
        )  # fmt: skip
    except SearchInterrupted as interrupted:
        result, code = interrupted.result, 130
    print_result(result, form)
    if not view.mode:
        say_unknown_direction(result, settings.vocabulary)
    if code or result.failed:
        ctx.exit(code or 1)
