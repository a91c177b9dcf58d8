# /// script
# requires-python = ">=3.11"
# dependencies = ["optuna==5.0.0", "sqlalchemy==2.1.9"]
# ///
"""Write the Optuna storage file: two studies of a tiny training, by Optuna itself.

The file is rewritten with small pages afterwards, to take less room; its tables stay as Optuna made them.
"""

import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import optuna
from scratch import keep, scratch_folder
from tiny_training import train


def single(trial):
    """One objective: a report every epoch, a pruned, a failed, a diverged and an enqueued trial."""
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "momentum", None])
    lr = trial.suggest_float("lr", 1e-3, 10, log=True)
    batch_size = trial.suggest_int("batch_size", 8, 64, log=True)
    momentum = trial.suggest_float("momentum", 0.1, 0.9) if optimizer == "momentum" else 0.0
    trial.set_user_attr("parameters", {"count": 3})
    for row in train(lr, batch_size, momentum, epochs=5):
        loss = row["val_loss"]
        if trial.number == 2 and row["epoch"] == 3:
            loss = float("nan")
        trial.report(loss, row["epoch"])
        if trial.number == 3 and row["epoch"] == 2:
            raise optuna.TrialPruned
        if trial.number == 4:
            raise RuntimeError("out of memory")
    return float("inf") if trial.number == 5 else row["val_loss"]


def several(trial):
    """Two objectives with names of their own."""
    rows = list(train(trial.suggest_float("lr", 0.01, 1.0), epochs=3))
    return rows[-1]["val_loss"], rows[-1]["val_accuracy"]


def main(storage="sqlite:///study.db"):
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(study_name="tiny", storage=storage, sampler=sampler)
    study.set_user_attr("data", "two clouds")
    study.optimize(single, n_trials=7, catch=(RuntimeError,))
    study.enqueue_trial({"lr": 0.5})
    study = optuna.create_study(
        study_name="tiny, two objectives", storage=storage, directions=["minimize", "maximize"],
        sampler=sampler,
    )  # fmt: skip
    study.set_metric_names(["loss", "accuracy"])
    study.optimize(several, n_trials=3)


if __name__ == "__main__":
    with scratch_folder() as folder:
        main()
        with sqlite3.connect("study.db") as database:
            database.execute("PRAGMA page_size = 512")
            database.execute("VACUUM")
        database.close()
        keep(folder, Path(__file__).parent / "two_studies")
