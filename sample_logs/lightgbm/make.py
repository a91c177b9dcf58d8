# /// script
# requires-python = ">=3.11"
# dependencies = ["lightgbm==4.7.0", "scikit-learn==1.9.1"]
# ///
"""Write the LightGBM sample: evaluation results kept as JSON, the saved model, and what it prints, by LightGBM itself."""

import json
import subprocess
import sys
from pathlib import Path

import lightgbm
from sklearn.datasets import make_classification

HERE = Path(__file__).parent


def console():
    """Print what a training prints."""
    x, y = make_classification(300, 6, random_state=0)
    training = lightgbm.Dataset(x[:200], y[:200])
    params = {
        "objective": "binary",
        "metric": ["auc", "binary_logloss"],
        "num_leaves": 4,
        "num_threads": 1,
    }
    lightgbm.train(
        params, training, 6, [training, lightgbm.Dataset(x[200:], y[200:])], ["training", "held out"],
        callbacks=[lightgbm.log_evaluation(1), lightgbm.early_stopping(3)],
    )  # fmt: skip


if __name__ == "__main__" and sys.argv[1:] == ["console"]:
    console()
elif __name__ == "__main__":
    x, y = make_classification(300, 6, random_state=0)
    model = lightgbm.LGBMClassifier(
        n_estimators=6, num_leaves=4, learning_rate=0.2, verbose=-1, n_jobs=1, random_state=0
    )
    model.fit(
        x[:200],
        y[:200],
        eval_set=[(x[:200], y[:200]), (x[200:], y[200:])],
        eval_metric=["auc", "binary_error"],
    )
    folder = HERE / "classifier"
    folder.mkdir(exist_ok=True)
    (folder / "evals_result.json").write_text(json.dumps(model.evals_result_))
    model.booster_.save_model(folder / "model.txt")
    (HERE / "console").mkdir(exist_ok=True)
    with (HERE / "console" / "train.log").open("w") as log:
        subprocess.run([sys.executable, __file__, "console"], stdout=log, check=True)
