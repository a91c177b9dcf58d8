# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "lightning==2.6.6"]
# ///
"""Write the PyTorch Lightning sample with its own CSVLogger: two versions, one with nested parameters."""

import shutil
from pathlib import Path

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).parent / "csv_logger"


class Net(LightningModule):
    def __init__(self, lr=0.1, weight_decay=0.0, optimizer=None, hidden=(4,)):  # noqa: ARG002 -- saved
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)

    def _loss(self, batch):
        x, y = batch
        return torch.nn.functional.mse_loss(self.layer(x), y)

    def training_step(self, batch, _):
        loss = self._loss(batch)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", self._loss(batch))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    for lr, options in [(0.1, None), (0.01, {"name": "sgd", "betas": (0.9, 0.999)})]:
        seed_everything(1)
        x = torch.randn(64, 2)
        data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16)
        trainer = Trainer(
            max_epochs=3,
            logger=CSVLogger(HERE),
            log_every_n_steps=2,
            accelerator="cpu",
            enable_checkpointing=False,
            enable_progress_bar=False,
        )
        trainer.fit(Net(lr=lr, optimizer=options), data, data)


if __name__ == "__main__":
    main()
