"""Write the detectron2 sample. `python make.py`.

Built to the documented layout of its JSONWriter and of the config.yaml that default_setup dumps: detectron2
has no package to install. The losses are those of a tiny real training.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent / "output"
CONFIG = """\
CUDNN_BENCHMARK: false
DATALOADER:
  NUM_WORKERS: 2
DATASETS:
  TEST: []
  TRAIN:
  - balloon_train
MODEL:
  DEVICE: cpu
  META_ARCHITECTURE: GeneralizedRCNN
  WEIGHTS: ''
OUTPUT_DIR: ./output
SEED: -1
SOLVER:
  AMP:
    ENABLED: false
  BASE_LR: 0.00025
  GAMMA: 0.1
  IMS_PER_BATCH: 2
  MAX_ITER: 160
  MOMENTUM: 0.9
  WARMUP_ITERS: 20
  WEIGHT_DECAY: 0.0001
VERSION: 2
"""


def main():
    HERE.mkdir(exist_ok=True)
    (HERE / "config.yaml").write_text(CONFIG)
    lines = []
    for row in train():
        iteration = row["epoch"] * 20 - 1
        lines.append({
            "data_time": 0.004, "eta_seconds": 160.0 - iteration, "iteration": iteration, "loss_box_reg": row["train_loss"] / 2,
            "loss_cls": row["train_loss"] / 2, "lr": 0.00025, "time": 0.37, "total_loss": row["train_loss"],
        })  # fmt: skip
        if row["epoch"] % 4 == 0:
            lines.append(
                {"bbox/AP": 100 * row["val_accuracy"], "bbox/AP50": 99.0, "iteration": iteration}
            )
    (HERE / "metrics.json").write_text(
        "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    )


if __name__ == "__main__":
    main()
