# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "scikit-learn==1.9.1"]
# ///
"""Write the CatBoost samples, its folder and what it prints, by CatBoost itself; its event files, which repeat the curves, are left out."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from catboost import CatBoostClassifier  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402

if __name__ == "__main__":
    x, y = make_classification(300, 6, random_state=0)
    with scratch_folder() as folder:
        model = CatBoostClassifier(
            iterations=8,
            depth=2,
            learning_rate=0.3,
            thread_count=1,
            random_seed=0,
            custom_metric=["AUC"],
        )
        with Path("train.log").open("w") as log:
            model.fit(x[:200], y[:200], eval_set=(x[200:], y[200:]), log_cout=log)
        keep(
            folder / "catboost_info", HERE / "training" / "catboost_info", ("learn", "test", "tmp")
        )
        (folder / "console").mkdir()
        Path("train.log").rename(folder / "console" / "train.log")
        keep(folder / "console", HERE / "console")
