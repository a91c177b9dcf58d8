"""From the store to learning curves, and what stopping rules would have saved on them."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from logminer.curves.fitted import read_model
from logminer.curves.replay import replay
from logminer.curves.stopping import Rule, halved
from logminer.curves.stopping_rule import DEFAULT, StoppingRule, candidates, choose
from logminer.store import Store
from logminer.workflows.history import Mined

CHECKPOINTS = (1 / 9, 0.2, 1 / 3, 0.5, 0.7)
"""Shares of a run at which rules are asked in a backtest."""
HALVING = partial(halved, rungs=(1 / 9, 1 / 3))
_KEPT_AS = "stopping rule"
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
    rules: Mapping[str, Rule] | None = None,
    *,
    together: bool = True,
    repeats: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """Replay stopping rules on the logged runs, each task with a model that has not seen it.

    Args:
        store: the store.
        mined: the runs to replay.
        rules: the rules by name; all that may be chosen, and successive halving to compare with, if None.
        together: whether the runs of a task go on side by side, or one starts when the other has ended.
        repeats: how often to replay each task with some of its runs drawn at random; 0 for once, all of them.
        seed: seed of the models and draws.

    Returns:
        One row a rule, task and repeat, as from ``logminer.curves.replay.replay``.
    """
    chosen = standard_rules() if rules is None else rules
    curves, base = past_curves(store, mined), read_model(mined.curves)
    return replay(
        curves, chosen, together=together, checkpoints=CHECKPOINTS, repeats=repeats, seed=seed, base=base
    )  # fmt: skip


def standard_rules() -> dict[str, Rule]:
    """Rules by name: those that may be chosen, and successive halving."""
    return {**{each.name: each.rule() for each in candidates()}, "halving": HALVING}


def choose_rule(store: Store, replayed: pd.DataFrame) -> StoppingRule:
    """Choose the rule that all commands stop runs by, and keep it."""
    rule = choose(replayed, candidates())
    with store.transaction():
        store.write.verdict(_KEPT_AS, rule.to_json(), 0.0)
    return rule


def stopping_rule(store: Store) -> StoppingRule:
    """The rule that the last backtest of this database chose; the default without one."""
    found = store.read.verdict(_KEPT_AS)
    return StoppingRule.from_json(found[0]) if found else DEFAULT


def _renamed(name: str) -> str:
    """A hyperparameter's column, kept apart from the columns that mean something else."""
    taken = ("task", "run", "step", "value", "mode", "config", "finished", "horizon")
    return f"param.{name}" if name in taken else name
