# /// script
# requires-python = ">=3.11"
# dependencies = ["hpbandster==0.7.4", "ConfigSpace==1.2.2"]
# ///
"""Write the HpBandSter sample: one successive halving, written by HpBandSter's own result logger.

The evaluations are handed to the logger here: HpBandSter's workers talk through a name server that no longer runs
on current Python.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from hpbandster.core.dispatcher import Job  # noqa: E402
from hpbandster.core.result import json_result_logger  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

CONFIGS = [{"lr": 0.001}, {"lr": 0.03, "momentum": 0.5}, {"lr": 0.4}, {"lr": 900.0}]


def evaluate(logger, number, budget, start):
    job = Job((0, 0, number), config=CONFIGS[number], budget=budget, working_directory=".")
    job.timestamps = {
        "submitted": start,
        "started": start + 0.25,
        "finished": start + 0.25 + budget,
    }
    if number == 3:
        job.exception = (
            "Traceback (most recent call last):\n  …\nFloatingPointError: loss is not finite\n"
        )
    else:
        *_, row = train(epochs=max(1, int(budget)), **CONFIGS[number])
        job.result = {
            "loss": row["val_loss"],
            "info": {"accuracy": row["val_accuracy"], "note": "fine"},
        }
    logger(job)
    return row["val_loss"] if number < 3 else float("inf")


if __name__ == "__main__":
    with scratch_folder() as folder:
        logger = json_result_logger(directory=str(folder / "bohb"), overwrite=True)
        for number, config in enumerate(CONFIGS):
            logger.new_config((0, 0, number), config, {"model_based_pick": number == 2})
        start, rung = 1_722_864_857.5, [0, 1, 2, 3]
        for budget in (1.0, 3.0, 9.0):
            losses = {n: evaluate(logger, n, budget, start + 10 * budget + n) for n in rung}
            rung = sorted(rung, key=losses.get)[: max(1, len(rung) // 2)]
        keep(folder / "bohb", HERE / "bohb")
