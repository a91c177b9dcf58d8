"""What stopping rules save and cost on logged curves, those that ask forecasts beside those that people know."""

from functools import partial

import numpy as np
import pandas as pd

from logminer.curves.replay import replay, summarise
from logminer.curves.stopping import (
    below_median,
    below_percentile,
    by_chance,
    halved,
    no_earlier_than,
    out_of_patience,
    outclassed,
    unlikely_best,
)

CHECKPOINTS = (1 / 27, 1 / 9, 0.2, 1 / 3, 0.5, 0.7)


def stopping(frame, seed, repeats):
    """The frontier of what stopping rules save and cost, side by side and one after another."""
    for together in (True, False):
        ours, others = forecasting(), known("halving" if together else "ASHA")
        replayed = replay(
            frame, ours | others, together=together, checkpoints=CHECKPOINTS, repeats=repeats, seed=seed
        )  # fmt: skip
        print("all runs of a task side by side" if together else "\none run after another")
        print(summarise(replayed).to_string(index=False, float_format="{:.4f}".format))
        for family in ("best lost", "outclassed"):
            print(f"\nat the regret of each: what {family!r} saves more (90 % of tasks drawn anew)")
            table = more_saved(replayed, [n for n in ours if n.startswith(family)], list(others))
            print(table.to_string(index=False, float_format="{:.3f}".format), flush=True)


def forecasting():
    """Rules that use forecasts, from the careful to the bold."""
    chances = (0.002, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5)
    rules = {f"best lost < {p:g}": partial(unlikely_best, p=p) for p in chances}
    rules |= {f"outclassed {p:g}": partial(outclassed, p=p) for p in chances}
    return rules | {f"chance < {p:g}": partial(by_chance, p=p) for p in (0.05, 0.2)}


def known(halving):
    """Rules that people know, each at several settings."""
    rules = {f"median, from {s:.0%}": no_earlier_than(below_median, s) for s in (0.1, 0.3)}
    rules |= {f"best half, from {s:.0%}": no_earlier_than(below_percentile, s) for s in (0.1, 0.3)}
    rules |= {f"patience {s:.0%}": partial(out_of_patience, share=s) for s in (0.1, 0.2)}
    return rules | halvings(halving)


def more_saved(replayed, ours, others, draws=500):
    """Share of the budget that a family of rules saves beyond each other rule at that one's regret.

    Between two settings of the family the saving is interpolated, below the most careful one down to nothing. The
    interval comes from drawing tasks anew.
    """
    by_task = replayed.groupby(["rule", "task"])[["saved", "regret"]].mean().unstack("task")
    saved, regret = (by_task[name].to_numpy() for name in ("saved", "regret"))
    row = {name: k for k, name in enumerate(by_task.index)}
    rng = np.random.default_rng(0)
    tasks = [np.arange(saved.shape[1]), *rng.integers(0, saved.shape[1], (draws, saved.shape[1]))]
    mine = [row[name] for name in ours]
    table = []
    for name in others:
        gaps = []
        for chosen in tasks:
            x = np.maximum.accumulate([0.0, *regret[mine][:, chosen].mean(axis=1)])
            y = [0.0, *saved[mine][:, chosen].mean(axis=1)]
            there = regret[row[name], chosen].mean()
            gaps.append(np.interp(there, x, y) - saved[row[name], chosen].mean())
        low, high = np.quantile(gaps[1:], [0.05, 0.95])
        table.append({"rule": name, "saves more": gaps[0], "from": low, "to": high})
    return pd.DataFrame(table)


def halvings(name):
    """Halving by 3 with one, two or three rungs below the full budget."""
    ladder = (1 / 27, 1 / 9, 1 / 3)
    return {
        f"{name}, rungs {[round(r, 3) for r in ladder[k:]]}": partial(halved, rungs=ladder[k:])
        for k in (0, 1, 2)
    }
