"""A search with two objectives against Optuna's samplers, on ZDT1 to ZDT3 (Zitzler, Deb and Thiele 2000).

    python benchmarks/objectives.py --trials 60 --dimensions 6 --seeds 5

Each row is the mean hypervolume below (1.1, 6) after half the trials and after all of them, higher is better, and the CPU
time of a search in seconds. Needs the extra ``optuna``.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import optuna

from logminer import Study
from logminer.core.pareto import hypervolume

REFERENCE = np.array([1.1, 6.0])
Values = tuple[float, float]


def zdt(kind: int, x: np.ndarray) -> Values:
    """The two objectives of a point of the unit cube."""
    g = 1 + 9 * float(np.mean(x[1:]))
    f = x[0] / g
    shapes = {1: 1 - f**0.5, 2: 1 - f**2, 3: 1 - f**0.5 - f * np.sin(10 * np.pi * x[0])}
    return float(x[0]), float(g * shapes[kind])


def with_logminer(
    goal: Callable[[np.ndarray], Values], args: argparse.Namespace, seed: int
) -> list[Values]:
    """Values of a search by ``Study``."""
    space = {f"x{i}": {"type": "float", "low": 0.0, "high": 1.0} for i in range(args.dimensions)}
    study, values = Study(space, mode=["min", "min"], seed=seed), []
    for _ in range(args.trials):
        suggestion = study.ask()
        values.append(goal(np.array([suggestion.config[name] for name in space])))
        study.tell(suggestion, values[-1])
    return values


def with_optuna(
    sampler: optuna.samplers.BaseSampler,
    goal: Callable[[np.ndarray], Values],
    args: argparse.Namespace,
) -> list[Values]:
    """Values of a search by one of Optuna's samplers."""
    values: list[Values] = []

    def objective(trial: optuna.Trial) -> Values:
        x = [trial.suggest_float(f"x{i}", 0, 1) for i in range(args.dimensions)]
        values.append(goal(np.array(x)))
        return values[-1]

    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    study.optimize(objective, n_trials=args.trials)
    return values


def main() -> None:
    """Search with each and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--dimensions", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    samplers = {
        "nsga2": lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=20),
        "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
        "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    }
    print("problem search half all seconds")
    for kind in (1, 2, 3):
        for name in ("logminer", *samplers):
            rows = []
            for seed in range(args.seeds):
                began = time.process_time()
                goal = lambda x, kind=kind: zdt(kind, x)  # noqa: E731
                found = (
                    with_logminer(goal, args, seed)
                    if name == "logminer"
                    else with_optuna(samplers[name](seed), goal, args)
                )
                losses = np.array(found)
                half, whole = (
                    hypervolume(losses[:n], REFERENCE) for n in (args.trials // 2, args.trials)
                )
                rows.append((half, whole, time.process_time() - began))
            print(f"ZDT{kind}", name, *(f"{value:.2f}" for value in np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
