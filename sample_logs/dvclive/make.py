# /// script
# requires-python = ">=3.11"
# dependencies = ["dvclive==3.49.1", "scikit-learn"]
# ///
"""Write the DVCLive sample, by DVCLive itself."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from dvclive import Live  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

if __name__ == "__main__":
    with scratch_folder() as folder:
        with Live("dvclive", report=None, save_dvc_exp=False, dvcyaml="dvclive/dvc.yaml") as live:
            live.log_params({"lr": 0.3, "optimizer": {"name": "sgd", "momentum": 0.0}})
            for row in train(0.3, epochs=4):
                live.log_metric("train/loss", row["train_loss"])
                live.log_metric("val/accuracy", row["val_accuracy"], timestamp=True)
                live.next_step()
            live.log_metric("test_loss", row["val_loss"], plot=False)
            live.log_sklearn_plot("roc", [0, 1, 1, 0], [0.2, 0.8, 0.7, 0.4])
        keep(folder, HERE / "training")
