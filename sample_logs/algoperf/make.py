"""Write the AlgoPerf sample. `python make.py`.

Built to the documented layout of the benchmark's trial folders: its workloads need terabytes of data and
eight GPUs. The losses are those of a tiny real training.
"""

import csv
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_training import train

HERE = Path(__file__).parent / "study_0"


def trial(number, lr, hparams=True):
    folder = HERE / "ogbg_jax" / f"trial_{number}"
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "learning_rate": lr,
        "one_minus_beta1": 0.1,
        "beta2": 0.999,
        "weight_decay": 0.01,
        "warmup_factor": 0.05,
    }
    if hparams:
        (folder / "hparams.json").write_text(json.dumps(config, indent=2))
    flags = {
        "log_dir": "", "v": 0, "submission_path": "submissions/tiny/submission.py", "workload": "ogbg",
        "tuning_ruleset": "external" if hparams else "self", "num_tuning_trials": 5, "data_dir": "/data/ogbg",
        "framework": "jax", "max_global_steps": 800, "resume_last_run": None, "rng_seed": number, "profile": False,
    }  # fmt: skip
    (folder / "flags_0.json").write_text(json.dumps(flags, indent=2))
    meta = {
        "workload.eval_batch_size": 32768, "workload.target_metric_name": "mean_average_precision",
        "workload.validation_target_value": 0.28, "cpu.util.avg_percent_since_last": 13.0, "mem.total": 253568372736,
        "gpu.0.temp.current": 40.0, "os_platform": "Linux", "python_version": "3.8.10",
        "git_commit_hash": "4b01ee64c30dec442dd111abe31d40d80820fc70", "gpu_model_name": "Tesla V100", "rng_seed": number,
    }  # fmt: skip
    (folder / "meta_data_0.json").write_text(json.dumps(meta, indent=2))
    rows = []
    for row in train(lr=lr, epochs=5, seed=number):
        step = (row["epoch"] - 1) * 100 + 1
        rows.append({
            "accumulated_eval_time": 10.5 * row["epoch"], "accumulated_submission_time": 120.25 * row["epoch"],
            "global_step": step, "preemption_count": 0, "score": 120.25 * row["epoch"],
            "train/loss": row["train_loss"], "validation/loss": row["val_loss"],
            "validation/mean_average_precision": row["val_accuracy"], "validation/num_examples": 43793,
        })  # fmt: skip
    rows[2]["validation/loss"] = "nan"
    write(folder / "eval_measurements.csv", rows)
    between = [
        {"global_step": row["global_step"] + 50, "train/loss": row["train/loss"]} for row in rows
    ]
    merged = sorted([*rows, *between], key=lambda row: row["global_step"])
    write(
        folder / "measurements.csv",
        [{**row, "grad_norm": 0.1} if "score" not in row else row for row in merged],
    )


def write(path, rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    trial(1, 0.1)
    trial(2, 1.0)
    trial(3, 0.3, hparams=False)
