# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn>=1.7", "tensorboard>=2.16", "setuptools<81", "pyyaml"]
# ///
"""Write the demo logs: 175 small but real trainings on five tasks, in five ways people keep logs.

A small network is trained on scikit-learn's bundled data by random search. Four tasks have their
features standardised and agree largely on what is good (rank correlation of the configs they share:
0.5 to 0.9); the fifth sees raw features and goes its own way (-0.1 to 0.3). Everything follows from
fixed seeds, and the clock is counted rather than measured, so that the same library versions write
the same bytes.

    python make.py            # rewrites the task folders beside this script
"""

import csv
import json
import math
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.plugins.hparams.metadata import (
    NULL_TENSOR,
    SESSION_END_INFO_TAG,
    create_summary_metadata,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

HERE = Path(__file__).parent
EPOCHS = 20
SHARED, OWN, REPEATS = 14, 16, 3  # configs tried on every task, on this task only, extra seeds
NAN_EPOCHS = 3  # a diverged training is stopped after so many
FIRST_START = 1741000000.0  # 3 March 2025, 11:06 UTC

METRICS = ("train/loss", "validation/loss", "validation/accuracy")

Row = dict[str, float]


@dataclass(frozen=True)
class Run:
    """One training: what was chosen, and what was measured in each epoch."""

    task: str
    number: int
    config: dict
    seed: int = 0
    epochs: int = EPOCHS
    started: float = FIRST_START
    rows: tuple[Row, ...] = ()

    @property
    def settings(self) -> dict:
        return {"epochs": EPOCHS, **self.config, "seed": self.seed}

    @property
    def finished(self) -> bool:
        return len(self.rows) == EPOCHS

    @property
    def score(self) -> float:
        return max(row["validation/accuracy"] for row in self.rows)


@cache
def data(task: str):
    """Training and validation part of a task, features as single precision."""
    if task.startswith("cancer"):
        x, y = load_breast_cancer(return_X_y=True)
    elif task == "clusters_mlp":
        x, y = make_classification(
            2400, 24, n_informative=10, n_redundant=6, n_classes=4, n_clusters_per_class=3,
            flip_y=0.02, class_sep=1.2, random_state=5,
        )  # fmt: skip
    else:
        x, y = load_digits(return_X_y=True)
        y = y % 2 if task == "parity_mlp" else y
    size = 200 if task.startswith("cancer") else 600
    x, xv, y, yv = train_test_split(x, y, train_size=size, stratify=y, random_state=0)
    if task != "cancer_raw_mlp":
        scaler = StandardScaler().fit(x)
        x, xv = scaler.transform(x), scaler.transform(xv)
    return x.astype(np.float32), y, xv.astype(np.float32), yv


def digits(value: float, n: int) -> float:
    return float(f"{value:.{n}g}")


def draw(rng: np.random.Generator) -> dict:
    """One config; momentum and nesterov exist only with sgd, beta1 only with adam."""
    config = {
        "learning_rate": digits(10 ** rng.uniform(-5, 0), 3),
        "batch_size": int(rng.choice([16, 32, 64, 128])),
        "weight_decay": digits(10 ** rng.uniform(-6, 0), 3),
        "width": round(2 ** rng.uniform(3, 8)),
        "layers": int(rng.integers(1, 4)),
        "activation": str(rng.choice(["relu", "tanh"])),
        "optimizer": str(rng.choice(["sgd", "adam"])),
    }
    if config["optimizer"] == "adam":
        return config | {"beta1": digits(rng.uniform(0.8, 0.99), 3)}
    return config | {
        "momentum": digits(rng.uniform(0.5, 0.98), 3),
        "nesterov": bool(rng.integers(2)),
    }


def too_hot(rng: np.random.Generator) -> dict:
    """A config whose loss overflows after some epochs, on standardised features."""
    config = {"learning_rate": 3.0, "batch_size": 16, "weight_decay": 1e-4, "width": 64}
    config |= {"layers": int(rng.choice([1, 3])), "activation": "relu", "optimizer": "sgd"}
    return config | {"momentum": digits(rng.uniform(0.9, 0.95), 3), "nesterov": False}


def train(run: Run) -> Run:
    """Train epoch by epoch; an overflow is written down as NaN, as a plain loop would."""
    x, y, xv, yv = data(run.task)
    c = run.config
    model = MLPClassifier(
        (c["width"],) * c["layers"], activation=c["activation"], solver=c["optimizer"],
        alpha=c["weight_decay"], batch_size=c["batch_size"], random_state=run.seed,
        learning_rate_init=c["learning_rate"], momentum=c.get("momentum", 0.9),
        nesterovs_momentum=c.get("nesterov", True), beta_1=c.get("beta1", 0.9),
    )  # fmt: skip
    work = len(x) * sum(layer * c["width"] for layer in (x.shape[1], *[c["width"]] * c["layers"]))
    seconds = 0.2 + work / 2e8 + 20 / c["batch_size"]
    rows: list[Row] = []
    for epoch in range(1, run.epochs + 1):
        loss = math.nan
        try:
            loss = float(model.partial_fit(x, y, classes=np.unique(y)).loss_)
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
        chances = model.predict_proba(xv).astype(np.float64)
        rows.append({
            "epoch": epoch,
            "train/loss": digits(loss, 6),
            "validation/loss": digits(-np.log(np.clip(chances[np.arange(len(yv)), yv], 1e-12, 1)).mean(), 6),
            "validation/accuracy": digits((chances.argmax(axis=1) == yv).mean(), 6),
            "timestamp": round(run.started + epoch * seconds, 2),
        })  # fmt: skip
        if sum(math.isnan(row["train/loss"]) for row in rows) == NAN_EPOCHS:
            break
    return replace(run, rows=tuple(rows))


def search(task: str, seed: int) -> list[Run]:
    """A random search as people do it: shared configs, own ones, mistakes, the winner again."""
    rng, shared = np.random.default_rng(seed), np.random.default_rng(0)
    configs = [draw(shared) for _ in range(SHARED)] + [draw(rng) for _ in range(OWN)]
    configs += [too_hot(rng), too_hot(rng)]
    order = rng.permutation(len(configs))
    runs: list[Run] = []

    def launch(config: dict, seed: int = 0, epochs: int = EPOCHS) -> None:
        started = (
            runs[-1].rows[-1]["timestamp"] + 5 if runs else FIRST_START + 86400 * TASKS[task][0]
        )
        runs.append(train(Run(task, len(runs) + 1, config, seed, epochs, round(started, 2))))

    for i in order:
        launch(configs[i])
    best = max((run for run in runs if run.finished), key=lambda run: run.score)
    for repeat in range(1, REPEATS):
        launch(best.config, repeat)
    launch(best.config, REPEATS, epochs=7)  # stopped halfway
    return runs


def write_tensorboard(folder: Path, run: Run) -> None:
    """digits: what PyTorch's SummaryWriter leaves, and the hyperparameters as JSON."""
    (folder / "hparams.json").write_text(json.dumps(run.settings, indent=2) + "\n")
    with event_file(folder, run) as add:
        for row in run.rows:
            for tag in METRICS:
                value = Summary.Value(tag=tag, simple_value=row[tag])
                add(row["timestamp"], row["epoch"], Summary(value=[value]))


def write_hparams_plugin(folder: Path, run: Run) -> None:
    """cancer_raw: TensorFlow 2 scalars are tensors; the HParams plug-in holds the config."""
    with event_file(folder, run, ".v2") as add:
        add(run.started, 0, session_start(run))
        for row in run.rows:
            for tag in METRICS:
                add(row["timestamp"], row["epoch"], scalar_pb(tag, row[tag]))
        if run.epochs == EPOCHS:
            add(row["timestamp"], 0, session_end(run.finished, row["timestamp"]))


def session_start(run: Run) -> Summary:
    summary = hparams_pb(run.settings, f"{run.number}", run.started)
    plugin = summary.value[0].metadata.plugin_data
    content = HParamsPluginData.FromString(plugin.content)
    plugin.content = content.SerializeToString(deterministic=True)  # a map has no order of its own
    return summary


def session_end(success: bool, ended: float) -> Summary:
    status = STATUS_SUCCESS if success else STATUS_FAILURE
    info = SessionEndInfo(status=status, end_time_secs=ended)
    metadata = create_summary_metadata(HParamsPluginData(session_end_info=info))
    value = Summary.Value(tag=SESSION_END_INFO_TAG, metadata=metadata, tensor=NULL_TENSOR)
    return Summary(value=[value])


@contextmanager
def event_file(folder: Path, run: Run, suffix: str = "") -> Iterator[Callable]:
    """An event file; gives a function that adds a summary at a wall time and step."""
    name = f"events.out.tfevents.{int(run.started)}.workstation.{4000 + run.number}.0{suffix}"
    with (folder / name).open("wb") as file:
        writer = RecordWriter(file)
        header = Event(wall_time=run.started, file_version="brain.Event:2")
        writer.write(header.SerializeToString())

        def add(wall: float, step: int, summary: Summary) -> None:
            event = Event(wall_time=wall, step=step, summary=summary)
            writer.write(event.SerializeToString(deterministic=True))

        yield add


def write_csv(folder: Path, run: Run) -> None:
    """parity: a CSV with one row an epoch, and the config as YAML."""
    (folder / "config.yaml").write_text(yaml.safe_dump(run.settings, sort_keys=False))
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(run.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(run.rows)


def write_history(folder: Path, run: Run) -> None:
    """cancer: one list a metric, as Keras' History, beside the parsed arguments."""
    args = run.settings | {"output_dir": f"runs/{run.task}/{folder.name}", "num_workers": 2}
    (folder / "args.json").write_text(json.dumps(args, indent=2) + "\n")
    history = {key: [row[key] for row in run.rows] for key in run.rows[0] if key != "timestamp"}
    (folder / "history.json").write_text(json.dumps(history) + "\n")


def write_lines(folder: Path, run: Run) -> None:
    """clusters: one JSON object a line; the config is in the folder's name."""
    lines = [json.dumps(row) for row in run.rows]
    (folder / "metrics.jsonl").write_text("\n".join(lines) + "\n")


def numbered(run: Run) -> str:
    return f"run_{run.number:03d}"


def spelled(run: Run) -> str:
    return ",".join(f"{name}={value}" for name, value in (run.config | {"seed": run.seed}).items())


TASKS = {  # day of the search, name of a run's folder, what is written into it
    "digits_mlp": (0, numbered, write_tensorboard),
    "parity_mlp": (1, numbered, write_csv),
    "cancer_mlp": (2, numbered, write_history),
    "clusters_mlp": (3, spelled, write_lines),
    "cancer_raw_mlp": (4, numbered, write_hparams_plugin),
}


def main() -> None:
    warnings.simplefilter("ignore")  # overflows are the point of the diverged runs
    for seed, (task, (_, name, write)) in enumerate(TASKS.items(), start=1):
        shutil.rmtree(HERE / task, ignore_errors=True)
        runs = search(task, seed)
        for run in runs:
            folder = HERE / task / name(run)
            folder.mkdir(parents=True)
            write(folder, run)
        best = max(runs, key=lambda run: run.score)
        unfinished = sum(not run.finished for run in runs)
        print(f"{task}: {len(runs)} runs, {unfinished} unfinished, best {best.score} {best.config}")


if __name__ == "__main__":
    main()
