# /// script
# requires-python = ">=3.11"
# dependencies = ["mlflow-skinny==3.17.2"]
# ///
"""Write the MLflow file store: a run that finished, one that failed and one that was deleted, by MLflow itself."""

import contextlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
from scratch import keep, scratch_folder
from tiny_training import train


def main(uri):
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("two clouds")
    for lr, name in ((0.3, "good"), (800.0, "too high"), (0.01, "deleted")):
        with contextlib.suppress(FloatingPointError):
            run_id = log_run(lr, name)
    mlflow.delete_run(run_id)


def log_run(lr, name):
    with mlflow.start_run(run_name=name) as run:
        mlflow.log_params({"lr": lr, "batch_size": 16, "model/layers": [2, 1], "nesterov": True})
        mlflow.log_params({"schedule": None, "note": ""})
        mlflow.set_tags({"team": "clouds", "mlflow.source.git.commit": "3f2a91c"})
        for row in train(lr, epochs=5):
            when, step = 1_700_000_000_000 + 1_000 * row["epoch"], row["epoch"]
            loss = float("nan") if lr > 100 and step == 3 else row["train_loss"]
            mlflow.log_metric("loss", loss, step=step, timestamp=when)
            peak = float("inf") if step == 4 else row["val_accuracy"]
            mlflow.log_metric("val/accuracy", peak, step=step, timestamp=when)
            if lr > 100 and step == 4:
                raise FloatingPointError("loss is not finite")
        return run.info.run_id


if __name__ == "__main__":
    with scratch_folder():
        main("file:./mlruns")
        keep(Path("mlruns"), Path(__file__).parent / "mlruns")
