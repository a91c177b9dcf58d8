"""``logminer backtest``: what would these logs have saved?"""

from typing import Any

import click

from logminer.cli._options import opened, with_listing, with_settings, with_task, with_view

_SAID_EVERY = 10.0  # seconds


@click.command("backtest")
@with_task(
    role="Take the tasks related to this one; else the largest family.",
    count="Trials of each search.",
    default=15,
    least=2,
)
@click.option(
    "--strategies",
    default="auto,random",
    show_default=True,
    help="Strategies to compare, with commas.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Repeats with other seeds.",
)
@click.option(
    "--surrogate",
    is_flag=True,
    help="Answer with what trees expect of a suggestion, not with the nearest logged config.",
)
@click.option(
    "--stopping",
    is_flag=True,
    help="Replay rules that stop runs early instead, and choose the one all commands use.",
)
@with_settings
@with_view
@with_listing
@click.pass_context
def command(
    ctx: click.Context, db: str, _settings: Any, wait: float, task: str | None, strategies: str, count: int, seeds: int,
    surrogate: bool, stopping: bool, view: Any, listing: Any,
) -> None:  # fmt: skip
    """Hold out each logged task, search it again with the others as the past, and say what the past saves.

    The verdict is kept: suggestions trust the past no further than it earned here.

    \b
    logminer backtest
    logminer backtest --strategies auto,gp,tpe,random -n 25
    logminer backtest --surrogate
    logminer backtest --stopping
    """
    from logminer.cli._output import say

    if stopping:
        table, words = _stopping(db, view, task, wait)
        listing.print(table)
        say(words)
        return
    from logminer.workflows.judge import IN_WORDS, judge

    result = judge(
        db,
        view,
        task=task,
        strategies=strategies.split(","),
        n_trials=count,
        seeds=seeds,
        surrogate=surrogate,
        told=None if ctx.obj["quiet"] else _now_and_then(),
        wait=wait,
    )
    listing.print(result.summary)
    low, high = result.interval
    for line in _rows_mean(strategies.split(","), surrogate=surrogate):
        say(line)
    say(
        f"the past {IN_WORDS[result.verdict]}; '{result.best}' saves {result.saved:.1f} trials a task "
        f"against picking at random (80 %: {low:.1f} to {high:.1f})"
    )
    for name, reason in result.skipped.items():
        say(f"not replayed: {name}: {reason}")


def _now_and_then() -> Any:
    """Say what is being done, at most every few seconds: a line each, as nothing else may move on the screen."""
    from time import monotonic

    from logminer.cli._output import say

    started = said = monotonic()

    def told(done: int, total: int, task: str) -> None:
        nonlocal said
        now = monotonic()
        if not done or now - said >= _SAID_EVERY:
            said = now
            say(f"{done} of {total} searches replayed in {now - started:.0f} s; now on {task}")

    return told


def _rows_mean(strategies: list[str], *, surrogate: bool) -> list[str]:
    """What the rows of the table are, in a line each."""
    from logminer.workflows.backtest import COLD, RANDOM

    lines = [f"{COLD}: the search 'auto' that knows no other task"]
    if "random" in strategies:
        lines.append("random: tries what did best on the other tasks, then draws at random")
    drawn = "configs of the space" if surrogate else "logged configs"
    lines.append(f"{RANDOM}: takes {drawn} at random, knowing nothing; what 'saved' compares with")
    return lines


def _stopping(db: str, view: Any, task: str | None, wait: float) -> tuple[Any, str]:
    """What each rule would have saved and lost, and the one that is chosen for all commands."""
    from logminer.curves.replay import summarise
    from logminer.workflows.history import mine_history
    from logminer.workflows.stopping import backtest_stopping, choose_rule

    with opened(db, wait=wait) as store:
        replayed = backtest_stopping(store, mine_history(store, view, task=task))
    with opened(db, wait=wait, write=True) as store:
        rule = choose_rule(store, replayed)
    return summarise(replayed).sort_values("saved", ascending=False), rule.words
