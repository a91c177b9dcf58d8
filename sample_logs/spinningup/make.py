"""Write the Spinning Up sample: built to the layout of spinup/utils/logx.py. `python make.py`.

Spinning Up itself needs Python 3.6 and TensorFlow 1.
"""

import json
from pathlib import Path

RUN = Path(__file__).parent / "cmd_ppo" / "cmd_ppo_s0"
COLUMNS = (
    "Epoch", "AverageEpRet", "StdEpRet", "MaxEpRet", "MinEpRet", "EpLen", "TotalEnvInteracts", "LossPi", "KL",
    "Time",
)  # fmt: skip

CONFIG = {
    "ac_kwargs": {"hidden_sizes": [64, 64]},
    "actor_critic": "MLPActorCritic",
    "clip_ratio": 0.2,
    "env_fn": "<function <lambda> at 0x7f3a5c1d0d08>",
    "epochs": 4,
    "exp_name": "cmd_ppo",
    "gamma": 0.99,
    "logger": {
        "<spinup.utils.logx.EpochLogger object at 0x7f3a5c1d1a90>": {
            "epoch_dict": {},
            "exp_name": "cmd_ppo",
        }
    },
    "logger_kwargs": {
        "exp_name": "cmd_ppo",
        "output_dir": "/home/ada/spinningup/data/cmd_ppo/cmd_ppo_s0",
    },
    "pi_lr": 0.0003,
    "seed": 0,
    "steps_per_epoch": 4000,
    "target_kl": 0.01,
}

if __name__ == "__main__":
    RUN.mkdir(parents=True, exist_ok=True)
    (RUN / "config.json").write_text(
        json.dumps(CONFIG, separators=(",", ":\t"), indent=4, sort_keys=True)
    )
    lines = ["\t".join(COLUMNS)]
    for epoch in range(4):
        reward = 20.5 + 30 * epoch
        row = [epoch, reward, 9.25, reward + 40, reward - 12, reward, 4000 * (epoch + 1), -0.01 / (epoch + 1),
               "nan" if epoch == 0 else 0.0125, 6.5 * (epoch + 1)]  # fmt: skip
        lines.append("\t".join(map(str, row)))
    (RUN / "progress.txt").write_text("\n".join(lines) + "\n")
