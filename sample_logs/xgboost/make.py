# /// script
# requires-python = ">=3.11"
# dependencies = ["xgboost-cpu==3.2.0", "scikit-learn==1.9.1"]
# ///
"""Write the XGBoost samples: evaluation results of its two interfaces, kept as JSON, and what it prints, by XGBoost itself."""

import json
import subprocess
import sys
from pathlib import Path

import xgboost
from sklearn.datasets import make_classification

HERE = Path(__file__).parent


def write(name, results):
    path = HERE / name / "evals_result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results))


def console():
    """Print what a training prints."""
    x, y = make_classification(300, 6, random_state=0)
    data = xgboost.DMatrix(x[:200], y[:200]), xgboost.DMatrix(x[200:], y[200:])
    params = {"objective": "binary:logistic", "eval_metric": ["logloss", "error@0.3"], "nthread": 1}
    xgboost.train(params, data[0], 6, evals=[(data[0], "train"), (data[1], "eval")])


if __name__ == "__main__" and sys.argv[1:] == ["console"]:
    console()
elif __name__ == "__main__":
    x, y = make_classification(300, 6, random_state=0)
    model = xgboost.XGBClassifier(
        n_estimators=6, max_depth=2, eval_metric=["logloss", "error@0.3"], n_jobs=1
    )
    model.fit(x[:200], y[:200], eval_set=[(x[:200], y[:200]), (x[200:], y[200:])], verbose=False)
    write("classifier", model.evals_result())
    data = xgboost.DMatrix(x[:200], y[:200]), xgboost.DMatrix(x[200:], y[200:])
    results = {}
    xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2, "nthread": 1}, data[0], 6,
        evals=[(data[0], "train"), (data[1], "eval")], evals_result=results, verbose_eval=False,
    )  # fmt: skip
    write("booster", results)
    (HERE / "console").mkdir(exist_ok=True)
    with (HERE / "console" / "train.log").open("w") as log:
        subprocess.run([sys.executable, __file__, "console"], stdout=log, check=True)
