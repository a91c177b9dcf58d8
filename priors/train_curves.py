"""Train small models and write their learning curves as a table: experience of our own for the packaged curve prior.

    python priors/train_curves.py own.csv.gz

Networks in NumPy under five learning-rate schedules, boosted trees, linear models and online factorisations on data
made up here, settings good and bad, drawn at random. A row is a point: ``problem``, ``run``, ``step``, ``value``,
``mode``, ``rate`` (learning rate at the step, over its highest). Some minutes of one core.
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits, make_classification, make_friedman1, make_regression
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import SGDRegressor
from sklearn.preprocessing import StandardScaler

Problem: TypeAlias = tuple[Any, Any, Any, Any, int]
"""Training rows and targets, held-out rows and targets, number of classes (0 for regression)."""
Run: TypeAlias = tuple[list[tuple[float, float, float, float]], dict[str, Any]]
"""Step, loss, accuracy and relative learning rate of each evaluation; and the settings."""
SCHEDULES = ("constant", "cosine", "linear", "steps", "warmup-cosine")


def rate_at(schedule: str, share: float) -> float:
    """Learning rate over its highest, at a share of the run."""
    if schedule == "cosine":
        return 0.5 * (1 + np.cos(np.pi * share))
    if schedule == "linear":
        return 1 - 0.99 * share
    if schedule == "steps":
        return 0.1 ** float((share >= 0.5) + (share >= 0.75))
    if schedule == "warmup-cosine":
        return min(share / 0.1 + 0.02, 0.5 * (1 + np.cos(np.pi * max(share - 0.1, 0) / 0.9)))
    return 1.0


def network(problem: Problem, rng: np.random.Generator) -> Run:
    """Held-out loss and accuracy (or error) of a network of one hidden layer, an evaluation at a time."""
    X, y, V, w, classes = problem
    width, batch = int(2 ** rng.integers(3, 8)), int(2 ** rng.integers(4, 8))
    top = 10 ** rng.uniform(-3, 0.3)
    schedule, momentum = str(rng.choice(SCHEDULES)), float(rng.choice([0.0, 0.9]))
    decay, evaluations, each = (
        10 ** rng.uniform(-6, -2),
        int(rng.integers(20, 90)),
        int(rng.integers(5, 40)),
    )
    A = rng.normal(0, 1 / np.sqrt(X.shape[1]), (X.shape[1], width))
    B = rng.normal(0, 1 / np.sqrt(width), (width, max(classes, 1)))
    moving = [np.zeros_like(A), np.zeros_like(B)]
    rows, total = [], evaluations * each
    for step in range(total + 1):
        share = step / total
        if step % each == 0:
            rows.append((step, *_scores(V, w, A, B, classes), rate_at(schedule, share)))
        pick = rng.integers(0, len(X), batch)
        hidden = np.maximum(X[pick] @ A, 0)
        out = hidden @ B
        if classes:
            p = np.exp(out - out.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            p[np.arange(batch), y[pick]] -= 1
        else:
            p = 2 * (out - y[pick][:, None])
        gB = hidden.T @ p / batch + decay * B
        gA = X[pick].T @ ((p @ B.T) * (hidden > 0)) / batch + decay * A
        for weights, gradient, m in ((A, gA, moving[0]), (B, gB, moving[1])):
            m[:] = momentum * m + gradient
            weights[:] = weights - top * rate_at(schedule, share) * m
    return rows, {"learning_rate": top, "schedule": schedule, "width": width, "batch": batch}


def _scores(V: Any, w: Any, A: Any, B: Any, classes: int) -> tuple[float, float]:
    out = np.maximum(V @ A, 0) @ B
    if not classes:
        return float(((out[:, 0] - w) ** 2).mean()), np.nan
    out = out - out.max(axis=1, keepdims=True)
    logp = out - np.log(np.exp(out).sum(axis=1, keepdims=True))
    return float(-logp[np.arange(len(w)), w].mean()), float((out.argmax(axis=1) == w).mean())


def boosting(problem: Problem, rng: np.random.Generator) -> Run:
    """Held-out loss and accuracy of boosted trees, a tree at a time."""
    X, y, V, w, classes = problem
    rate, trees = 10 ** rng.uniform(-2.3, 0.1), int(rng.integers(30, 120))
    config = {"learning_rate": rate, "max_depth": int(rng.integers(1, 7))}
    if classes:
        model = HistGradientBoostingClassifier(
            max_iter=trees,
            early_stopping=False,
            min_samples_leaf=int(rng.integers(2, 30)),
            **config,
        ).fit(X, y)
        rows = []
        for k, p in enumerate(model.staged_predict_proba(V)):
            hit = np.clip(p[np.arange(len(w)), w], 1e-12, 1)
            rows.append(
                (k + 1, float(-np.log(hit).mean()), float((p.argmax(axis=1) == w).mean()), 1.0)
            )
        return rows, config
    model = GradientBoostingRegressor(
        n_estimators=trees, subsample=float(rng.uniform(0.3, 1)), **config
    ).fit(X, y)
    return [
        (k + 1, float(((p - w) ** 2).mean()), np.nan, 1.0)
        for k, p in enumerate(model.staged_predict(V))
    ], config


def linear(problem: Problem, rng: np.random.Generator) -> Run:
    """Held-out error of a linear model by gradient descent, a pass at a time; regression only."""
    X, y, V, w, _ = problem
    config = {"eta0": 10 ** rng.uniform(-5, -1), "alpha": 10 ** rng.uniform(-7, 0)}
    model = SGDRegressor(learning_rate=str(rng.choice(["constant", "invscaling"])), **config)
    rows = []
    for k in range(int(rng.integers(15, 60))):
        model.partial_fit(X, y)
        rows.append((k + 1, float(((model.predict(V) - w) ** 2).mean()), np.nan, 1.0))
    return rows, config


def problems() -> Iterator[tuple[str, Problem]]:
    """Training and held-out rows by name, with the number of classes, 0 for regression."""
    made = {"digits": (*load_digits(return_X_y=True), 10)}
    for k, (rows, inform, classes, flip) in enumerate(
        [(300, 5, 2, 0.1), (1200, 12, 6, 0.03), (700, 8, 3, 0.3)]
    ):
        made[f"classes{k}"] = (*make_classification(
            rows, 24, n_informative=inform, n_classes=classes, flip_y=flip, random_state=40 + k
        ), classes)  # fmt: skip
    made["friedman"] = (*make_friedman1(800, 12, noise=1.0, random_state=4), 0)
    made["line"] = (*make_regression(500, 40, n_informative=12, noise=30.0, random_state=5), 0)
    spiral = np.random.default_rng(6)
    turn, arm = spiral.uniform(0.3, 3.5, 900), spiral.integers(0, 3, 900)
    angle = 2 * turn + arm * 2 * np.pi / 3
    made["spiral"] = (
        np.column_stack([turn * np.cos(angle), turn * np.sin(angle)])
        + spiral.normal(0, 0.1, (900, 2)),
        arm,
        3,
    )
    for name, (inputs, target, classes) in made.items():
        order = np.random.default_rng(1).permutation(len(inputs))
        X = StandardScaler().fit_transform(inputs)[order]
        y = target[order] if classes else (target[order] - target.mean()) / target.std()
        cut = int(0.7 * len(X))
        yield name, (X[:cut], y[:cut], X[cut:], y[cut:], classes)


def main() -> None:
    """Train, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--runs", type=int, default=14, help="runs of each learner on each problem")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    parts = []
    for learner in (network, boosting, linear):
        for name, problem in problems():
            if learner is linear and problem[-1]:
                continue
            for run in range(options.runs):
                try:
                    rows, config = learner(problem, np.random.default_rng([run, len(name)]))
                except ValueError:  # a regression that overflowed
                    continue
                table = pd.DataFrame(rows, columns=["step", "loss", "accuracy", "rate"]).assign(
                    **config
                )
                for metric, mode in (("loss", "min"), ("accuracy", "max")):
                    if table[metric].notna().any():
                        mine = table.rename(columns={metric: "value"})
                        parts.append(mine.drop(columns=list({"loss", "accuracy"} - {metric})).assign(
                            problem=f"{learner.__name__}/{name}/{metric}", run=run, mode=mode
                        ))  # fmt: skip
    pd.concat(parts, ignore_index=True).to_csv(options.table, index=False)


if __name__ == "__main__":
    main()
