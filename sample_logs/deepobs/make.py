"""Write the DeepOBS sample. `python make.py`.

Built to the documented layout: DeepOBS 1.1.2 needs TensorFlow 1, which no supported Python installs.
The losses are those of gradient descent on a quadratic, as in its ``quadratic_deep`` problem.
"""

import json
import math
from pathlib import Path

HERE = Path(__file__).parent / "quadratic_deep"


def run(lr, momentum, name):
    x, v, minibatch, epochs = [3.0, -2.0], [0.0, 0.0], [], []
    for step in range(40):
        loss = 0.5 * (x[0] ** 2 + 10 * x[1] ** 2)
        loss = loss if loss < 1e30 else math.nan
        minibatch.append(loss)
        if step % 8 == 0:
            epochs.append(loss)
        v = [momentum * v[0] - lr * x[0], momentum * v[1] - lr * 10 * x[1]]
        x = [x[0] + v[0], x[1] + v[1]]
    epochs.append(loss)
    record = {
        "train_losses": epochs,
        "test_losses": [value * 1.1 for value in epochs],
        "minibatch_train_losses": minibatch[::2],
        "optimizer": name,
        "testproblem": "quadratic_deep",
        "weight_decay": None,
        "batch_size": 128,
        "num_epochs": 5,
        "learning_rate": lr,
        "lr_sched_epochs": None,
        "lr_sched_factors": None,
        "random_seed": 42,
        "train_log_interval": 2,
        "hyperparams": {"momentum": momentum, "use_nesterov": False} if momentum else {},
    }
    settings = "num_epochs__5__batch_size__128__" + (
        f"momentum__{momentum:.1e}__" if momentum else ""
    )
    folder = HERE / name / f"{settings}lr__{lr:.1e}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "random_seed__42__2019-02-13-14-36-15.json").write_text(json.dumps(record))


if __name__ == "__main__":
    run(0.05, 0.9, "MomentumOptimizer")
    run(100.0, 0.0, "GradientDescentOptimizer")  # diverges
