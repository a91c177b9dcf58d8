# /// script
# requires-python = ">=3.11"
# dependencies = ["mlflow-skinny[db]==3.17.2", "pandas==3.1.1"]
# ///
"""Write what MLflow's search_runs() gives of six runs, as pandas saves it."""

import random
import sys
from pathlib import Path

import mlflow

sys.path.insert(0, str(Path(__file__).parents[1]))
from scratch import keep, scratch_folder

HERE = Path(__file__).parent


def main():
    draw = random.Random(0)
    with scratch_folder() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.set_experiment("digits")
        for _ in range(6):
            rate, rest = 10 ** draw.uniform(-4, -1), draw.choice([0.0, 0.1, 0.3])
            with mlflow.start_run():
                mlflow.log_params({"lr": rate, "dropout": rest, "optimizer": "adam"})
                mlflow.log_metric("val_loss", rate + rest, step=3)
                mlflow.set_tag("team", "vision")
        kept = folder / "kept"
        kept.mkdir()
        mlflow.search_runs(experiment_names=["digits"]).to_csv(kept / "runs.csv", index=False)
        keep(kept, HERE / "mlflow_search_runs", home=folder)


if __name__ == "__main__":
    main()
