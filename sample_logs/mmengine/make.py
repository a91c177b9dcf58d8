# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "mmengine==0.10.7", "setuptools<81"]
# ///
"""Write the mmengine sample with its own Runner; and one of mmcv 1's ``.log.json``, built to its layout."""

import json
import os
import shutil
from pathlib import Path
from typing import ClassVar

import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import Dataset

HERE = Path(__file__).parent


class Data(Dataset):
    metainfo: ClassVar = {"name": "toy"}

    def __init__(self):
        self.x = torch.randn(32, 2, generator=torch.Generator().manual_seed(1))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.x[i].sum()


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x, y, mode):
        out = self.layer(x).squeeze(-1)
        if mode == "loss":
            return {"loss": torch.nn.functional.mse_loss(out, y)}
        return out, y


class Error(BaseMetric):
    def process(self, _, samples):
        out, y = samples
        self.results.append(float((out - y).abs().mean()))

    def compute_metrics(self, results):
        return {"mae": sum(results) / len(results)}


def main():
    folder = HERE / "runner"
    shutil.rmtree(folder, ignore_errors=True)
    os.chdir(HERE)  # so that the logs hold no path of this machine
    torch.manual_seed(1)
    loader = {
        "dataset": Data(),
        "batch_size": 8,
        "sampler": {"type": "DefaultSampler", "shuffle": False},
        "collate_fn": {"type": "default_collate"},
    }
    settings = {"optimizer": {"type": "SGD", "lr": 0.05, "momentum": 0.9}}
    runner = Runner(
        cfg=Config(
            {
                "optim_wrapper": settings,
                "batch_size": 8,
                "load_from": None,
                "randomness": {"seed": 1},
            }
        ),
        model=Net(),
        work_dir=folder.name,
        train_dataloader=loader,
        val_dataloader=loader,
        val_evaluator=Evaluator([Error()]),
        optim_wrapper=settings,
        train_cfg={"by_epoch": True, "max_epochs": 3, "val_interval": 1},
        val_cfg={},
        default_hooks={"logger": {"type": "LoggerHook", "interval": 2}},
        randomness={"seed": 1},
    )
    runner.train()
    for path in [
        *folder.rglob("*.pth"),
        *folder.rglob("last_checkpoint"),
        *folder.rglob("*.log"),
        *folder.glob("*.py"),
    ]:
        path.unlink()
    mmcv_one()


def mmcv_one():
    folder = HERE / "mmcv_one"
    folder.mkdir(exist_ok=True)
    lines = [
        {
            "env_info": "sys.platform: linux\n" * 400,
            "config": "lr = 0.02",
            "seed": 3,
            "exp_name": "toy.py",
        }
    ]
    for epoch in (1, 2):
        for i in (50, 100):
            loss = 2.0 / (epoch * 100 + i)
            lines.append(
                {
                    "mode": "train",
                    "epoch": epoch,
                    "iter": i,
                    "lr": 0.02,
                    "memory": 3790,
                    "loss": loss,
                    "time": 0.4,
                }
            )
        lines.append(
            {"mode": "val", "epoch": epoch, "iter": 120, "lr": 0.02, "bbox_mAP": 0.2 * epoch}
        )
    (folder / "20210812_190636.log.json").write_text(
        "".join(json.dumps(line) + "\n" for line in lines)
    )


if __name__ == "__main__":
    main()
