# /// script
# requires-python = ">=3.11"
# ///
"""Write the ML-Agents sample by hand, in the form of ML-Agents 0.29 to 1.0: two runs of one behavior."""

import json
from pathlib import Path

HERE = Path(__file__).parent / "results"
CONFIG = """\
default_settings: null
behaviors:
  Jump:
    trainer_type: ppo
    hyperparameters:
      batch_size: {batch}
      learning_rate: {lr}
      beta: 0.005
    network_settings:
      hidden_units: 128
      memory: null
    max_steps: 50000
env_settings:
  env_path: null
  num_envs: 1
engine_settings:
  width: 84
  time_scale: 20
"""


def main():
    for i, (batch, lr, reward, steps) in enumerate(
        [(64, 3e-4, 2.5, 50_012), (128, 1e-3, 1.25, 20_000)]
    ):
        folder = HERE / f"run{i}" / "run_logs"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "configuration.yaml").write_text(CONFIG.format(batch=batch, lr=lr))
        gauge = {"min": 0.0, "max": reward, "count": 25}
        timers = {
            "name": "root",
            "gauges": {
                "Jump.Environment.CumulativeReward.mean": {"value": reward, **gauge},
                "Jump.Losses.PolicyLoss.mean": {"value": 0.0625, **gauge},
            },
            "total": 1000.5, "count": 1, "self": 0.01,
            "children": {"run_training.setup": {"total": 0.05, "count": 1, "self": 0.04}},
            "metadata": {
                "timer_format_version": "0.1.0", "start_time_seconds": "1660741743",
                "python_version": "3.9.1", "mlagents_version": "0.29.0", "end_time_seconds": "1660742743",
            },
        }  # fmt: skip
        (folder / "timers.json").write_text(json.dumps(timers, indent=4))
        last = {
            "steps": steps,
            "file_path": "results/Jump.onnx",
            "reward": reward,
            "creation_time": 1660742743.5,
        }
        status = {"Jump": {"checkpoints": [last], "final_checkpoint": last},
                  "metadata": {"stats_format_version": "0.3.0"}}  # fmt: skip
        (folder / "training_status.json").write_text(json.dumps(status, indent=4))


if __name__ == "__main__":
    main()
