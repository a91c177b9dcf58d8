"""Write the JSON samples: config, results, curves, rows, and one record of everything. `python make.py`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent
CONFIG = {
    "lr": 0.3,
    "batch_size": 16,
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "layers": [3, 1],
    "seed": 1,
}


def write(path, data):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1) + "\n")


def main():
    rows = list(train(lr=0.3, momentum=0.9, seed=1))
    curves = {name: [row[name] for row in rows] for name in rows[0]}
    curves["val_loss"][2] = float("nan")
    write("folder/config.json", CONFIG)
    write("folder/history.json", curves)
    write(
        "folder/results.json",
        {"val": {"loss": rows[-1]["val_loss"], "accuracy": rows[-1]["val_accuracy"]}},
    )
    write("folder/env.json", {"python": "3.11", "gpu": "none", "cpus": 2})
    write("rows/log.json", rows)
    write(
        "record/run.json",
        {"config": CONFIG, "metrics": {"best_val_accuracy": 0.9}, "history": rows, "host": "a1"},
    )
    runs = {
        f"run_{i}": {"lr": lr, "val_loss": list(train(lr=lr))[-1]["val_loss"]}
        for i, lr in enumerate([0.01, 0.1, 1.0])
    }
    write("by_run/results.json", runs)
    write("no_log/package.json", {"name": "x", "version": "1.0.0", "dependencies": {}})


if __name__ == "__main__":
    main()
