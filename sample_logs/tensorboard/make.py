# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "torch==2.13.0", "tensorboard==2.21.0", "tensorboardX==2.6.5", "catboost==1.2.10",
#     "tensorflow-cpu==2.21.0", "numpy>=2",
# ]
# ///
"""Write the TensorBoard samples, each by the library it is named after.

python sample_logs/tensorboard/make.py                 all samples
python sample_logs/tensorboard/make.py torch catboost  some, where not all libraries are at hand
"""

import gzip
import shutil
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
HOST = socket.gethostname()
socket.gethostname = lambda: "node1.example.org"


def losses(rate, steps=12):
    """A curve that falls at some rate."""
    return [2.0 * (1 - rate) ** step for step in range(steps)]


def torch(place):
    """One run: scalars of every style, several series, texts, a histogram, hyperparameters at the end."""
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(place / "run")
    writer.add_text("notes", "warm-up over two epochs")
    for step, loss in enumerate(losses(0.2)):
        writer.add_scalar("loss/train", loss, step)
        writer.add_scalar("accuracy", 1 - loss / 2, step, new_style=True)
        writer.add_scalar("lr", 0.1 * 0.9**step, step, new_style=True, double_precision=True)
        writer.add_scalars("loss/by_split", {"train": loss, "val": 1.1 * loss}, step)
    writer.add_scalar("loss/train", float("nan"), 12)
    writer.add_histogram("weights", np.linspace(-1, 1, 50), 0, bins=8)
    writer.add_hparams(
        {"lr": 0.1, "batch_size": 32, "optimizer": "adam", "nesterov": False},
        {"hparam/accuracy": 0.93, "hparam/loss": 0.14},
    )
    writer.close()


def torch_hparams_loop(place):
    """Three trials of one writer, as PyTorch's own example of add_hparams does it."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(place) as writer:
        for i in range(3):
            config = {"lr": 0.1 * (i + 1), "bsize": 16 * (i + 1)}
            writer.add_hparams(config, {"hparam/accuracy": 10 * i, "hparam/loss": 1 / (i + 1)})
            time.sleep(0.01)


def tensorboardx(place):
    """The same kind of run by tensorboardX."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(place / "run")) as writer:
        for step, loss in enumerate(losses(0.3)):
            writer.add_scalar("loss", loss, step)
            writer.add_scalars("split", {"train": loss, "val": loss + 0.1}, step)
        writer.add_hparams({"lr": 0.3, "layers": 2, "act": "relu"}, {"hparam/loss": loss})


def hparams_plugin(place):
    """Sessions by the HParams plug-in itself: one that ended well, one that failed."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp
    from tensorboard.plugins.hparams import api_pb2, summary

    domains = [hp.HParam("lr", hp.RealInterval(0.001, 1.9)), hp.HParam("opt", hp.Discrete(["sgd"]))]
    for name, rate, status in (("good", 0.3, "STATUS_SUCCESS"), ("bad", 1.9, "STATUS_FAILURE")):
        with tf.summary.create_file_writer(str(place / name)).as_default():
            hp.hparams_config(domains, [hp.Metric("loss", display_name="training loss")])
            hp.hparams({"lr": rate, "depth": 3, "norm": True, "opt": "sgd"}, trial_id=name)
            for step, loss in enumerate(losses(rate)):
                tf.summary.scalar("loss", loss, step)
            end = summary.session_end_pb(api_pb2.Status.Value(status))
            tf.summary.experimental.write_raw_pb(end.SerializeToString(), step=0)


def keras(place):
    """A fit with validation, and the plug-in's callback for its hyperparameters."""
    import numpy as np
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp

    tf.keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).standard_normal((64, 4))
    model = tf.keras.Sequential([tf.keras.layers.Dense(4, "relu"), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    folder = str(place / "run")
    callbacks = [
        tf.keras.callbacks.TensorBoard(folder, write_graph=False, profile_batch=0),
        hp.KerasCallback(folder, {"units": 4, "learning_rate": 0.01, "optimizer": "sgd"}),
    ]
    model.fit(x, x.sum(1), epochs=5, validation_split=0.25, callbacks=callbacks, verbose=0)


def catboost(place):
    """CatBoost's event files, whose names hold no time."""
    import numpy as np
    from catboost import CatBoostRegressor

    x = np.random.default_rng(0).standard_normal((80, 3))
    model = CatBoostRegressor(iterations=6, depth=2, thread_count=1, train_dir=str(place / "all"))
    model.fit(x[:60], x[:60].sum(1), eval_set=(x[60:], x[60:].sum(1)), verbose=False)
    for path in list((place / "all").rglob("*tfevents*")):
        kept = place / "catboost_info" / path.relative_to(place / "all")
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.rename(kept)
    shutil.rmtree(place / "all")


def restarted(place):
    """A run that was stopped and started again from a checkpoint: two files whose steps overlap, one packed."""
    from torch.utils.tensorboard import SummaryWriter

    for first in (0, 6):
        with SummaryWriter(place / "run") as writer:
            for step, loss in list(enumerate(losses(0.2)))[first : first + 8]:
                writer.add_scalar("loss", loss + first / 1000, step)
        time.sleep(1.1)
    early = min((place / "run").iterdir())
    early.with_name(f"{early.name}.gz").write_bytes(gzip.compress(early.read_bytes(), mtime=0))
    early.unlink()


SAMPLES = (torch, torch_hparams_loop, tensorboardx, hparams_plugin, keras, catboost, restarted)

if __name__ == "__main__":
    for sample in SAMPLES:
        if sys.argv[1:] and sample.__name__ not in sys.argv[1:]:
            continue
        folder = HERE / sample.__name__
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        sample(folder)
        for path in folder.rglob("*tfevents*"):  # TensorFlow asks for the host's name itself
            path.rename(path.with_name(path.name.replace(f".{HOST}.", ".node1.example.org.")))
