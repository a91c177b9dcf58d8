# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.13.0", "pyyaml"]
# ///
"""Write the Stable-Baselines3 samples: a short PPO training by SB3 itself, and a run of its zoo.

The zoo's two YAML files are built to its layout: it dumps ordered dictionaries with PyYAML, as is done here.
"""

import json
import sys
from collections import OrderedDict
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import gymnasium as gym  # noqa: E402
import yaml  # noqa: E402
from scratch import keep, scratch_folder  # noqa: E402
from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.callbacks import EvalCallback  # noqa: E402
from stable_baselines3.common.logger import configure  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402


def ppo(folder):
    env = Monitor(gym.make("CartPole-v1"), str(folder / "0.monitor.csv"))
    model = PPO("MlpPolicy", env, n_steps=128, batch_size=64, n_epochs=1, seed=0, device="cpu")
    model.set_logger(configure(str(folder), ["csv", "json", "log"]))
    testing = EvalCallback(
        Monitor(gym.make("CartPole-v1")),
        eval_freq=256,
        n_eval_episodes=2,
        log_path=str(folder),
        verbose=0,
    )
    model.learn(512, callback=testing)


def zoo(folder):
    run = folder / "ppo" / "CartPole-v1_1"
    inner = run / "CartPole-v1"
    inner.mkdir(parents=True)
    arguments = {
        "algo": "ppo", "env": "CartPole-v1", "env_kwargs": None, "eval_freq": 10000, "gym_packages": [],
        "hyperparams": {"gamma": 0.98}, "n_timesteps": -1, "seed": 620965731, "verbose": 1,
    }  # fmt: skip
    config = {
        "batch_size": 256, "clip_range": "lin_0.2", "gamma": 0.98, "n_envs": 2, "n_timesteps": 1e5,
        "policy": "MlpPolicy", "policy_kwargs": "dict(net_arch=[64, 64])", "use_sde": False,
    }  # fmt: skip
    for name, written in (("args.yml", arguments), ("config.yml", config)):
        ordered = OrderedDict((key, written[key]) for key in sorted(written))
        (inner / name).write_text(yaml.dump(ordered))
    (inner / "command.txt").write_text("python train.py --algo ppo --env CartPole-v1")
    for number in (0, 1):
        about = json.dumps({"t_start": 1614619328.5 + number, "env_id": "CartPole-v1"})
        rows = "".join(f"{10.0 + i},{10 + i},{0.5 * i:.6f}\n" for i in range(3 + number))
        (run / f"{number}.monitor.csv").write_text(f"#{about}\nr,l,t\n{rows}")


if __name__ == "__main__":
    with scratch_folder() as folder:
        ppo(folder / "run")
        keep(folder / "run", HERE / "ppo_cartpole")
        zoo(folder / "zoo")
        keep(folder / "zoo", HERE / "zoo")
