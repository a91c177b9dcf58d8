# /// script
# requires-python = ">=3.11"
# dependencies = ["flaml[automl]==2.8.0"]
# ///
"""Write the FLAML sample: the log of an AutoML search over two learners."""

from pathlib import Path

from flaml import AutoML
from sklearn.datasets import load_iris

HERE = Path(__file__).parent


def main():
    (HERE / "automl").mkdir(exist_ok=True)
    X, y = load_iris(return_X_y=True)
    AutoML().fit(
        X, y, task="classification", max_iter=6, estimator_list=["rf", "extra_tree"], log_type="all", verbose=0,
        n_jobs=1, log_file_name=str(HERE / "automl" / "flaml.log"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
