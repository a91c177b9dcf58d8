"""Write the plain text samples: an argparse log, absl lines and a nanoGPT-like print. `python make.py`."""

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent


def argparse_log():
    """Namespace first, then one line an epoch and a validation line."""
    path = HERE / "argparse" / "train.log"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    logging.basicConfig(filename=path, level=logging.INFO)
    args = argparse.Namespace(
        lr=0.3, batch_size=16, layers=[3, 1], optimizer="sgd", log_dir="out", seed=3, warmup=None
    )
    log = logging.getLogger("train")
    log.info(args)
    for row in train(lr=0.3, seed=3):
        log.info(
            "Epoch %d/8 loss=%.6f acc: %.2f%%",
            row["epoch"],
            row["train_loss"],
            100 * row["train_accuracy"],
        )
        log.info(
            "Epoch %d val_loss=%.6f val_acc=%.4f",
            row["epoch"],
            row["val_loss"],
            row["val_accuracy"],
        )


def absl_log():
    """Settings one a line, then key=value rows behind absl's prefix."""
    lines = ["learning_rate: 0.1", "optimizer: sgd", "note: nothing of interest"]
    for row in train(lr=0.1, epochs=5):
        place = f"I1121 12:00:{row['epoch']:02d}.123456 140 train.py:31] "
        loss = "nan" if row["epoch"] == 4 else f"{row['train_loss']:.5f}"
        lines.append(f"{place}step={row['epoch'] * 100}, train/loss={loss}, steps_per_second=12.5")
    path = HERE / "absl" / "run.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def batches():
    """Batches within epochs, and a time on every line."""
    lines = []
    for row in train(lr=0.1, epochs=2):
        lines += [
            f"2024-03-01 10:0{row['epoch']}:{i:02d},500 | Epoch: [{row['epoch']}][{i}/50] Loss {row['train_loss'] / (i + 1):.4f}"
            for i in (0, 25)
        ]
        lines.append(
            f"2024-03-01 10:0{row['epoch']}:59,500 | Epoch {row['epoch']}: val accuracy: {row['val_accuracy']}"
        )
    path = HERE / "batches" / "output.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    argparse_log()
    absl_log()
    batches()
