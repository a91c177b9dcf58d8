"""How a search speaks: one line a trial on stderr, the result on stdout."""

import json
import math
from pathlib import Path
from typing import Any

import click

from logminer.cli._advice import wrapped
from logminer.cli._output import cell, clean


def limits_of(
    trials: int | None,
    span: str | None,
    budget: float | None,
    target: float | None,
    patience: str | None,
) -> Any:
    """The limits that the options name."""
    from logminer.runner._ends import Limits, seconds

    count = int(patience) if patience and patience.isdigit() else None
    lasting = seconds(patience) if patience and count is None else None
    return Limits(trials, seconds(span) if span else None, budget, target, count, lasting)


def said(row: Any) -> None:
    """Say that a trial was started or has ended."""
    config = " ".join(f"{name}={cell(value)}" for name, value in row.config.items())
    granted = f" budget={cell(row.budget)}" if row.budget is not None else ""
    if row.status == "running":
        line = f"trial {row.number} started: {config}{granted}"
    elif row.status in ("failed", "infeasible"):
        line = f"trial {row.number} {row.status}: {row.reason}"
    else:
        reason = f" ({row.reason})" if row.reason else ""
        line = f"trial {row.number} {row.status}: {cell(row.value)}{reason}"
    click.echo(clean(line), err=True)


def print_result(result: Any, form: str) -> None:
    """Print why a search ended and what it found."""
    if form == "json":
        facts = {
            "study": result.study, "metric": result.metric, "mode": result.mode, "folder": result.folder,
            "why": result.why, "failed": result.failed, "best_trial": result.best_trial,
            "best_value": None if math.isnan(result.best_value) else result.best_value,
            "best_config": result.best_config, "best_error": result.best_error, "best_runs": result.best_runs,
            "front": None if result.front is None else json.loads(result.front.to_json(orient="records")),
            "trials": json.loads(result.trials.to_json(orient="records")),
        }  # fmt: skip
        click.echo(json.dumps(facts, indent=2))
        return
    wrapped(clean(result.why), "ended: ")
    counts = result.trials["status"].value_counts()
    each = ", ".join(f"{n} {status}" for status, n in counts.items())
    click.echo(f"study {clean(result.study)}: {each}")
    click.echo(f"logs of each: {clean(shown_path(result.folder))}/NUMBER")
    if result.best_config is None:
        _say_how(result)
        return
    if result.front is not None:
        _say_front(result)
        return
    goal = f"{clean(result.metric)}, to {result.mode}imise"
    error = f" ± {format(result.best_error, '.2g')}" if result.best_error else ""
    runs = f", {result.best_runs} runs" if result.best_runs > 1 else ""
    click.echo(
        f"best: {cell(result.best_value)}{error} by trial {result.best_trial} ({goal}{runs})"
    )
    wrapped("  ".join(f"{clean(n)}={cell(v)}" for n, v in result.best_config.items()), "      ")


def _say_front(result: Any) -> None:
    """The configs that no other is better than in all objectives, a line each."""
    from logminer.cli._output import Listing

    click.echo(f"{len(result.front)} configs that no other is better than in all objectives:")
    Listing("table").print(result.front)


def _say_how(result: Any) -> None:
    """Where no trial had a value since none was found: what a script can do."""
    from logminer.runner._final_value import HOW_TO_SAY
    from logminer.runner._outcome import NO_METRIC

    reasons = set(result.trials.loc[result.trials["status"] == "failed", "reason"])
    if NO_METRIC in reasons or any(reason.startswith("logged no '") for reason in reasons):
        click.echo(HOW_TO_SAY, err=True)


def say_unknown_direction(result: Any, vocabulary: Any) -> None:
    """Say on stderr which way was taken to be better where the name of the metric does not tell."""
    from logminer.analyses.objective import read_name
    from logminer.cli._output import say

    if result.metric and read_name(result.metric, vocabulary) is None:
        other = "max" if result.mode == "min" else "min"
        say(
            f"the name of {result.metric} does not tell which way is better: it was "
            f"{result.mode}imised; say --mode {other} if not"
        )


def shown_path(path: str) -> str:
    """A path from the current folder where it lies below."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if here in Path(path).parents else path
