# /// script
# requires-python = ">=3.11"
# dependencies = ["hydra-core==1.3.8"]
# ///
"""Write the Hydra sample: a multirun of two jobs that write a CSV, by Hydra itself."""

import csv
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402

CONFIG = """\
defaults: [_self_, optimizer: sgd]
seed: 3
epochs: 4
batch_size: 1e1
layers: [2, 1]
title: ${optimizer.name}-${optimizer.lr}
warmup: ${optimizer.lr}
checkpoint: ???
augment: no
"""


def main(config):
    import hydra

    folder = Path(hydra.core.hydra_config.HydraConfig.get().runtime.output_dir)
    with (folder / "metrics.csv").open("w", newline="") as file:
        rows = list(train(config.optimizer.lr, seed=config.seed, epochs=config.epochs))
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def prepare():
    Path("conf/optimizer").mkdir(parents=True)
    Path("conf/config.yaml").write_text(CONFIG)
    Path("conf/optimizer/sgd.yaml").write_text("name: sgd\nlr: 0.1\n")
    Path("conf/optimizer/slow.yaml").write_text("name: slow\nlr: 1e-3\n")


if __name__ == "__main__":
    import hydra

    with scratch_folder() as folder:
        prepare()
        sys.argv = [
            "clouds.py",
            "-m",
            "optimizer=sgd,slow",
            "seed=7",
            "hydra.sweep.dir=multirun/first",
        ]
        decorated = hydra.main(
            version_base="1.3", config_path=str(folder / "conf"), config_name="config"
        )
        decorated(main)()
        keep(folder / "multirun", HERE / "multirun", leave_out=("*.log",))
