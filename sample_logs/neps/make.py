# /// script
# requires-python = ">=3.11"
# dependencies = ["neural-pipeline-search==0.17.0"]
# ///
"""Write the NePS sample: five random configs of a known function, of which those of many layers crash."""

import sys
from pathlib import Path

import neps

sys.path.insert(0, str(Path(__file__).parents[1]))
from scratch import keep, scratch_folder

HERE = Path(__file__).parent


class Space(neps.PipelineSpace):
    learning_rate = neps.Float(1e-5, 1e-1, log=True)
    layers = neps.Integer(1, 6)
    optimizer = neps.Categorical(("sgd", "adam"))


def evaluate_pipeline(learning_rate, layers, optimizer):
    if layers > 3:
        raise RuntimeError("out of memory")
    loss = (learning_rate - 0.01) ** 2 + 0.01 * layers + 0.1 * (optimizer == "sgd")
    return {
        "objective_to_minimize": loss,
        "cost": float(layers),
        "learning_curve": [4 * loss, 2 * loss, loss],
        "info_dict": {"test_accuracy": 1 - loss},
    }


def main():
    with scratch_folder() as folder:
        neps.run(
            evaluate_pipeline=evaluate_pipeline,
            pipeline_space=Space(),
            root_directory="search",
            worker_evaluations_to_spend=5,
            optimizer="random_search",
            ignore_errors=True,
        )
        for pickle in (folder / "search").rglob("*.pkl"):
            pickle.unlink()
        for lock in (folder / "search").rglob("*.lock"):
            lock.unlink()
        keep(folder / "search", HERE / "random_search", home=folder)


if __name__ == "__main__":
    main()
