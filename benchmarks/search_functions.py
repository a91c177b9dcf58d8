"""Search without a past on functions with a known minimum, beside other tools.

    python benchmarks/search_functions.py --methods auto,random,optuna_tpe,optuna_gp --seeds 5
    python benchmarks/search_functions.py --functions wide44,wide200 --methods gp,forest --n 100

Prints the median over seeds of the best value above the minimum after 10, 25, 50, … trials, and CPU milliseconds per
suggestion. Methods are logminer's strategies, ``optuna_tpe`` (multivariate), ``optuna_gp``, ``optuna_cmaes``, ``dual_annealing``
(SciPy's, over the unit cube), ``differential_evolution`` and ``skopt``; each needs its package. ``--batch 10`` asks for so many at once.
"""

import argparse
import time
import warnings

import numpy as np

from logminer.core.space_spec import space_from_spec
from logminer.workflows.study import Study


def branin(c):
    """Dixon and Szegö 1978; minimum 0.397887."""
    x, y = c["x0"], c["x1"]
    valley = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10 - 0.39788735772973816


HARTMANN_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)  # fmt: skip
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def vector(c):
    return np.array([c[f"x{i}"] for i in range(len(c))])


def hartmann6(c):
    """Hartmann 1973; minimum -3.32237."""
    inner = (HARTMANN_A * (vector(c) - HARTMANN_P) ** 2).sum(1)
    return 3.322368011415515 - float(np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-inner))


def levy(c):
    """Levy and Montalvo 1985; minimum 0 at 1."""
    w = 1 + (vector(c) - 1) / 4
    inner = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    return float(np.sin(np.pi * w[0]) ** 2 + inner.sum() + last)


def ackley(c):
    """Ackley 1987; minimum 0, moved off the middle of the box."""
    x = vector(c) - 3.0
    return float(
        20 + np.e - 20 * np.exp(-0.2 * np.sqrt((x**2).mean())) - np.exp(np.cos(2 * np.pi * x).mean())
    )  # fmt: skip


def mixed(c):
    """A training-like valley: an optimizer with a learning rate of its own, and hyperparameters that some lack."""
    best = {"sgd": -1.0, "adam": -3.0, "lion": -3.7}[c["optimizer"]]
    loss = 0.3 * (np.log10(c["lr"]) - best) ** 2 + 0.1 * (np.log2(c["width"]) - 8) ** 2
    loss += {"sgd": 0.0, "adam": 0.08, "lion": 0.2}[c["optimizer"]] + 2 * (c["dropout"] - 0.15) ** 2
    if "momentum" in c:
        loss += 1.5 * (np.log10(1 - c["momentum"]) + 1.3) ** 2 * 0.3
    if "beta2" in c:
        loss += 0.1 * (np.log10(1 - c["beta2"]) + 2.5) ** 2
    return float(loss + 0.05 * abs(c["layers"] - 4))


