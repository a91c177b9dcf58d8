# /// script
# requires-python = ">=3.11"
# dependencies = ["mlperf-logging==4.1.68"]
# ///
"""Write the MLPerf sample with the benchmark's own logger: one run that succeeds, one that is aborted."""

import subprocess
import sys
from pathlib import Path

from mlperf_logging import mllog

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent / "results"


def run(name, lr, status):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    mllog.config(filename=str(path), root_dir=str(Path(__file__).parent))
    logger = mllog.get_mllogger()
    logger.event("submission_benchmark", "toy")
    logger.event("submission_org", "nobody")
    logger.event("submission_platform", "laptop")
    logger.start("init_start")
    logger.event("global_batch_size", 16)
    logger.event("opt_name", "sgd")
    logger.event("opt_base_learning_rate", lr)
    logger.event("seed", 7)
    logger.event("train_samples", 200)
    logger.end("init_stop")
    logger.start("run_start")
    for row in train(lr=lr, epochs=3):
        logger.start("epoch_start", metadata={"epoch_num": row["epoch"]})
        logger.event(
            "train_loss",
            row["train_loss"],
            metadata={"epoch_num": row["epoch"], "samples_count": 200 * row["epoch"]},
        )
        logger.event("eval_accuracy", row["val_accuracy"], metadata={"epoch_num": row["epoch"]})
        logger.end("epoch_stop", metadata={"epoch_num": row["epoch"]})
    logger.end("run_stop", metadata={"status": status})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1], float(sys.argv[2]), sys.argv[3])
    else:  # a process each: the logger keeps every file it was ever given
        for words in (("result_0.txt", "0.3", "success"), ("result_1.txt", "0.0001", "aborted")):
            subprocess.run([sys.executable, __file__, *words], check=True)
