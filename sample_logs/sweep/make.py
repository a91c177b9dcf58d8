# /// script
# requires-python = ">=3.11"
# ///
"""Write the sweep sample: declarations by hand in the forms that W&B, NNI and Determined read."""

from pathlib import Path

HERE = Path(__file__).parent / "by_hand"
FILES = {
    "wandb_project/sweep.yaml": """\
program: train.py
method: bayes
metric:
  name: val_accuracy
  goal: maximize
parameters:
  lr: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  batch_size: {values: [32, 64, 128]}
  optimizer:
    parameters:
      momentum: {min: 0.0, max: 0.99}
early_terminate: {type: hyperband, min_iter: 3}
""",
    "nni_project/search_space.json": """\
{
  "lr": {"_type": "loguniform", "_value": [0.0001, 0.1]},
  "hidden": {"_type": "quniform", "_value": [16, 128, 16]},
  "activation": {"_type": "choice", "_value": ["relu", "tanh"]}
}
""",
    "determined_project/adaptive.yaml": """\
name: tiny
hyperparameters:
  lr: {type: log, base: 10, minval: -4, maxval: -1}
  hidden: {type: int, minval: 16, maxval: 128}
searcher:
  name: adaptive_asha
  metric: validation_loss
  smaller_is_better: true
  max_trials: 16
entrypoint: python3 train.py
""",
}

if __name__ == "__main__":
    for name, text in FILES.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
