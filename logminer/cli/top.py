"""``logminer top``: which configs did best."""

from typing import Any

import click

from logminer.cli._options import with_listing, with_store, with_view


@click.command("top")
@click.option(
    "-n", "count", type=click.IntRange(min=1), default=5, show_default=True, help="Configs a task."
)
@click.option("--task", help="One task only.")
@click.option("--overall", is_flag=True, help="Over all tasks, by mean normalised rank.")
@with_store()
@with_view
@with_listing
def command(
    store: Any, _settings: Any, count: int, task: str | None, overall: bool, view: Any, listing: Any,
    objectives: Any,
) -> None:  # fmt: skip
    """List the top performers of each task, repeated seeds averaged, diverged runs last.

    \b
    logminer top
    logminer top --overall -n 10 --format md
    logminer top --metric accuracy:max --metric latency_ms:min

    With several metrics: the configs of each task that no other is better than in all of them.
    """
    from logminer.analyses import top
    from logminer.cli._output import say_guess, say_left_out
    from logminer.workflows.history import mine_history

    if len(objectives) > 1:
        from logminer.workflows.tradeoffs import tradeoffs

        listing.print(tradeoffs(store, view, objectives, task=task))
        return
    mined = mine_history(store, view, task=task)
    if task is None:
        say_left_out(mined)
    say_guess(mined)
    result = top.analyse(mined.history)
    if overall:
        best = result.to_frame(overall=True).head(count)
    else:
        best = result.to_frame().groupby("task").head(count)
        best = best[best["task"].isin([task] if task else mined.history.tasks)]
    shown = best.drop(columns=["config"] if overall else ["config", "run"])
    if listing.fits(shown):
        listing.print(shown)
    else:
        _blocks(listing.select(shown), best["config"], result, mined.history)


def _blocks(rows: Any, numbers: Any, result: Any, history: Any) -> None:
    """Each config below what it reached, all of it, the hyperparameters that go with the result first."""
    from logminer.analyses import correlation
    from logminer.cli._advice import settings, wrapped
    from logminer.cli._output import clean
    from logminer.core.history import unset

    names = correlation.order(history.configs, history.losses, history.trials["task"])
    task = ""
    for index, row in rows.iterrows():
        if row.get("task", "") != task:
            click.echo("\n" if task else "", nl=False)
            task = row["task"]
            objective = history.objectives[task]
            wrapped(clean(f"{task}, to {objective.mode}imise {objective.metric}"), "")
        config = result.configs.loc[numbers[index]]
        wrapped(_reached(row), f"{row['place']:>2}  ")
        told = settings({name: config[name] for name in names if not unset(config[name])})
        wrapped(told or "no hyperparameter known", "    ")


def _reached(row: Any) -> str:
    """What a config reached, in a line."""
    from logminer.cli._output import cell, clean
    from logminer.core.words import counted

    failed = f", {row['failed']} failed" if row["failed"] else ""
    runs = f"{counted(row['runs'], 'run')}{failed}"
    repeated = f"  ({runs})" if row["runs"] > 1 or failed else ""
    if "score" in row:
        return f"score {cell(row['score'])}  {runs} in {counted(row['tasks'], 'task')}, worst rank {cell(row['worst_rank'])}"
    value = cell(row["mean"]) or "no value"
    spread = f" ± {format(row['std'], '.2g')}" if row["runs"] > 1 else ""
    return f"{value}{spread}  {clean(row['name'])}{repeated}"
