# /// script
# requires-python = ">=3.11"
# dependencies = ["wandb==0.31.0", "numpy"]
# ///
"""Write the W&B samples: two offline runs by wandb itself, and the files of a synced one.

The files of the synced run (``files/`` without a ``.wandb``) are built to W&B's documented layout: wandb writes them
only with its server at hand.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_HOST": "node1"}
import wandb  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

SYNCED_CONFIG = """\
wandb_version: 1

_wandb:
  desc: null
  value:
    python_version: 3.11.7
    t:
      1: [1, 2]
lr:
  desc: null
  value: 0.0003
optimizer:
  desc: null
  value:
    name: adam
    betas: [0.9, 0.999]
"""


def offline(code):
    quiet = wandb.Settings(
        x_disable_stats=True,
        x_disable_machine_info=True,
        disable_git=True,
        console="off",
        save_code=False,
    )
    config = {"lr": 0.3, "optimizer": {"name": "sgd", "momentum": 0.0}, "layers": [2, 1]}
    run = wandb.init(
        project="clouds",
        group="first sweep",
        name="sgd",
        tags=["tiny"],
        config=config,
        settings=quiet,
    )
    for row in train(0.3, epochs=5):
        loss = math.nan if row["epoch"] == 2 else row["train_loss"]
        logged = {"loss": loss, "val": {"loss": row["val_loss"], "top": math.inf}, "note": "fine"}
        run.log(logged | {"grad": wandb.Histogram([1.0, 2.0, 4.0])})
    run.config.update({"batch_size": 16})
    run.finish(exit_code=code)


def synced(folder):
    files = folder / "run-20240102_030405-5yncedid" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text(SYNCED_CONFIG)
    summary = {
        "loss": 0.21,
        "val": {"loss": "NaN"},
        "_step": 99,
        "_timestamp": 1704164645.5,
        "_runtime": 60,
    }
    summary["examples"] = {"_type": "images/separated", "count": 4, "width": 32}
    (files / "wandb-summary.json").write_text(json.dumps(summary))
    metadata = {
        "os": "Linux", "python": "3.11.7", "host": "node1", "program": "train.py", "args": ["--lr", "3e-4"],
        "git": {"remote": "https://example.org/clouds.git", "commit": "3f2a91c"},
        "startedAt": "2024-01-02T03:04:05.000000Z", "gpu_count": 1,
    }  # fmt: skip
    (files / "wandb-metadata.json").write_text(json.dumps(metadata))


if __name__ == "__main__" and len(sys.argv) > 1:
    offline(int(sys.argv[1]))
elif __name__ == "__main__":
    with scratch_folder() as folder:
        for code in "03":  # a process each: one that ends by itself has written everything
            subprocess.run([sys.executable, HERE / "make.py", code], check=False)
        left_out = ("latest-run", "requirements.txt", "debug*.log", "logs", "tmp")
        keep(folder / "wandb", HERE / "offline", left_out)
    with scratch_folder() as folder:
        synced(folder)
        keep(folder, HERE / "synced")
