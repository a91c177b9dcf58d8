"""Write the YAML samples: a config with numbers people mean, and one with Python tags. `python make.py`."""

from pathlib import Path

HERE = Path(__file__).parent
CONFIG = """\
# numbers and words as YAML 1.2 reads them
lr: 1e-3
weight_decay: 5e-4
nesterov: no
batch_size: 64
optimizer:
  name: sgd
  momentum: 0.9
layers: [64, 64]
schedule: 1:30
seed: 7
"""
TAGGED = """\
algo: !!python/name:torch.optim.SGD ''
betas: !!python/tuple
- 0.9
- 0.999
out: !!python/object/apply:pathlib.PosixPath
- /
- runs
kwargs: !!python/object/apply:collections.OrderedDict
- - - lr
    - 0.1
"""
RESULTS = "val:\n  loss: 0.25\n  accuracy: 0.91\ntest_accuracy: .nan\n"


def main():
    for sample, name, text in [
        ("config", "config.yaml", CONFIG),
        ("config", "results.yaml", RESULTS),
        ("python_tags", "hparams.yml", TAGGED),
    ]:
        (HERE / sample).mkdir(exist_ok=True)
        (HERE / sample / name).write_text(text)


if __name__ == "__main__":
    main()
