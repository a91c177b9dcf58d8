"""Write the JSON lines samples: rows by step, stdout lines, and a damaged file. `python make.py`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent


def write(path, lines):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def main():
    rows = list(train(lr=0.3))
    config = {"event": "start", "config": {"lr": 0.3, "batch_size": 16}}
    write("curve/metrics.jsonl", [json.dumps(config), *(json.dumps(row) for row in rows)])
    stdout = [
        json.dumps(
            {
                "metric": name,
                "value": row[name],
                "step": row["epoch"],
                "timestamp": 1_700_000_000 + row["epoch"],
            }
        )
        for row in rows
        for name in ("train_loss", "val_accuracy")
    ]
    write("stdout/output.log", stdout)
    good = [json.dumps(row) for row in rows]
    good[2] = good[2][:30]  # cut by a crash
    good[4] = good[4].replace("0.", 'NaN, "x": 0.', 1)
    write("damaged/log.jsonl", [*good[:4], "", *good[4:]])


if __name__ == "__main__":
    main()
