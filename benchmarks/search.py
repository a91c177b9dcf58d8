"""How good are the suggestions, and what do they cost?

    python benchmarks/search.py                         backtests on small data sets and the demo logs
    python benchmarks/search.py --rig DIR --out DIR     a rig of search problems, logminer as one more method

Without a rig, support vector machines are tuned on data sets that scikit-learn ships, and each data set is held
out in turn with the others as the past; then the same is done with the demo logs.

A rig is a folder with ``registry.py`` (``METHODS``: name to module, class and keywords), ``run.py`` and ``report.py``. Its
methods are classes with ``ask()`` and ``tell(config, value)``, made from a space, a history of past tasks and a seed;
``logminer`` joins through the public ``Study``. ``--hist`` chooses the history: real, or one that misleads.
"""

import argparse
import runpy
import sys
import tempfile
import types
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from logminer.core.history import History
from logminer.core.objective import Objective
from logminer.core.space_spec import space_from_spec
from logminer.store import open_store
from logminer.workflows.backtest import Backtest, backtest
from logminer.workflows.history import mine_history
from logminer.workflows.ingest import ingest
from logminer.workflows.study import Study

DEMO = Path(__file__).parent.parent / "sample_logs" / "demo"
SVM = {
    "C": {"type": "float", "low": 1e-3, "high": 1e3, "log": True},
    "kernel": ["rbf", "poly", "linear"],
    "gamma": {
        "type": "float",
        "low": 1e-4,
        "high": 10.0,
        "log": True,
        "when": {"kernel": ["rbf", "poly"]},
    },
    "degree": {"type": "integer", "low": 2, "high": 4, "when": {"kernel": ["poly"]}},
}


class Searched:
    """logminer as a method of a rig."""

    strategy = "auto"

    def __init__(self, space, history, seed, _n):
        self.study = Study(space.spec, history=history, strategy=self.strategy, seed=seed)

    def ask(self):
        self.asked = self.study.ask()
        return dict(self.asked.config)

    def tell(self, config, value):
        self.study.tell(self.asked if config == self.asked.config else config, value)


def run_rig(rig: Path, rest: list[str]) -> None:
    """Run the rig's own program with logminer among its methods; other flags go through to it."""
    if not (rig / "run.py").exists():
        sys.exit(f"{rig} is no rig: it has no run.py; without --rig the built-in benchmark runs")
    sys.path.insert(0, str(rig))
    module = types.ModuleType("methods.logminer")
    module.Searched = Searched
    sys.modules["methods.logminer"] = module
    from registry import METHODS

    METHODS["logminer"] = ("logminer", "Searched", {})
    sys.argv = ["run.py", "--method", "logminer", "--jobs", "1", *rest]
    runpy.run_path(str(rig / "run.py"), run_name="__main__")


def svm_history(size: int = 60) -> History:
    """Cross-validated accuracy of the same configs on four data sets."""
    from sklearn import datasets
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    space = space_from_spec(SVM)
    configs = space.sample(size, np.random.default_rng(0))
    rows = []
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        X, y = X[:500], y[:500]
        for config in configs:
            model = make_pipeline(StandardScaler(), SVC(max_iter=20_000, **config))
            rows.append(
                {"task": name, "value": cross_val_score(model, X, y, cv=3).mean(), **config}
            )
    frame = pd.DataFrame(rows)
    trials = frame[["task", "value"]].assign(
        name=[f"run {i}" for i in frame.index], status="finished"
    )
    objectives = {name: Objective("accuracy", "max") for name in frame["task"].unique()}
    return History(trials, frame[space.names].astype(object), space, objectives)


def demo_history() -> History:
    """The demo logs, as the commands see them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "d.duckdb", write=True) as store,
    ):
        ingest(store, [str(DEMO)])
        return mine_history(store).history


def show(title: str, found: Backtest) -> None:
    low, high = found.interval
    print(
        f"\n{title}: the past {found.verdict}; {found.best} saves {found.saved:.1f} trials [{low:.1f}, {high:.1f}]"
    )
    print(found.summary.round(2).to_string(index=False))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rig", type=Path, help="folder of a rig; further flags go to its run.py")
    parser.add_argument(
        "--strategies", default="auto,random,tpe", help="for the built-in benchmark"
    )
    parser.add_argument("--seeds", type=int, default=2)
    args, rest = parser.parse_known_args()
    warnings.filterwarnings("ignore")
    if args.rig:
        run_rig(args.rig, ["--seeds", str(args.seeds), *rest])
        return
    names = args.strategies.split(",")
    show("SVMs on four data sets", backtest(svm_history(), names, seeds=args.seeds))
    show("demo logs", backtest(demo_history(), names, seeds=args.seeds))


if __name__ == "__main__":
    main()
