# /// script
# requires-python = ">=3.11"
# dependencies = ["comet_ml==3.58.8"]
# ///
"""Write the Comet sample, by Comet itself: an offline experiment in its archive."""

import sys
from pathlib import Path

import comet_ml

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402


def log_run(lr):
    experiment = comet_ml.OfflineExperiment(
        project_name="clouds",
        workspace="ada",
        offline_directory="comet",
        log_code=False,
        log_git_metadata=False,
        log_env_details=False,
        parse_args=False,
        display_summary_level=0,
    )
    experiment.set_name("sgd")
    experiment.add_tag("tiny")
    config = {"lr": lr, "optimizer": {"name": "sgd", "momentum": 0.0}, "layers": [2, 1]}
    experiment.log_parameters(config)
    for row in train(lr, epochs=5):
        loss = float("nan") if row["epoch"] == 2 else row["train_loss"]
        with experiment.train():
            experiment.log_metric("loss", loss, step=10 * row["epoch"], epoch=row["epoch"])
        experiment.log_metric("val_accuracy", row["val_accuracy"], step=10 * row["epoch"])
    experiment.end()


if __name__ == "__main__":
    with scratch_folder():
        log_run(0.3)
        keep(Path("comet"), HERE / "offline")
