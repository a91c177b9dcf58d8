"""A history whose tasks differ in scale, brought to the scale asked about.

Numeric contexts (parameters N, tokens D) are coordinates of a task. The configs of each past task are moved to where the
laws learned from all of them (``transfer/alignment.py``) say that they would stand at the scale asked about, so that
whatever learns from past tasks learns at that scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.core.errors import UsageError, did_you_mean
from logminer.core.parameters import Categorical
from logminer.core.prior import Published
from logminer.core.space import Space
from logminer.transfer.alignment import AlignedProcess, Tasks
from logminer.transfer.cube import Cube
from logminer.transfer.past_configs import configs_in

Array = NDArray[np.float64]
_FEWEST_SCALES = 3  # from which a law is read
_FEWEST_TRIALS = 12
_WIDE = 1.5  # a context that grows by this factor is looked at on a log scale
_SURE = 2.0  # deviations from 0 at which a law holds
_DRAWN = 2000  # configs among which the best is looked for
_ROUNDS = (0.1, 0.03, 0.01)
_AROUND = 400
_EXPECTED = 40  # configs of the task that stands for what is expected


@dataclass(frozen=True)
class Law:
    """How the best value of a hyperparameter moves with a context.

    Attributes:
        parameter: the hyperparameter.
        context: the context.
        exponent: of a power law where both are on log scales; else the change per unit.
        deviation: its standard deviation.
        power: whether it is a power law.
        scales: number of scales that it was read from.
        runs: number of runs.
    """

    parameter: str
    context: str
    exponent: float
    deviation: float
    power: bool
    scales: int
    runs: int

    @property
    def holds(self) -> bool:
        """Whether the evidence speaks for any move at all."""
        return abs(self.exponent) > _SURE * self.deviation


@dataclass(frozen=True, eq=False)
class Scaled:
    """What a history says at the scale asked about.

    Attributes:
        history: the rows with their hyperparameters moved, and with a column ``task``.
        first: the config expected to be best there; empty without a law.
        expected: a task that was never run: configs with what is expected of them; empty without a law.
        laws: how each number moves with each numeric context.
    """

    history: pd.DataFrame
    first: tuple[Published, ...]
    expected: pd.DataFrame
    laws: tuple[Law, ...]


def at_scale(
    history: pd.DataFrame,
    space: Space,
    contexts: Sequence[str],
    at: Mapping[str, float | str],
    *,
    sign: float = 1.0,
    seed: int = 0,
) -> Scaled:
    """Bring a history to a scale.

    Args:
        history: as for ``prior_from_frame``, with a column for each context; without a column ``task``, each
            combination of contexts is a task.
        space: the space to be searched.
        contexts: names of the columns that describe the problem.
        at: their values for the task to come.
        sign: 1 when lower values are better, -1 when higher ones are.
        seed: of the draws.

    Raises:
        UsageError: a context is not in the history, or not given a value.
    """
    _check(history, contexts, at)
    frame = history.assign(task=_labels(history, contexts))
    axes = [axis for name in contexts if (axis := _axis(name, history[name], at[name])) is not None]
    cube, losses = Cube(space), sign * pd.to_numeric(frame["value"], errors="coerce")
    rows = np.flatnonzero(np.isfinite(losses.to_numpy(dtype=float)))
    place = np.column_stack([axis.place for axis in axes]) if axes else np.zeros((len(frame), 0))
    scales = len(np.unique(place[rows], axis=0))
    if not axes or scales < _FEWEST_SCALES or len(rows) < _FEWEST_TRIALS:
        return Scaled(frame, (), frame.iloc[:0], ())
    points = space.to_unit(list(configs_in(frame, space)))
    tasks = Tasks(
        cube.features(points[rows]),
        place[rows],
        pd.factorize(frame["task"].iloc[rows])[0],
        _common(losses.iloc[rows], frame["task"].iloc[rows]),
        _moving(space)[cube.groups],
    )
    process = AlignedProcess(tasks, seed)
    own = np.searchsorted(cube.groups, np.arange(len(cube)))  # the input of each number
    weights, deviation = process.weights[own], process.deviation[own]
    moved = points - place @ weights.T
    label = ", ".join(
        f"{name}={at[name]:.4g}" if _is_number(at[name]) else f"{name}={at[name]}"
        for name in contexts
    )
    laws = tuple(_laws(space, axes, weights, deviation, scales=scales, runs=len(rows)))
    best, expected = _expected(cube, process, moved[rows], label=label, sign=sign, seed=seed)
    said = f"expected to be best at {label}, by laws of scale from {scales} scales and {len(rows)} runs"
    first = (Published(cube.config(best), said),)
    return Scaled(_moved(frame, space, moved), first, expected, laws)


@dataclass(frozen=True, eq=False)
class _Axis:
    name: str
    power: bool
    place: Array
    """Of each row, relative to the scale asked about."""


def _axis(name: str, column: pd.Series, at: float | str) -> _Axis | None:
    """A numeric context as a coordinate; None for one that is made of words."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    if not _is_number(at) or np.isnan(numbers).all():
        return None
    known = np.append(numbers[np.isfinite(numbers)], float(at))
    if known.min() > 0 and known.max() >= _WIDE * known.min():
        with np.errstate(all="ignore"):
            place = np.log2(numbers) - np.log2(float(at))
        power = True
    else:
        place, power = (numbers - float(at)) / (float(np.ptp(known)) or 1.0), False
    return _Axis(name, power, np.where(np.isfinite(place), place, 0.0))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _check(history: pd.DataFrame, contexts: Sequence[str], at: Mapping[str, float | str]) -> None:
    columns = [str(name) for name in history.columns]
    for name in contexts:
        if name not in history.columns:
            raise UsageError(
                f"the history has no column '{name}', which is a context{did_you_mean(name, columns)}",
                "give each past trial its contexts",
            )
        if name not in at:
            raise UsageError(f"at gives no value of the context '{name}'", f"at={{'{name}': …}}")
    for name in at:
        if name not in contexts:
            raise UsageError(f"'{name}' is given a value and is no context", "name it in contexts")
    if "value" not in history.columns:
        raise UsageError(
            "the history has no column 'value'",
            "give one row a past trial: value and a column per hyperparameter",
        )


