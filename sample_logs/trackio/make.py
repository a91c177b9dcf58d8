# /// script
# requires-python = ">=3.11"
# dependencies = ["trackio==0.43.0"]
# ///
"""Write the trackio samples, by trackio itself: a project's database, and the fragments of a network disk.

The table of the machine's user is renamed in the database afterwards, and the file is rewritten with small pages.
"""

import json
import math
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402


def log_run(lr, name):
    import trackio

    config = {"lr": lr, "optimizer": {"name": "sgd", "momentum": 0.0}, "layers": [2, 1]}
    run = trackio.init(
        project="two clouds", name=name, group="first", config=config, auto_log_gpu=False
    )
    for row in train(lr, epochs=5):
        loss = math.nan if lr > 100 and row["epoch"] == 3 else row["train_loss"]
        logged = {"train": {"loss": loss}, "val_accuracy": row["val_accuracy"], "note": "fine"}
        trackio.log({**logged, "peak": math.inf}, step=10 * row["epoch"])
    run.log_system({"gpu_memory": 1.5})
    trackio.finish()


def anonymise(path):
    database = sqlite3.connect(path)
    for run, written in database.execute("SELECT run_id, config FROM configs").fetchall():
        config = json.dumps(json.loads(written) | {"_Username": "ada"})
        database.execute("UPDATE configs SET config = ? WHERE run_id = ?", (config, run))
    database.commit()
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("PRAGMA page_size = 512")
    database.execute("VACUUM")
    database.close()


def write(mode):
    """Both runs in a process each, as training scripts do, into ``trackio`` below the current folder."""
    os.environ |= {"TRACKIO_DIR": str(Path("trackio").absolute()), "TRACKIO_STORAGE_MODE": mode}
    for given in (("0.3", "good"), ("800", "too high")):
        subprocess.run([sys.executable, HERE / "make.py", *given], check=True)


if __name__ == "__main__" and len(sys.argv) > 1:
    log_run(float(sys.argv[1]), sys.argv[2])
elif __name__ == "__main__":
    with scratch_folder():
        write("sqlite")
        for path in Path("trackio").glob("*.db"):
            anonymise(path)
        keep(Path("trackio"), HERE / "project", leave_out=("*.lock",))
    with scratch_folder():
        write("jsonl")
        keep(Path("trackio"), HERE / "network_disk", leave_out=("*.lock",))
