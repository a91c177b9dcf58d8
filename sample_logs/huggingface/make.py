# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "transformers==5.23.0", "accelerate==1.15.0"]
# ///
"""Write the Hugging Face Trainer sample: two checkpoints, final results, training_args.bin (a pickle)."""

import os
import shutil
from pathlib import Path

import torch
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments, set_seed

HERE = Path(__file__).parent / "trainer"


class Config(PretrainedConfig):
    model_type = "toy"
    width = 2


class Net(PreTrainedModel):
    config_class = Config

    def __init__(self, config):
        super().__init__(config)
        self.layer = torch.nn.Linear(2, 1)
        self.post_init()

    def forward(self, x=None, labels=None):
        out = self.layer(x).squeeze(-1)
        return {"loss": torch.nn.functional.mse_loss(out, labels), "logits": out}


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    os.chdir(HERE.parent)  # so that the logs hold no path of this machine
    set_seed(1)
    rows = [{"x": x, "labels": x.sum()} for x in torch.randn(64, 2)]
    args = TrainingArguments(
        output_dir=HERE.name,
        learning_rate=0.05,
        per_device_train_batch_size=16,
        num_train_epochs=3,
        logging_steps=2,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(model=Net(Config()), args=args, train_dataset=rows, eval_dataset=rows)
    result = trainer.train()
    trainer.save_metrics("train", result.metrics)
    trainer.save_metrics("eval", trainer.evaluate())
    trainer.save_state()
    trainer.save_model()
    trainer.create_model_card(model_name="toy")
    for pattern in ("*.safetensors", "*.pt", "*.pth"):
        for path in HERE.rglob(pattern):
            path.unlink()


if __name__ == "__main__":
    main()
