# /// script
# requires-python = ">=3.11"
# dependencies = ["neptune==1.14.0.post2"]
# ///
"""Write the Neptune samples, by Neptune's clients themselves: an offline run of each.

python make.py            with neptune: the queue of operations in ``.neptune/offline``
python make.py scale      with neptune-scale 0.30.0 instead: its SQLite file
"""

import math
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

CONFIG = {"lr": 0.3, "optimizer": {"name": "sgd", "momentum": 0.0}}


def log_run():
    import neptune

    run = neptune.init_run(
        mode="offline",
        project="ada/clouds",
        name="sgd",
        capture_stdout=False,
        capture_stderr=False,
        capture_hardware_metrics=False,
        source_files=[],
        git_ref=False,
    )
    run["parameters"] = CONFIG
    for row in train(0.3, epochs=5):
        run["train/loss"].append(row["train_loss"], step=10 * row["epoch"])
        run["val/accuracy"].append(row["val_accuracy"], step=10 * row["epoch"])
    run["best"] = row["val_accuracy"]
    run["sys/tags"].add("tiny")
    run.stop()


def log_scale_run():
    from neptune_scale import Run

    run = Run(
        project="ada/clouds",
        experiment_name="sgd",
        mode="offline",
        log_directory="scale",
        enable_console_log_capture=False,
    )
    run.log_configs({"lr": 0.3, "optimizer/name": "sgd", "nesterov": True, "batch_size": 16})
    for row in train(0.3, epochs=5):
        loss = math.nan if row["epoch"] == 2 else row["train_loss"]
        run.log_metrics(
            {"train/loss": loss, "val/accuracy": row["val_accuracy"]}, step=row["epoch"] / 2
        )
    run.add_tags(["tiny"])
    run.close()


if __name__ == "__main__":
    with scratch_folder() as folder:
        os.environ |= {"HOME": str(folder), "NEPTUNE_SKIP_NON_FINITE_METRICS": "false"}
        if sys.argv[1:] == ["scale"]:
            log_scale_run()
            keep(Path("scale"), HERE / "scale")
        else:
            log_run()
            keep(Path(".neptune"), HERE / "offline", ("last_*_version",))
