# /// script
# requires-python = ">=3.11"
# dependencies = ["swanlab==0.10.3"]
# ///
"""Write the SwanLab samples, by SwanLab itself: two offline runs, one that finished and one that crashed."""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402


def log_run(lr):
    import swanlab

    swanlab.init(
        project="clouds",
        experiment_name=f"sgd {lr}",
        description="two clouds",
        tags=["tiny"],
        config={"lr": lr, "optimizer": {"name": "sgd", "momentum": 0.0}, "layers": [2, 1]},
        mode="offline",
        logdir="swanlog",
    )
    for row in train(lr, epochs=5):
        loss = math.nan if row["epoch"] == 2 else row["train_loss"]
        logged = {"train": {"loss": loss}, "val_accuracy": row["val_accuracy"], "top": math.inf}
        swanlab.log(logged | {"zero": 0.0, "note": swanlab.Text("fine")}, step=10 * row["epoch"])
        if lr > 100 and row["epoch"] == 4:
            raise FloatingPointError("loss is not finite")


if __name__ == "__main__" and len(sys.argv) > 1:
    log_run(float(sys.argv[1]))
elif __name__ == "__main__":
    with scratch_folder() as folder:
        os.environ |= {"HOME": str(folder), "PYTHONWARNINGS": "ignore"}
        for part in (HERE / "make.py", *HERE.parent.glob("*.py")):  # the records hold their paths
            shutil.copy(part, folder)
        for lr in ("0.3", "800"):  # a process each, as training scripts are
            subprocess.run([sys.executable, "make.py", lr], check=False)
        keep(Path("swanlog"), HERE / "offline", ("requirements.txt", ".gitignore", "debug"))
