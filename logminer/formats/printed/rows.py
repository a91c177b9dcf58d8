"""Measurements of a text log as columns, collected line by line."""

from array import array
from dataclasses import dataclass, field

import numpy as np

from logminer.core.parsed import Points


@dataclass
class Line:
    """What one line measures: where it stands on the curve, and values by name."""

    epoch: int | None
    inner: int | None
    length: int | None
    values: dict[str, float]

    @property
    def step(self) -> int | None:
        """Step, or epochs and the way through the epoch as one number."""
        if self.epoch is None or self.inner is None:
            return self.inner if self.epoch is None else self.epoch
        return self.epoch * self.length + self.inner if self.length else self.inner


@dataclass
class Rows:
    """Measurements as columns while lines are read."""

    names: dict[str, int] = field(default_factory=dict)
    metric: "array[int]" = field(default_factory=lambda: array("i"))
    step: "array[int]" = field(default_factory=lambda: array("q"))
    wall: "array[float]" = field(default_factory=lambda: array("d"))
    value: "array[float]" = field(default_factory=lambda: array("d"))
    length: int | None = None
    epoch: int | None = None
    held: dict[str, tuple[float | None, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.value) + len(self.held)

    def add(self, line: Line, wall: float | None) -> bool:
        """Append the values of one line, unless nothing tells where on the curve they stand."""
        step = line.step
        if step is None and self.epoch is None:
            return False
        if step is None:  # of the epoch announced above; a progress bar says it again and again
            self.held |= {name: (wall, value) for name, value in line.values.items()}
            return True
        if line.epoch is not None and line.inner is not None:
            self.length = line.length
        elif line.epoch is not None and self.length:
            step = (line.epoch + 1) * self.length  # after an epoch whose batches are counted
        for name, value in line.values.items():
            self.append(name, step, wall, value)
        return True

    def move(self, epoch: int) -> None:
        """Go on at another epoch; what was held of the one before is appended."""
        for name, (wall, value) in self.held.items():
            self.append(name, self.epoch or 0, wall, value)
        self.held, self.epoch = {}, epoch

    def append(self, name: str, step: int, wall: float | None, value: float) -> None:
        """Append one value."""
        self.metric.append(self.names.setdefault(name, len(self.names)))
        self.step.append(min(step, 2**62))  # what a hostile line multiplies still fits
        self.wall.append(float("nan") if wall is None else wall)
        self.value.append(value)

    def points(self, run: int = 0) -> Points:
        """The columns as points."""
        self.move(self.epoch or 0)
        n = len(self.value)
        return Points(
            list(self.names), np.full(n, run, np.int32), np.array(self.metric, np.int32),
            np.array(self.step, np.int64), np.array(self.wall, np.float64), np.array(self.value, np.float64),
        )  # fmt: skip
