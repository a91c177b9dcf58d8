"""From the store to learning curves, and what stopping rules would have saved on them."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from logminer.curves.replay import replay
from logminer.curves.stopping import (
    Rule,
    below_median,
    below_percentile,
    by_chance,
    halved,
    no_earlier_than,
    out_of_patience,
    outclassed,
    unlikely_best,
)
from logminer.store import Store
from logminer.workflows.history import Mined

_UNFINISHED = ("running", "preempted", "failed", "pruned", "stopped early")


def past_curves(
    store: Store, mined: Mined, metrics: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The objective's learning curve of every run, as ``CurveModel.fit`` takes them.

    Args:
        store: the store.
        mined: the runs, their tasks, objectives and configs.
        metrics: another metric for some or all tasks, by task; minimised.

    Returns:
        Columns ``task``, ``run`` (id), ``step``, ``value``, ``mode``, ``config`` (repeats share it), ``finished``
        (False where a run ended before its plan), ``horizon`` (planned last step, NaN if unknown), then one column a hyperparameter.
    """
    history = mined.history
    trials = history.trials
    chosen = {t: (o.metric, o.mode) for t, o in history.objectives.items()}
    chosen |= {task: (metric, "min") for task, metric in (metrics or {}).items()}
    parts = []
    for metric in sorted({m for m, _ in chosen.values()}):
        tasks = [t for t, (m, _) in chosen.items() if m == metric]
        runs = trials.index[trials["task"].isin(tasks)]
        points = store.read.curves(mined.names.get(metric, (metric,)), runs.tolist())
        parts.append(points.drop_duplicates(["run", "step"]))
    points = pd.concat(parts, ignore_index=True)[["run", "step", "value"]]
    facts = pd.DataFrame({
        "task": trials["task"], "mode": trials["task"].map({t: m for t, (_, m) in chosen.items()}),
        "config": history.config_ids.astype(str) + "/" + trials["task"],
        "finished": ~(trials["status"].isin(_UNFINISHED) | trials["state"].isin(_UNFINISHED)),
        "horizon": trials["planned"],
    })  # fmt: skip
    return points.join(facts.join(history.configs.rename(columns=_renamed)), on="run")


def backtest_stopping(
    store: Store,
    mined: Mined,
    *,
    chances: Sequence[float] = (0.01, 0.02, 0.05, 0.1, 0.2),
    least: float = 0.05,
    together: bool = True,
    repeats: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Replay stopping rules on the logged runs, each task with a model that has not seen it.

    Args:
        store: the store.
        mined: the runs to replay.
        chances: thresholds p: of ``stop if P(beats the incumbent) < p``, and of the chance to lose the best run.
        least: share of the full budget below which no rule but halving stops a run that has not diverged.
        together: whether the runs of a task go on side by side, or one starts when the other has ended.
        repeats: how often to replay each task with some of its runs drawn at random; 0 for once, all of them.
        seed: seed of the models and draws.

    Returns:
        One row a rule, task and repeat, as from ``logminer.curves.replay.replay``.
    """
    rules = standard_rules(chances, least)
    curves = past_curves(store, mined)
    return replay(curves, rules, together=together, repeats=repeats, seed=seed)


def standard_rules(chances: Sequence[float], least: float) -> dict[str, Rule]:
    """Rules by name: three that use forecasts, at several thresholds, then those that people know."""
    named: dict[str, Rule] = {f"best lost < {p:g}": partial(unlikely_best, p=p) for p in chances}
    named |= {f"outclassed {p:g}": partial(outclassed, p=p) for p in chances}
    named |= {f"chance < {p:g}": partial(by_chance, p=p) for p in chances}
    named |= {
        "median": below_median,
        "percentile 50": below_percentile,
        "patience": out_of_patience,
    }
    granted = {name: no_earlier_than(rule, least) for name, rule in named.items()}
    return {**granted, "halving": halved}


def _renamed(name: str) -> str:
    """A hyperparameter's column, kept apart from the columns that mean something else."""
    taken = ("task", "run", "step", "value", "mode", "config", "finished", "horizon")
    return f"param.{name}" if name in taken else name
