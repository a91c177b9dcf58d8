"""Folders as people leave them, read without any option: what was run, on what, by which measure, and what was searched."""

import itertools
import json

import numpy as np
import pytest

from logminer.store import open_store
from logminer.workflows.history import mine_history
from logminer.workflows.ingest import ingest


def csv(rows, sep=",", decimal="."):
    """Rows as a table with a header."""
    names = list(dict.fromkeys(name for row in rows for name in row))

    def cell(value):
        text = "" if value is None else str(value)
        return text.replace(".", decimal) if isinstance(value, float) else text

    lines = [sep.join(names), *(sep.join(cell(row.get(n)) for n in names) for row in rows)]
    return "\n".join(lines) + "\n"


def grid(**levels):
    """All combinations of some levels."""
    return [
        dict(zip(levels, values, strict=True)) for values in itertools.product(*levels.values())
    ]


def noise(seed=0):
    return np.random.default_rng(seed)


def biologist():
    """An Excel export with German commas, semicolons, units in the header and the strain as what was grown."""
    rng = noise(1)
    rows = [
        {
            "Stamm": s,
            "Lernrate": lr,
            "Dropout (%)": d,
            "val_accuracy": round(0.6 + lr + rng.normal() / 90, 4),
        }
        for s, lr, d in itertools.product(("K12",), (0.001, 0.01, 0.1), (10, 20, 30))
    ]
    return {"Ergebnisse.csv": csv(rows, ";", ",")}


def kaggle():
    """A notebook's table: fold scores in columns, their mean, and the rank."""
    rng = noise(2)
    rows = []
    for depth, lr in itertools.product((4, 6, 8), (0.03, 0.1, 0.3)):
        folds = rng.uniform(0.7, 0.8, 3).round(5)
        own = {f"fold{i}_auc": f for i, f in enumerate(folds.tolist())}
        rows.append(
            {
                "max_depth": depth,
                "learning_rate": lr,
                **own,
                "mean_auc": round(float(folds.mean()), 5),
            }
        )
    return {"cv_results.csv": csv(rows)}


def student_dicts():
    """Nested dicts of a grid, the levels without names of their own but for the files'."""
    rng = noise(3)
    rows = [
        {
            "params": {"lr": lr, "hidden": h},
            "metrics": {"val_loss": float(rng.uniform()), "val_acc": float(rng.uniform())},
        }
        for lr, h in itertools.product((0.1, 0.01, 0.001), (32, 64))
    ]
    return {"results.json": json.dumps(rows)}


def team_sheet():
    """A shared sheet with a title, comments and an empty column."""
    rng = noise(4)
    rows = [
        {**c, "Test Acc (%)": f"{90 + rng.uniform():.2f}", "Notes": ""}
        for c in grid(lr=[0.1, 0.01], wd=[0.0, 1e-4, 1e-3])
    ]
    return {"sheet.csv": "# runs of March\n" + csv(rows)}


def dated_names():
    """Runs called by the day, random draws, one row each."""
    rng = noise(5)
    rows = [
        {
            "run": f"2026-03-{i + 1:02}", "lr": float(10 ** rng.uniform(-5, -1)), "dropout": float(rng.uniform(0, 0.5)),
            "eval_f1": float(rng.uniform()),
        }
        for i in range(20)
    ]  # fmt: skip
    return {"log.csv": csv(rows)}


def seeds_and_data():
    """Each draw on two data sets with three seeds."""
    rng = noise(6)
    rows = []
    for _ in range(8):
        config = {"lr": float(10 ** rng.uniform(-4, -1)), "wd": float(10 ** rng.uniform(-6, -2))}
        rows += [
            {"dataset": d, **config, "seed": s, "test_acc": float(rng.uniform())}
            for d in ("mnist", "svhn") for s in range(3)
        ]  # fmt: skip
    return {"all.csv": csv(rows)}


