"""Write the TOML sample: a nested config. `python make.py`."""

from pathlib import Path

CONFIG = """\
seed = 0

[model]
d_layers = [42, 503]
dropout = 0.0

[training]
batch_size = 256
lr = 3.2e-4
optimizer = "adamw"
n_epochs = 1_000
started = 2024-01-01T00:00:00Z
"""

if __name__ == "__main__":
    folder = Path(__file__).parent / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(CONFIG)
