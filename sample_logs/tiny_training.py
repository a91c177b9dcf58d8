"""A real but tiny training for the samples: logistic regression by SGD on two noisy clouds, pure Python."""

import math
import random


def _data(rng, n):
    points = []
    for _ in range(n):
        label = rng.random() < 0.5
        shift = 0.8 if label else -0.8
        points.append((rng.gauss(shift, 1.0), rng.gauss(-shift, 1.0), float(label)))
    return points


def _evaluate(weights, points):
    loss = correct = 0.0
    for x, y, label in points:
        z = weights[0] * x + weights[1] * y + weights[2]
        loss += math.nan if abs(z) > 700 else math.log1p(math.exp(-z if label else z))
        correct += (z > 0) == bool(label)
    return loss / len(points), correct / len(points)


def train(lr=0.1, batch_size=16, momentum=0.0, epochs=8, seed=0):
    """Yield a row of metrics for every epoch."""
    rng = random.Random(seed)
    training, validation = _data(rng, 200), _data(rng, 100)
    weights, velocity = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for epoch in range(1, epochs + 1):
        rng.shuffle(training)
        for start in range(0, len(training), batch_size):
            batch = training[start : start + batch_size]
            slope = [0.0, 0.0, 0.0]
            for x, y, label in batch:
                z = max(min(weights[0] * x + weights[1] * y + weights[2], 500), -500)
                miss = 1 / (1 + math.exp(-z)) - label
                slope = [
                    s + miss * part / len(batch) for s, part in zip(slope, (x, y, 1.0), strict=True)
                ]
            velocity = [momentum * v - lr * s for v, s in zip(velocity, slope, strict=True)]
            weights = [w + v for w, v in zip(weights, velocity, strict=True)]
        train_loss, train_accuracy = _evaluate(weights, training)
        val_loss, val_accuracy = _evaluate(weights, validation)
        yield {
            "epoch": epoch,
            "train_loss": train_loss,
            "train_accuracy": train_accuracy,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
        }
