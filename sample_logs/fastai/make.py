# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "fastai==2.8.12"]
# ///
"""Write the fastai sample with its own CSVLogger callback."""

import shutil
from pathlib import Path

import torch
from fastai.callback.progress import CSVLogger
from fastai.data.core import DataLoader, DataLoaders
from fastai.learner import Learner
from fastai.metrics import mae

HERE = Path(__file__).parent / "csv_logger"


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    torch.manual_seed(1)
    x = torch.randn(64, 2)
    pairs = [(row, row.sum().view(1)) for row in x]
    loaders = DataLoaders(DataLoader(pairs, bs=16), DataLoader(pairs, bs=16))
    learner = Learner(
        loaders,
        torch.nn.Linear(2, 1),
        loss_func=torch.nn.functional.mse_loss,
        metrics=mae,
        path=HERE,
        cbs=[CSVLogger()],
    )
    with learner.no_bar():
        learner.fit(4, lr=0.05)


if __name__ == "__main__":
    main()
