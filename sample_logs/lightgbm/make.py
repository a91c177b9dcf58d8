# /// script
# requires-python = ">=3.11"
# dependencies = ["lightgbm==4.7.0", "scikit-learn==1.9.1"]
# ///
"""Write the LightGBM sample: evaluation results kept as JSON and the saved model, by LightGBM itself."""

import json
from pathlib import Path

import lightgbm
from sklearn.datasets import make_classification

HERE = Path(__file__).parent

if __name__ == "__main__":
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
