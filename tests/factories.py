"""Synthetic histories, curves and reports with a known answer."""

import numpy as np
import pandas as pd

from logminer.core.history import History
from logminer.core.objective import Objective
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.problem import Problem
from logminer.core.space import Space
from logminer.core.suggestion import Suggestion
from logminer.reports import Decision, Ingested, ReportContext
from logminer.workflows.backtest import RANDOM, Backtest

SPACE = Space(
    {
        "learning_rate": Float(1e-5, 1.0, log=True),
        "weight_decay": Float(1e-6, 1e-1, log=True),
        "batch_size": Integer(16, 512, log=True),
        "dropout": Float(0.0, 0.5),
        "optimizer": Categorical(("sgd", "adam", "lion")),
        "beta2": Float(0.9, 0.9999, when={"optimizer": ("adam", "lion")}),
        "nesterov": Categorical((False, True), when={"optimizer": ("sgd",)}),
    }
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>$_{\x00"  # a frame has no place for half a character
BASE_TIME = 1_700_000_000.0


def history_of(configs, values, space=SPACE, tasks="task", mode="min", **columns):
    """A History of given configs and objective values; other columns get plain defaults."""
    n = len(configs)
    trials = pd.DataFrame(
        {
            "name": [f"run_{i}" for i in range(n)],
            "task": tasks,
            "value": np.asarray(values, dtype=float),
            "status": "finished",
            "steps": 100,
            "started": BASE_TIME + 60.0 * np.arange(n),
            "seconds": 60.0,
        }
    ).assign(**columns)
    names = trials["task"].unique()
    frame = pd.DataFrame(configs, columns=space.names).astype(object)
    return History(trials, frame, space, {t: Objective("val/loss", mode) for t in names})


def make_history(tasks=3, configs=60, seeds=2, diverged=0.05, noise=0.02, seed=0, space=SPACE):
    """Runs of several tasks whose best learning rate differs a little; alternate tasks maximise."""
    rng = np.random.default_rng(seed)
    drawn = space.sample(configs, rng)
    rows, values, names, status = [], [], [], []
    for t in range(tasks):
        for config in drawn:
            loss = landscape(config, t)
            for _ in range(seeds):
                bad = rng.random() < diverged
                value = loss + noise * rng.standard_normal()
                rows.append(config)
                values.append(np.nan if bad else (-value if t % 2 else value))
                names.append(f"task_{t}")
                status.append("failed" if bad else "finished")
    history = history_of(rows, values, space, names, status=status)
    objectives = {
        f"task_{t}": Objective("val/accuracy" if t % 2 else "val/loss", "max" if t % 2 else "min")
        for t in range(tasks)
    }
    return History(history.trials, history.configs, space, objectives)


def landscape(config, task=0):
    """A loss that is mostly about the learning rate, somewhat about the optimizer."""
    lr = np.log10(config["learning_rate"]) + 2.5 + 0.3 * task
    loss = 0.3 * lr**2 / 4 + 0.1 * (config["dropout"] - 0.2) ** 2
    loss += {"sgd": 0.1, "adam": 0.0, "lion": 0.03}[config["optimizer"]]
    return 0.2 + loss + 0.02 * abs(np.log2(config["batch_size"] / 64))


def make_curves(history, points=50, seed=0):
    """Long frame of learning curves that end at each run's value; diverged ones end in NaN."""
    rng = np.random.default_rng(seed)
    parts = []
    step = np.arange(1, points + 1) * 10
    for run, trial in history.trials.iterrows():
        objective = history.objectives[trial["task"]]
        end = trial["value"] if np.isfinite(trial["value"]) else objective.sign
        curve = end + objective.sign * 1.5 * step**-0.6 + 0.01 * rng.standard_normal(points)
        if not np.isfinite(trial["value"]):
            curve[points // 2 :] = np.nan
        columns = {"step": step, "wall": trial["started"] + step, "value": curve}
        parts.append(pd.DataFrame({"run": run, "metric": objective.metric, **columns}))
    return pd.concat(parts, ignore_index=True)


def make_backtest(task):
    """A replay in which the past saves trials."""
    trial = np.arange(1, 11)
    speeds = {"auto": 0.3, RANDOM: 0.8, "auto, cold": 0.6}
    curves = [
        pd.DataFrame(
            {"strategy": name, "task": task, "seed": 0, "trial": trial, "regret": speed**trial}
        )
        for name, speed in speeds.items()
    ]
    summary = pd.DataFrame({"strategy": list(speeds), "regret@1": list(speeds.values())})
    together = pd.concat(curves, ignore_index=True)
    return Backtest(together, summary, "auto", 5.0, (3.0, 7.0), "helps", 1.0, {task: "too few"})


def full_context(history=None, text="plain"):
    history = history or make_history(tasks=2, configs=20)
    config = history.config_dicts()[0]
    return ReportContext(
        history,
        Ingested(3, {text: 3}, len(history), 1000, [Problem(text, text, text)], text),
        curves=make_curves(history),
        suggestions=[
            Suggestion(config, predicted=0.1, interval=(0.0, 0.2), because=(text,), strategy=text)
        ],
        suggested_for=text,
        zoomed=history.space,
        backtest=make_backtest(text),
        decisions=[Decision(text, text, (text,), text)],
        title=text,
        made=text,
    )


def hostile_history():
    space = Space({HOSTILE: Float(0.0, 1.0), "_x": Categorical((HOSTILE, "$a_{"))})
    configs = [{HOSTILE: i / 20, "_x": (HOSTILE, "$a_{")[i % 2]} for i in range(20)]
    return history_of(configs, range(20), space, tasks=HOSTILE, name=HOSTILE)