def _labels(history: pd.DataFrame, contexts: Sequence[str]) -> pd.Series:
    """A task for each combination of contexts, within the tasks that the history tells."""
    parts = [history["task"].astype(str)] if "task" in history.columns else []
    for name in contexts:
        column = history[name]
        numbers = pd.to_numeric(column, errors="coerce")
        shown = numbers.map(lambda v: f"{v:.6g}") if numbers.notna().all() else column.astype(str)
        parts.append(name + "=" + shown)
    label = parts[0]
    for part in parts[1:]:
        label = label + ", " + part
    return label


def _common(losses: pd.Series, task: pd.Series) -> Array:
    """Losses on a scale that tasks share: roots of regrets, in units of the median regret of each task.

    The worse half counts as equally bad: what it says of where the best lies would be drowned by how bad it is.
    """
    common = np.empty(len(losses))
    values = losses.to_numpy(dtype=float)
    for rows in task.reset_index(drop=True).groupby(task.to_numpy()).groups.values():
        regrets = values[rows] - values[rows].min()
        common[rows] = np.sqrt(np.minimum(regrets / (np.median(regrets) or 1.0), 1.0))
    return common


def _moving(space: Space) -> NDArray[np.bool_]:
    return np.array([not isinstance(p, Categorical) for p in space.parameters.values()])


def _laws(
    space: Space, axes: Sequence[_Axis], weights: Array, deviation: Array, *, scales: int, runs: int
) -> list[Law]:
    laws = []
    for i, (name, parameter) in enumerate(space.parameters.items()):
        if isinstance(parameter, Categorical):
            continue
        power = bool(parameter.log)
        span = np.log2(parameter.high / parameter.low) if power else parameter.high - parameter.low
        for j, axis in enumerate(axes):
            laws.append(
                Law(
                    name,
                    axis.name,
                    float(weights[i, j] * span),
                    float(deviation[i, j] * span),
                    power and axis.power,
                    scales,
                    runs,
                )
            )
    return laws


def _expected(
    cube: Cube, process: AlignedProcess, moved: Array, *, label: str, sign: float, seed: int
) -> tuple[Array, pd.DataFrame]:
    """The point where the least loss is expected, and some configs as a task with what is expected of them."""
    rng = np.random.default_rng(seed)
    points = np.vstack([cube.sample(_DRAWN, rng), cube.snap(moved)])
    for sigma in _ROUNDS:
        losses = process.expected(cube.features(points))
        best = points[np.argsort(losses)[:4]]
        around = cube.perturb(np.repeat(best, _AROUND // 4, axis=0), sigma, rng)
        points = np.vstack([best, cube.allowed(around), points])
    losses = process.expected(cube.features(points))
    order = np.argsort(losses)
    spread = order[np.unique(np.geomspace(1, len(order), _EXPECTED).astype(int) - 1)]
    rows = [cube.config(points[i]) for i in spread]
    value = sign * losses[spread]
    frame = pd.DataFrame(rows).assign(task=f"expected at {label}", value=value)
    return points[order[0]], frame


def _moved(frame: pd.DataFrame, space: Space, moved: Array) -> pd.DataFrame:
    """The rows with each number moved, inside the space; choices stay, and what is not set."""
    result = frame.copy()
    for j, (name, parameter) in enumerate(space.parameters.items()):
        if name not in frame.columns or isinstance(parameter, Categorical):
            continue
        own = moved[:, j]
        values = [
            parameter.from_unit(float(np.clip(u, 0, 1))) if np.isfinite(u) else None for u in own
        ]
        result[name] = pd.Series(values, frame.index, dtype=object)
    return result
