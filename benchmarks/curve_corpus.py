"""Train many small models and log their learning curves: a corpus that no curve model was designed on.

    python benchmarks/curve_corpus.py FOLDER
    logminer ingest FOLDER --db corpus.duckdb
    python benchmarks/curves.py --db corpus.duckdb

Three learners of scikit-learn (networks, linear models by gradient descent, boosted trees) on twelve data sets
that come with it, under settings drawn at random, bad ones too. A run is a folder with ``hparams.json`` and
``metrics.csv``; a quarter of the rows are held out. Five minutes of one core.
"""

import argparse
import csv
import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

EPOCHS = {"network": 60, "linear": 40, "boosting": 120}


def data_sets():
    """Rows and classes by name: three real ones and nine made up, of different size, noise and difficulty."""
    real = {
        "digits": datasets.load_digits,
        "cancer": datasets.load_breast_cancer,
        "wine": datasets.load_wine,
    }
    found = {name: load(return_X_y=True) for name, load in real.items()}
    for k, (rows, informative, classes, flip) in enumerate([
        (400, 4, 2, 0.0), (800, 10, 2, 0.1), (1500, 15, 4, 0.02), (1500, 6, 3, 0.2), (600, 20, 5, 0.05),
    ]):  # fmt: skip
        found[f"made{k}"] = datasets.make_classification(
            rows, 30, n_informative=informative, n_redundant=3, n_classes=classes, flip_y=flip, random_state=k
        )  # fmt: skip
    found["moons"] = datasets.make_moons(600, noise=0.25, random_state=0)
    found["circles"] = datasets.make_circles(600, noise=0.15, factor=0.5, random_state=0)
    found["hastie"] = datasets.make_hastie_10_2(1200, random_state=0)
    found["blobs"] = datasets.make_blobs(900, 8, centers=6, cluster_std=6.0, random_state=0)
    return found


def settings(learner, rng):
    """One random setting of a learner."""
    if learner == "network":
        solver = str(rng.choice(["sgd", "adam"]))
        low, high = (-3, 0.5) if solver == "sgd" else (-4, -0.5)
        return {
            "solver": solver, "learning_rate_init": float(10 ** rng.uniform(low, high)),
            "alpha": float(10 ** rng.uniform(-6, 0)), "width": int(2 ** rng.integers(2, 8)),
            "batch_size": int(2 ** rng.integers(3, 8)), "momentum": float(rng.uniform(0, 0.98)),
        }  # fmt: skip
    if learner == "linear":
        return {
            "alpha": float(10 ** rng.uniform(-7, -1)), "eta0": float(10 ** rng.uniform(-4, 1)),
            "penalty": str(rng.choice(["l1", "l2", "elasticnet"])),
            "learning_rate": str(rng.choice(["constant", "invscaling", "optimal"])),
        }  # fmt: skip
    return {
        "learning_rate": float(10 ** rng.uniform(-2.5, 0.3)), "max_depth": int(rng.integers(1, 7)),
        "subsample": float(rng.uniform(0.2, 1.0)), "min_samples_leaf": int(rng.integers(1, 30)),
        "max_features": float(rng.uniform(0.1, 1.0)),
    }  # fmt: skip


def curve(learner, config, seed, data):
    """Held-out log loss and accuracy after each epoch or tree; NaN from where training broke down."""
    X, rest, y, held = train_test_split(*data, test_size=0.25, random_state=0)
    scaler = StandardScaler().fit(X)
    X, rest = scaler.transform(X), scaler.transform(rest)
    rows = []
    try:
        for chances in predictions(learner, config, seed, X, y, rest):
            labels = np.unique(y)
            guess = labels[chances.argmax(axis=1)]
            rows.append((log_loss(held, chances, labels=labels), accuracy_score(held, guess)))
    except (ValueError, FloatingPointError):
        rows += [(np.nan, np.nan)] * (EPOCHS[learner] - len(rows))
    return rows


def predictions(learner, config, seed, X, y, rest):
    """Class probabilities of the held-out rows, once an epoch or tree."""
    if learner == "boosting":
        model = GradientBoostingClassifier(
            n_estimators=EPOCHS[learner], random_state=seed, **config
        ).fit(X, y)
        yield from model.staged_predict_proba(rest)
        return
    if learner == "network":
        chosen = {name: value for name, value in config.items() if name != "width"}
        model = MLPClassifier((config["width"],), random_state=seed, **chosen)
    else:
        model = SGDClassifier(loss="log_loss", random_state=seed, **config)
    order = np.random.default_rng(seed)
    for _ in range(EPOCHS[learner]):
        mixed = order.permutation(len(X))
        model.partial_fit(X[mixed], y[mixed], classes=np.unique(y))
        yield model.predict_proba(rest)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--runs", type=int, default=12, help="runs of each learner on each data set"
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for learner in EPOCHS:
        rng = np.random.default_rng(0)
        configs = [settings(learner, rng) for _ in range(options.runs)]
        for name, data in data_sets().items():
            for k, config in enumerate(configs):
                log(
                    options.folder / learner / name / f"run{k:02d}",
                    config,
                    curve(learner, config, k, data),
                )


def log(folder, config, rows):
    """One run on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hparams.json").write_text(json.dumps(config))
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "val_loss", "val_accuracy"])
        writer.writerows((k, *row) for k, row in enumerate(rows, 1))


if __name__ == "__main__":
    main()
