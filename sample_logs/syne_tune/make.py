# /// script
# requires-python = ">=3.11"
# dependencies = ["syne-tune==0.16.0"]
# ///
"""Write the Syne Tune sample: five trials under ASHA on this machine. SYNETUNE_FOLDER says where they go."""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
os.environ["SYNETUNE_FOLDER"] = str(HERE / "scratch")


def main():
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend import LocalBackend
    from syne_tune.config_space import loguniform, randint
    from syne_tune.optimizer.baselines import ASHA

    space = {"lr": loguniform(1e-4, 1e-1), "width": randint(8, 64), "epochs": 3}
    scheduler = ASHA(
        space, metric="val_acc", do_minimize=False, time_attr="epoch", max_t=3, random_seed=1
    )
    Tuner(
        LocalBackend(entry_point=str(HERE / "train.py")), scheduler, StoppingCriterion(max_num_trials_started=4),
        n_workers=1, tuner_name="asha", save_tuner=False, sleep_time=0.2,
    ).run()  # fmt: skip
    (written,) = (HERE / "scratch").glob("asha*")
    shutil.rmtree(HERE / "asha", ignore_errors=True)
    shutil.copytree(written, HERE / "asha")
    shutil.rmtree(HERE / "scratch")


if __name__ == "__main__":
    main()
