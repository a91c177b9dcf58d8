"""Handwritten digits, and small models that learn them: the trainings of the benchmarks."""

import importlib.util

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

LEARNING = {
    "learning_rate": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "beta1": {"type": "float", "low": 0.5, "high": 0.999, "scale": "one_minus"},
    "batch_size": {"type": "integer", "low": 8, "high": 256, "log": True},
}
SPACES = {
    "perceptron": {
        **LEARNING,
        "alpha": {"type": "float", "low": 1e-6, "high": 10.0, "log": True},
        "hidden": {"type": "integer", "low": 4, "high": 128, "log": True},
    },
    "convolution": {
        **LEARNING,
        "weight_decay": {"type": "float", "low": 1e-6, "high": 1.0, "log": True},
        "channels": {"type": "integer", "low": 2, "high": 32, "log": True},
    },
}
"""Search spaces by model: scikit-learn's multilayer perceptron, and a convolutional network in PyTorch."""


def has_torch():
    return importlib.util.find_spec("torch") is not None


def halves(digits, seed):
    """Half of the images of some digits to train on, and half to validate: inputs, inputs, labels from 0, labels."""
    X, y = load_digits(return_X_y=True)
    mine = np.isin(y, list(digits))
    return train_test_split(X[mine] / 16, y[mine] - min(digits), test_size=0.5, random_state=seed)


def thirds(digits, seed):
    """A third of the images of some digits to train on, to validate and to test: twice as ``halves``, trained alike."""
    X, y = load_digits(return_X_y=True)
    mine = np.isin(y, list(digits))
    X, y = X[mine] / 16, y[mine] - min(digits)
    rest, test, known, wanted = train_test_split(X, y, test_size=1 / 3, random_state=seed)
    train, held, labels, others = train_test_split(rest, known, test_size=0.5, random_state=seed)
    return (train, held, labels, others), (train, test, labels, wanted)


def log_loss(chances, labels):
    """Mean negative log-likelihood, of at most 1e-9."""
    chosen = chances[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(np.nan_to_num(chosen), 1e-9)).mean())


def perceptron(config, seed, epochs):
    """An untrained scikit-learn model."""
    return MLPClassifier(
        (config["hidden"],), alpha=config["alpha"], batch_size=config["batch_size"], beta_1=config.get("beta1", 0.9),
        learning_rate_init=config["learning_rate"], max_iter=epochs, n_iter_no_change=epochs, random_state=seed,
    )  # fmt: skip


def loss_of_perceptron(config, data, seed, epochs):
    model = perceptron(config, seed, epochs).fit(data[0], data[2])
    return log_loss(model.predict_proba(data[1]), data[3])


def loss_of_convolution(config, data, seed, epochs):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, held_out = (
        torch.tensor(part, dtype=torch.float32).view(-1, 1, 8, 8) for part in data[:2]
    )
    labels, width = torch.tensor(data[2]), config["channels"]
    model = nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(16 * width, int(labels.max()) + 1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(
        model.parameters(), config["learning_rate"], betas=(config["beta1"], 0.999),
        weight_decay=config["weight_decay"],
    )  # fmt: skip
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(config["batch_size"]):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        return log_loss(model(held_out).softmax(1).numpy(), data[3])


LOSSES = {"perceptron": loss_of_perceptron, "convolution": loss_of_convolution}
