# /// script
# requires-python = ">=3.11"
# dependencies = ["bayesian-optimization==3.4.0"]  # and once more with 2.0.4, for the lines of its logger
# ///
"""Write the bayes_opt samples: the state of version 3; the logger's lines, where version 2 is installed instead."""

import math
from pathlib import Path

from bayes_opt import BayesianOptimization

HERE = Path(__file__).parent


def target(lr, width):
    return -((math.log10(lr) + 2) ** 2) - (width - 32) ** 2 / 1000


def main():
    bounds = {"lr": (1e-4, 1e-1), "width": (8, 64)}
    search = BayesianOptimization(target, bounds, random_state=1, verbose=0)
    is_new = hasattr(search, "save_state")
    folder = HERE / ("version_3" if is_new else "version_2")
    folder.mkdir(exist_ok=True)
    if not is_new:
        from bayes_opt.event import Events
        from bayes_opt.logger import JSONLogger

        search.subscribe(Events.OPTIMIZATION_STEP, JSONLogger(path=str(folder / "logs.log")))
    search.maximize(init_points=3, n_iter=2)
    if is_new:
        search.save_state(folder / "state.json")


if __name__ == "__main__":
    main()
