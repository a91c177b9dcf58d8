# /// script
# requires-python = ">=3.11"
# dependencies = ["autogluon.tabular==1.6.3"]
# ///
"""Write AutoGluon's leaderboards of six models, with and without what it knows of each."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor

HERE = Path(__file__).parent
MODELS = {
    "KNN": [{"weights": "uniform"}, {"weights": "distance"}],
    "RF": [{"n_estimators": 20}, {"n_estimators": 50}],
    "XT": {"n_estimators": 20},
}


def main():
    draws = np.random.default_rng(0).normal(size=(200, 2))
    data = pd.DataFrame({"a": draws[:, 0], "b": draws[:, 1], "y": draws.sum(axis=1) > 0})
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor("y", path=folder, verbosity=0)
        predictor.fit(data[:150], hyperparameters=MODELS)
        for extra, sample in ((False, "autogluon"), (True, "autogluon_extra_info")):
            (HERE / sample).mkdir(exist_ok=True)
            board = predictor.leaderboard(data[150:], extra_info=extra)
            board.to_csv(HERE / sample / "leaderboard.csv", index=False)


if __name__ == "__main__":
    main()