def scaling():
    """Model sizes and tokens with a learning rate searched at each; steps follow from tokens and batch."""
    rows = []
    for n, d, lr, bs in itertools.product(
        (20e6, 80e6, 320e6), (1e9, 4e9), (3e-4, 1e-3, 3e-3), (64, 128)
    ):
        loss = 5 - np.log10(n) / 5 - np.log10(d) / 9 + (np.log10(lr) + 3) ** 2 / 9
        rows.append(
            {
                "n_params": int(n),
                "tokens": int(d),
                "lr": lr,
                "batch_size": bs,
                "steps": int(d // (bs * 1024)),
                "val_loss": round(loss, 5),
            }
        )
    return {"sweep.csv": csv(rows)}


def tuner_frame():
    """A study's frame: states, prefixes, a pruned best that must not win."""
    rng = noise(7)
    rows = [
        {
            "number": i, "value": round(float(rng.uniform(0.5, 1)), 5) if i else 0.01,
            "datetime_start": f"2026-01-01 10:{i:02}:00", "params_lr": float(10 ** rng.uniform(-4, -1)),
            "params_opt": ["adam", "sgd"][i % 2], "state": "COMPLETE" if i else "PRUNED",
        }
        for i in range(16)
    ]  # fmt: skip
    return {"trials.csv": csv(rows)}


def folders_of_configs():
    """A folder a run: config.yaml beside a curve, epochs as the axis, data named by a nested key."""
    files = {}
    for i, (lr, data) in enumerate(itertools.product((0.1, 0.01, 0.001), ("cats", "dogs"))):
        files[f"runs/r{i}/config.yaml"] = (
            f"optim:\n  name: adam\n  lr: {lr}\ndataset:\n  name: {data}\nseed: 1\n"
        )
        rows = [
            {"epoch": e, "train_loss": 2 / (e + 1), "val_miou": 0.3 + 0.05 * e + lr}
            for e in range(6)
        ]
        files[f"runs/r{i}/metrics.csv"] = csv(rows)
    return files


def printed_keras():
    """Console output of three trainings, one file each, their learning rate in the name."""
    files = {}
    for lr in (0.1, 0.01, 0.001):
        lines = [
            f"Epoch {e}/4\n100/100 - 3s - loss: {1 / e + lr:.4f} - val_loss: {1.2 / e + lr:.4f}"
            for e in (1, 2, 3, 4)
        ]
        files[f"out/lr_{lr}.log"] = "\n".join(lines) + "\n"
    return files


def report_beside_search():
    """A search, a classification report and a confusion matrix beside it."""
    rng = noise(8)
    rows = [
        {**c, "mean_test_score": float(rng.uniform())}
        for c in grid(param_C=[0.1, 1, 10], param_kernel=["rbf", "linear"])
    ]
    report = ",precision,recall,f1-score,support\ncat,0.9,0.8,0.85,50\ndog,0.8,0.9,0.85,50\nmacro avg,0.85,0.85,0.85,100\n"
    return {
        "grid.csv": csv(rows),
        "report.csv": report,
        "confusion.csv": ",cat,dog\ncat,40,10\ndog,5,45\n",
    }


def crossed_epochs():
    """A grid whose epochs are a factor like the others, and a row counter in front."""
    rng = noise(9)
    rows = [
        {**c, "acc": float(rng.uniform())}
        for c in grid(epochs=[5, 10, 20], batch_size=[16, 32], units=[64, 128])
    ]
    return {"results.csv": csv([{"": i, **row} for i, row in enumerate(rows)])}


def unknown_kpi():
    """A home-made measure that nobody's vocabulary knows, told by how it moves with a known one."""
    rng = noise(10)
    rows = []
    for lr, width in itertools.product((0.1, 0.03, 0.01, 0.003), (16, 32, 64)):
        loss = float(rng.uniform(0.1, 1))
        rows.append(
            {
                "lr": lr,
                "width": width,
                "frobnication": round(3 - 2 * loss, 4),
                "train_loss": round(loss, 4),
            }
        )
    return {"results.csv": csv(rows)}


def diverged():
    """The run that would win ended in NaN; another failed."""
    files = {}
    for i, (lr, end) in enumerate(((1.0, "nan"), (0.1, "0.4"), (0.01, "0.6"), (0.001, "0.9"))):
        rows = "".join(
            f"{s},{v}\n" for s, v in ((1, 0.95), (2, 0.2 if end == "nan" else 0.93), (3, end))
        )
        files[f"r{i}/log.csv"] = "step,val_loss\n" + rows
        files[f"r{i}/hparams.json"] = json.dumps({"lr": lr})
    return files


def environments():
    """Reinforcement learning: environments nested under env, returns with their spread, steps as budget."""
    rng = noise(11)
    rows = [
        {"env.name": e, "gamma": g, "seed": s, "return_mean": float(rng.uniform(0, 99)), "return_std": float(rng.uniform()), "total_steps": 100000}
        for e, g, s in itertools.product(("Ant-v4", "Hopper-v4"), (0.9, 0.99), range(3))
    ]  # fmt: skip
    return {"rl.csv": csv(rows)}


def markdown():
    """A table in a README-like file."""
    rows = [
        {"Optimizer": o, "LR": lr, "Val Acc": f"{80 + i}.5 %"}
        for i, (o, lr) in enumerate(itertools.product(("SGD", "Adam"), (0.1, 0.01)))
    ]
    names = list(rows[0])
    lines = [
        "| " + " | ".join(names) + " |",
        "|" + "---|" * 3,
        *("| " + " | ".join(str(r[n]) for n in names) + " |" for r in rows),
    ]
    return {"results.txt": "\n".join(lines) + "\n"}


def spreads():
    """Means and spreads in one cell."""
    rows = [
        {"lr": lr, "layers": n, "test_acc": f"{0.9 - lr:.3f} ± 0.0{n}1"}
        for lr, n in itertools.product((0.1, 0.01, 0.001), (1, 2))
    ]
    return {"ablation.csv": csv(rows)}


def json_lines():
    """One JSON line a run with lists as values and a note."""
    rows = [
        {
            "layers": layers,
            "lr": lr,
            "note": "second try of the morning, after coffee",
            "final": {"val_rmse": 1 + lr * len(layers)},
        }
        for layers, lr in itertools.product(([64], [64, 32], [128, 64, 32]), (0.1, 0.01))
    ]
    return {"runs.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}


def latency_beside_quality():
    """Times and memory stand beside the quality; the fastest is not the best."""
    rng = noise(12)
    rows = [
        {**c, "latency_ms": float(rng.uniform(1, 9)), "gpu_mem_gb": float(rng.uniform(1, 9)), "val_bleu": float(rng.uniform(20, 30)), "runtime_s": float(rng.uniform(99, 999))}
        for c in grid(beam=[1, 4, 8], lr=[1e-3, 1e-4])
    ]  # fmt: skip
    return {"mt.csv": csv(rows)}


def workers_and_paths():
    """What only records circumstances varies as well."""
    rng = noise(13)
    rows = [
        {
            **c,
            "num_workers": i % 3,
            "output_dir": f"/scratch/u/{i}",
            "hostname": f"node{i % 4}",
            "val_acc": float(rng.uniform()),
        }
        for i, c in enumerate(grid(lr=[0.1, 0.01, 0.001], dropout=[0.0, 0.1]))
    ]
    return {"jobs.csv": csv(rows)}


# Folder; runs, tasks, what is searched, accepted objectives with their direction.
CASES = {
    biologist: (9, 1, {"Lernrate", "Dropout"}, {"val_accuracy": "max"}),
    kaggle: (9, 1, {"max_depth", "learning_rate"}, {"mean_auc": "max"}),
    student_dicts: (6, 1, {"lr", "hidden"}, {"val_acc": "max"}),
    team_sheet: (6, 1, {"lr", "wd"}, {"Test Acc (%)": "max", "Test Acc": "max"}),
    dated_names: (20, 1, {"lr", "dropout"}, {"eval_f1": "max"}),
    seeds_and_data: (48, 2, {"lr", "wd"}, {"test_acc": "max"}),
    scaling: (36, 6, {"lr", "batch_size"}, {"val_loss": "min"}),
    tuner_frame: (16, 1, {"lr", "opt"}, {"value": "min"}),
    folders_of_configs: (6, 2, {"optim.lr"}, {"val_miou": "max"}),
    printed_keras: (3, 1, {"lr"}, {"val_loss": "min"}),
    report_beside_search: (6, 1, {"C", "kernel"}, {"mean_test_score": "max"}),
    crossed_epochs: (12, 1, {"epochs", "batch_size", "units"}, {"acc": "max"}),
    unknown_kpi: (12, 1, {"lr", "width"}, {"frobnication": "max", "train_loss": "min"}),
    diverged: (4, 1, {"lr"}, {"val_loss": "min"}),
    environments: (12, 2, {"gamma"}, {"return_mean": "max"}),
    markdown: (4, 1, {"Optimizer", "LR"}, {"Val Acc": "max"}),
    spreads: (6, 1, {"lr", "layers"}, {"test_acc": "max"}),
    json_lines: (6, 1, {"layers", "lr"}, {"final.val_rmse": "min", "val_rmse": "min", "final/val_rmse": "min"}),
    latency_beside_quality: (6, 1, {"beam", "lr"}, {"val_bleu": "max"}),
    workers_and_paths: (6, 1, {"lr", "dropout"}, {"val_acc": "max"}),
}  # fmt: skip


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.__name__)
def test_a_folder_is_read_as_its_owner_would(folder, tmp_path):
    """Runs, tasks, objective, direction and search space come out right, and nothing failed wins."""
    count, tasks, searched, objectives = CASES[folder]
    for name, text in folder().items():
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with open_store(tmp_path / "x.duckdb", write=True) as store:
        ingest(store, [str(tmp_path / "logs")])
        mined = mine_history(store, everything=True)
    history = mined.history
    assert len(history) == count
    assert len(history.tasks) == tasks
    names = {name.removeprefix("params_").removeprefix("param_") for name in history.space.names}
    assert names == searched
    for objective in history.objectives.values():
        assert objectives.get(objective.metric) == objective.mode
    best = history.losses.idxmin()
    assert history.trials.loc[best, "status"] not in {"pruned", "failed"}
    assert np.isfinite(history.trials.loc[best, "value"])
