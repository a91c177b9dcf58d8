# /// script
# requires-python = ">=3.11"
# dependencies = ["optuna==5.0.0", "pandas==3.1.1", "pyarrow==26.0.1"]
# ///
"""Write the Parquet samples: Optuna's trials of one and of two objectives, and curves of three runs stacked."""

import math
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

HERE = Path(__file__).parent


def objective(trial):
    """A value, or a value and a cost; trial 3 is pruned, trial 4 fails."""
    rate = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    batch = trial.suggest_categorical("batch_size", [16, 32])
    trial.set_user_attr("machine", "a")
    if trial.number == 3:
        raise optuna.TrialPruned
    if trial.number == 4:
        raise ValueError("out of memory")
    error = (math.log10(rate) + 2) ** 2
    return (error, batch) if len(trial.study.directions) > 1 else error


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name, directions in (
        ("one_objective", ["minimize"]),
        ("two_objectives", ["minimize", "maximize"]),
    ):
        sampler = optuna.samplers.RandomSampler(seed=1)
        study = optuna.create_study(directions=directions, sampler=sampler)
        study.optimize(objective, n_trials=6, catch=(ValueError,))
        (HERE / name).mkdir(exist_ok=True)
        frame = study.trials_dataframe(multi_index=name == "two_objectives")
        frame.columns = frame.columns.map(str)
        frame.to_parquet(HERE / name / "trials.parquet")
    epoch = np.tile(np.arange(4), 3)
    run = np.repeat(["a", "b", "c"], 4)
    loss = np.where((run == "b") & (epoch == 3), np.nan, 1.0 / (1 + epoch))
    frame = pd.DataFrame({"run": run, "epoch": epoch, "lr": np.repeat([0.1, 0.01, 0.001], 4)})
    frame["val_loss"] = loss
    (HERE / "stacked").mkdir(exist_ok=True)
    frame.to_parquet(HERE / "stacked" / "history", row_group_size=5)


if __name__ == "__main__":
    main()