def wide(d):
    """Many hyperparameters, mixed and conditional, of which each matters a little."""
    spec = {f"f{i}": {"low": 1e-5, "high": 1.0, "log": True} for i in range(d // 2)}
    spec |= {f"i{i}": {"type": "integer", "low": 1, "high": 64} for i in range(d // 4)}
    spec |= {f"c{i}": ["a", "b", "c", "d"] for i in range(d // 4)}
    spec |= {f"k{i}": {"low": 0.0, "high": 1.0, "when": {f"c{i}": ["a", "b"]}} for i in range(4)}

    def value(c):
        loss = 0.0
        for name, x in c.items():
            if name[0] == "f":
                loss += (np.log10(x) + 2.35) ** 2 * 0.1
            elif name[0] == "i":
                loss += ((x - 20) / 64) ** 2
            elif name[0] == "c":
                loss += {"a": 0, "b": 0.1, "c": 0.3, "d": 0.5}[x] * (2 if name == "c0" else 0.5)
            else:
                loss += (x - 0.5) ** 2
        return float(loss)

    return spec, value


def box(d, low, high):
    return {f"x{i}": {"low": float(low), "high": float(high)} for i in range(d)}


def decay(low, high):
    return {"type": "float", "low": low, "high": high, "scale": "one_minus"}


MIXED = {
    "optimizer": ["sgd", "adam", "lion"],
    "lr": {"low": 1e-6, "high": 1.0, "log": True},
    "width": {"type": "integer", "low": 16, "high": 2048, "log": True},
    "layers": {"type": "integer", "low": 1, "high": 12},
    "dropout": {"low": 0.0, "high": 0.6},
    "momentum": {"low": 0.0, "high": 0.995, "when": {"optimizer": ["sgd"]}},
    "beta2": {**decay(0.9, 0.9999), "when": {"optimizer": ["adam", "lion"]}},
}
FUNCTIONS = {
    "branin": ({"x0": {"low": -5.0, "high": 10.0}, "x1": {"low": 0.0, "high": 15.0}}, branin),
    "hartmann6": (box(6, 0, 1), hartmann6),
    "levy10": (box(10, -10, 10), levy),
    "ackley20": (box(20, -32.768, 32.768), ackley),
    "mixed": (MIXED, mixed),
    "wide44": wide(40),
    "wide200": wide(196),
}


def logminer_search(strategy, space, function, seed, n, batch, noise):
    study = Study(space, strategy=strategy, seed=seed)
    rng, values = np.random.default_rng(seed), []
    while len(values) < n:
        for suggestion in study.ask(min(batch, n - len(values))):
            value = function(suggestion.config)
            study.tell(suggestion, value + noise * rng.standard_normal())
            values.append(value)
    return values


def optuna_search(name, space, function, seed, n, batch, noise):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = {
        "optuna_tpe": lambda: optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True),
        "optuna_gp": lambda: optuna.samplers.GPSampler(seed=seed),
        "optuna_cmaes": lambda: optuna.samplers.CmaEsSampler(seed=seed),
    }[name]()
    study, values = optuna.create_study(sampler=sampler), []
    rng, parsed = np.random.default_rng(seed), space_from_spec(space)

    def objective(trial):
        config = {}
        for key in parsed.order:
            # A Gaussian process of Optuna's wants every parameter at every trial.
            if name != "optuna_tpe" or parsed.is_active(key, config):
                config[key] = suggested(trial, key, parsed.parameters[key])
        value = function(parsed.restrict(config))
        values.append(value)
        return value + noise * rng.standard_normal()

    if batch == 1:
        study.optimize(objective, n)
        return values
    while len(values) < n:
        trials = [study.ask() for _ in range(min(batch, n - len(values)))]
        results = [objective(trial) for trial in trials]
        for trial, value in zip(trials, results, strict=True):
            study.tell(trial, value)
    return values


def suggested(trial, key, p):
    if hasattr(p, "choices"):
        return trial.suggest_categorical(key, p.choices)
    if getattr(p, "one_minus", False):
        return 1 - trial.suggest_float(key, 1 - p.high, 1 - p.low, log=True)
    suggest = trial.suggest_int if type(p).__name__ == "Integer" else trial.suggest_float
    return suggest(key, p.low, p.high, log=p.log)


def scipy_search(name, space, function, seed, n, _batch, noise):
    from scipy import optimize

    parsed, values, rng = space_from_spec(space), [], np.random.default_rng(seed)

    def of_point(u):
        if len(values) < n:
            values.append(function(parsed.from_unit(np.clip(u, 0, 1))[0]))
        return values[-1] + noise * rng.standard_normal()

    bounds = [(0.0, 1.0)] * len(parsed)
    if name == "dual_annealing":
        optimize.dual_annealing(of_point, bounds, rng=seed, maxfun=n)
    else:
        optimize.differential_evolution(
            of_point, bounds, rng=seed, maxiter=max(1, n // len(bounds) // 15)
        )
    return values  # fmt: skip


def skopt_search(_name, space, function, seed, n, batch, noise):
    import skopt

    parsed, values, rng = space_from_spec(space), [], np.random.default_rng(seed)
    optimizer = skopt.Optimizer([(0.0, 1.0)] * len(parsed), random_state=seed, n_initial_points=10)
    while len(values) < n:
        points = optimizer.ask(batch) if batch > 1 else [optimizer.ask()]
        told = [function(parsed.from_unit(np.array(point))[0]) for point in points]
        values += told
        optimizer.tell(points, [value + noise * rng.standard_normal() for value in told])
    return values[:n]


def searched(method, *rest):
    if method.startswith("optuna_"):
        return optuna_search(method, *rest)
    if method in ("dual_annealing", "differential_evolution"):
        return scipy_search(method, *rest)
    if method == "skopt":
        return skopt_search(method, *rest)
    return logminer_search(method, *rest)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--functions", default="branin,hartmann6,levy10,ackley20,mixed")
    parser.add_argument("--methods", default="auto,random,optuna_tpe")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--noise", type=float, default=0.0)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    marks = [t for t in (10, 25, 50, 100, 200, 500, 1000) if t <= args.n]
    print("function   method          " + "".join(f"{t:>10}" for t in marks) + "    CPU ms")
    for name in args.functions.split(","):
        space, function = FUNCTIONS[name]
        for method in args.methods.split(","):
            start, curves = time.process_time(), []
            for seed in range(args.seeds):
                values = searched(method, space, function, seed, args.n, args.batch, args.noise)
                curves.append(np.minimum.accumulate(values))
            spent = 1000 * (time.process_time() - start) / args.n / args.seeds
            shown = [np.median([curve[min(t, len(curve)) - 1] for curve in curves]) for t in marks]
            row = "".join(f"{v:10.4f}" for v in shown)
            print(f"{name:10s} {method:15s} {row} {spent:9.1f}", flush=True)


if __name__ == "__main__":
    main()
