"""Printing suggestions: as text with reasons, or for a machine."""

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import click
import pandas as pd

from logminer.cli._output import Listing, cell, clean, console, print_json

_MOST_FIXED = 20  # values shown in a line of text
_MOST_ITEMS = 4  # of a list among them


def print_advice(advice: Any, form: str) -> None:
    """Print suggestions in one of the formats of ``logminer suggest``."""
    derived = _derived(advice)
    plain = [
        {**s.to_dict(), "derived": dict(values)}
        for s, values in zip(advice.suggestions, derived, strict=True)
    ]
    fixed = dict(advice.fixed)
    if form == "json":
        print_json(
            {"task": advice.task, "suggestions": plain, "fixed": fixed, "notes": advice.notes}
        )
    elif form == "yaml":
        import yaml

        click.echo(
            yaml.safe_dump(
                {"task": advice.task, "suggestions": plain, "fixed": fixed}, sort_keys=False
            ),
            nl=False,
        )
    elif form == "csv":
        rows = [{**s.config, "predicted": s.predicted} for s in advice.suggestions]
        Listing("csv").print(pd.DataFrame(rows))
    elif form == "argv":
        for suggestion, values in zip(advice.suggestions, derived, strict=True):
            whole = {**suggestion.config, **values, **_scalars(fixed)}
            click.echo(" ".join(_flag(name, value) for name, value in whole.items()))
    else:
        _text(advice)


def print_claimed(claimed: Any, form: str) -> None:
    """Print trials that were handed out: what to train, where its logs belong, and how to tell."""
    rows = [
        {"trial": t.number, "config": t.config, "budget": t.budget, "run_dir": t.folder, "because": list(t.because)}
        for t in claimed.trials
    ]  # fmt: skip
    if form == "json":
        print_json({"study": claimed.study.name, "trials": rows, "notes": claimed.notes})
    elif form == "yaml":
        import yaml

        plain = {"study": claimed.study.name, "trials": rows}
        click.echo(yaml.safe_dump(plain, sort_keys=False), nl=False)
    elif form == "csv":
        flat = [{"trial": r["trial"], **r["config"], "run_dir": r["run_dir"]} for r in rows]
        Listing("csv").print(pd.DataFrame(flat))
    elif form == "argv":
        for row in rows:
            click.echo(" ".join(_flag(name, value) for name, value in row["config"].items()))
    else:
        _trials(claimed)


def _trials(claimed: Any) -> None:
    width = min(console().width, 100)
    name = clean(claimed.study.name)
    for trial in claimed.trials:
        wrapped(settings(trial.config), f"trial {trial.number}  ", width)
        if trial.budget is not None:
            click.echo(f"    budget {cell(trial.budget)}")
        for reason in trial.because:
            wrapped(clean(reason), "    · ", width)
        click.echo(f"    logs belong into {clean(trial.folder)}")
        click.echo(f"    then: logminer tell {name} {trial.number} VALUE\n")
    for note in claimed.notes:
        print(textwrap.fill(clean(note), width), file=sys.stderr)


def _derived(advice: Any) -> Sequence[Mapping[str, Any]]:
    return advice.derived or [{} for _ in advice.suggestions]


def _scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not isinstance(value, list)}


def _flag(name: str, value: Any) -> str:
    import shlex

    shown = repr(value) if isinstance(value, float) else str(value)
    return shlex.quote(clean(f"--{name}={shown}"))


def _text(advice: Any) -> None:
    width = min(console().width, 100)
    goal = (
        f", to {advice.objective.mode}imise {advice.objective.metric}" if advice.objective else ""
    )
    click.echo(f"for {clean(advice.task)}{clean(goal)}\n")
    shared = _shared([s.because for s in advice.suggestions])
    pairs = zip(advice.suggestions, _derived(advice), strict=True)
    for number, (suggestion, derived) in enumerate(pairs, start=1):
        wrapped(settings(suggestion.config), f"{number:>2}  ", width)
        if derived:
            wrapped(settings(derived), "    hence ", width)
        if suggestion.predicted is not None:
            between = ""
            if suggestion.interval:
                low, high = (cell(float(end)) for end in suggestion.interval)
                between = f"  (80 %: {low} to {high})"
            click.echo(f"    expected {cell(float(suggestion.predicted))}{between}")
        for reason in suggestion.because:
            if reason in shared:
                continue
            wrapped(clean(reason), "    · ", width)
        click.echo()
    for reason in shared:
        wrapped(clean(reason), "all · ", width)
    if advice.fixed:
        wrapped(_fixed_line(advice.fixed), "fixed: ", min(width, 80))
    for note in advice.notes:
        print(textwrap.fill(clean(note), width), file=sys.stderr)


def _fixed_line(fixed: Mapping[str, Any]) -> str:
    """What is fixed in one line; of many values the first ones, with the number of the others."""
    shown = dict(list(fixed.items())[:_MOST_FIXED])
    line = settings({name: _first_items(value) for name, value in shown.items()})
    more = len(fixed) - len(shown)
    return f"{line}  … and {more} more (all with --format json)" if more else line


def _first_items(value: Any) -> Any:
    if not isinstance(value, list) or len(value) <= _MOST_ITEMS:
        return value
    return f"[{', '.join(map(_short, value[:_MOST_ITEMS]))}, …] ({len(value)})"


def _shared(reasons: Sequence[Sequence[str]]) -> list[str]:
    """Reasons that speak for every suggestion, to be said once."""
    if len(reasons) < 2:
        return []
    return [reason for reason in reasons[0] if all(reason in others for others in reasons[1:])]


def settings(config: Mapping[str, Any]) -> str:
    """A config in one line: ``lr=0.01  optimizer=adam``."""
    return "  ".join(f"{clean(str(name))}={_short(value)}" for name, value in config.items())


def _short(value: Any) -> str:
    return format(value, ".4g") if isinstance(value, float) else clean(str(value))


def wrapped(text: str, start: str, width: int | None = None) -> None:
    """Print a text that begins with ``start`` and goes on below its first word; as wide as the terminal, if not told."""
    click.echo(
        textwrap.fill(
            text, width or min(console().width, 100), initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False,
            break_long_words=True,
        )
    )  # fmt: skip
