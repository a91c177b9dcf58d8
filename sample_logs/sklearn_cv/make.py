# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "pandas==3.1.1"]
# ///
"""Write the scikit-learn samples: results of grid, random and halving searches, by scikit-learn itself."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from sklearn.svm import SVC

HERE = Path(__file__).parent


def plain(value):
    return (
        value.tolist()
        if isinstance(value, np.ndarray)
        else value.item()
        if hasattr(value, "item")
        else str(value)
    )


def write_csv(name, results, **options):
    (HERE / name).mkdir(exist_ok=True)
    pd.DataFrame(results).to_csv(HERE / name / "cv_results.csv", **options)


if __name__ == "__main__":
    x, y = make_classification(120, 6, random_state=0)
    grid = [
        {"kernel": ["linear"], "C": [0.1, 10.0]},
        {
            "kernel": ["rbf"],
            "C": [1.0],
            "gamma": ["scale", -0.5],
            "class_weight": [None, "balanced"],
        },
    ]
    search = GridSearchCV(
        SVC(), grid, cv=3, scoring=["accuracy", "roc_auc"], refit=False, error_score=np.nan
    )
    write_csv("grid", search.fit(x, y).cv_results_)
    space = {"C": np.logspace(-2, 2, 9), "fit_intercept": [True, False]}
    search = RandomizedSearchCV(LogisticRegression(), space, n_iter=4, cv=2, random_state=0)
    results = search.fit(x, y).cv_results_
    (HERE / "random").mkdir(exist_ok=True)
    text = json.dumps({key: list(values) for key, values in results.items()}, default=plain)
    (HERE / "random" / "cv_results.json").write_text(text)
    search = HalvingRandomSearchCV(
        LogisticRegression(), space, cv=2, random_state=0, n_candidates=4
    )
    write_csv("halving", search.fit(x, y).cv_results_, index=False)
