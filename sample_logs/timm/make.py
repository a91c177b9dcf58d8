# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "timm==1.0.31", "pyyaml"]
# ///
"""Write the timm sample: summary.csv by timm's own update_summary, args.yaml as its train script dumps it.

The train script itself is no part of the package; the losses are those of a tiny real training.
"""

import shutil
import sys
from collections import OrderedDict
from pathlib import Path

import yaml
from timm.utils import update_summary

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent / "train"


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    folder = HERE / "20240101-120000-resnet18-224"
    folder.mkdir(parents=True)
    args = {
        "data_dir": "/data/tiny", "dataset": "", "model": "resnet18", "pretrained": False, "num_classes": 2,
        "img_size": 224, "batch_size": 16, "opt": "sgd", "opt_eps": None, "momentum": 0.9, "weight_decay": 2.0e-05,
        "sched": "cosine", "lr": 0.3, "warmup_epochs": 0, "epochs": 6, "smoothing": 0.1, "seed": 42, "workers": 4,
        "output": "", "experiment": "", "eval_metric": "top1", "log_wandb": False,
    }  # fmt: skip
    (folder / "args.yaml").write_text(yaml.safe_dump(args, default_flow_style=False))
    for row in train(lr=0.3, epochs=6):
        update_summary(
            row["epoch"] - 1,
            OrderedDict(loss=row["train_loss"]),
            OrderedDict(loss=row["val_loss"], top1=100 * row["val_accuracy"], top5=100.0),
            folder / "summary.csv",
            lr=0.3 / row["epoch"],
            write_header=row["epoch"] == 1,
        )


if __name__ == "__main__":
    main()
