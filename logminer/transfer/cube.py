"""The unit cube of a space, whole arrays at a time.

``Space`` maps one config; a search looks at thousands of candidates, so that here the same maps
work on arrays. A point is a row of positions in the order of the space's names, NaN where a parameter is
inactive.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from logminer.core.lattice import Lattice
from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Config, Space

Array = NDArray[np.float64]
_INACTIVE = -0.25  # place of an inactive number on its axis: apart from, but near its low end
_TABLED = 2**14  # more values are as good as real numbers, but for the low end of a log scale
_DIGITS = 5  # significant digits of a proposed real number


@dataclass(frozen=True, eq=False)
class Cube:
    """The points of a space.

    Attributes:
        space: the space.
    """

    space: Space

    def __len__(self) -> int:
        return len(self.space)

    @cached_property
    def _parameters(self) -> list[Parameter]:
        return list(self.space.parameters.values())

    def snap(self, points: Array) -> Array:
        """Points moved to the nearest attainable values, NaN where inactive, shape (n, d)."""
        names = self.space.names
        snapped = np.full(points.shape, np.nan)
        for name in self.space.order:
            j = names.index(name)
            filled = np.where(np.isnan(points[:, j]), 0.5, np.clip(points[:, j], 0.0, 1.0))
            column = _snap(self._parameters[j], filled)
            snapped[:, j] = np.where(self._active(name, snapped), column, np.nan)
        return snapped

    def _active(self, name: str, snapped: Array) -> NDArray[np.bool_]:
        active = np.ones(len(snapped), dtype=bool)
        for parent, values in self.space.parameters[name].when.items():
            j = self.space.names.index(parent)
            places = np.array([self._parameters[j].to_unit(v) for v in values])  # type: ignore[arg-type]
            active &= (np.abs(snapped[:, j, None] - places) < 1e-9).any(1)
        return active

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """``n`` independent points, uniform on the searched scale, shape (n, d)."""
        return self.allowed(self.snap(rng.random((n, len(self)))))

    def allowed(self, points: Array) -> Array:
        """The points that are no forbidden combination."""
        if not self.space.forbidden:
            return points
        keep = [not self.space.is_forbidden(config) for config in self.space.from_unit(points)]
        return np.asarray(points[np.array(keep, dtype=bool)])

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Which parameter each feature belongs to, shape (D,)."""
        return np.repeat(np.arange(len(self)), [_width(p) for p in self._parameters])

    @cached_property
    def unordered(self) -> NDArray[np.bool_]:
        """Whether each parameter is a choice without order, shape (d,)."""
        return np.array([isinstance(p, Categorical) and not p.ordered for p in self._parameters])

    def features(self, points: Array) -> Array:
        """Points as inputs of a model, shape (n, D): one column a number, one a choice of a categorical."""
        blocks = []
        for j, parameter in enumerate(self._parameters):
            u = points[:, j]
            if _width(parameter) == 1:
                inside = np.clip(u, -0.5, 1.5)
                blocks.append(np.where(np.isnan(u), _INACTIVE, inside)[:, None])
            else:
                k = _width(parameter)
                index = np.floor(np.where(np.isnan(u), -1.0, u * k))
                blocks.append((index[:, None] == np.arange(k)).astype(float))
        return np.hstack(blocks)

    def perturb(self, points: Array, sigma: Array | float, rng: np.random.Generator) -> Array:
        """Neighbours: some coordinates of each point moved by about ``sigma`` or to another choice.

        Args:
            points: shape (n, d).
            sigma: step on the unit scale: a number, or an array that fits shape (n, d).
            rng: source of the moves.
        """
        n, d = points.shape
        moved = rng.random((n, d)) < max(0.4, 1.5 / d)
        moved[np.arange(n), rng.integers(d, size=n)] = True
        steps = rng.standard_normal((n, d)) * sigma
        redrawn, again = rng.random((n, d)), rng.random((n, d)) < 0.25
        base = np.where(np.isnan(points), 0.5, points)
        numbers = np.where(moved, base + steps, base)
        choices = np.where(moved & again, redrawn, base)
        return self.snap(np.where(self.unordered, choices, numbers))

    def apart(self, points: Array) -> Array:
        """Points for telling how far apart they are: other choices and inactive numbers are 1 or more away."""
        widths = [float(_width(p)) for p in self._parameters]
        return np.asarray(np.nan_to_num(points, nan=-1.0) * np.array(widths))

    def _is_real(self, name: str) -> bool:
        parameter = self.space.parameters[name]
        return isinstance(parameter, Float) and not parameter.is_stepped

    def config(self, point: Array) -> Config:
        """The config at one point, shape (d,), its real numbers without steps rounded to a few digits."""
        config = self.space.from_unit(np.nan_to_num(point, nan=0.5)[None])[0]
        rounded = {
            name: float(f"{value:.{_DIGITS}g}") if self._is_real(name) else value
            for name, value in config.items()
        }
        return rounded if self.space.contains(rounded) else config


def _width(parameter: Parameter) -> int:
    if isinstance(parameter, Categorical) and not parameter.ordered and len(parameter.choices) > 2:
        return len(parameter.choices)
    return 1


def _snap(parameter: Parameter, u: Array) -> Array:
    if isinstance(parameter, Categorical):
        k = len(parameter.choices)
        return (np.minimum(np.floor(u * k), k - 1) + 0.5) / k
    if (lattice := parameter.lattice) and (
        parameter.log or parameter.one_minus or lattice.count <= _TABLED
    ):
        whole = isinstance(parameter, Integer)
        places, edges = _table(lattice, parameter.log, parameter.one_minus, whole)
        tabled = places[np.searchsorted(edges[: len(places) - 1], u)]
        return tabled if lattice.count <= _TABLED else np.where(u < edges[-1], tabled, u)
    return u


@lru_cache(maxsize=256)
def _table(lattice: Lattice, log: bool, one_minus: bool, whole: bool) -> tuple[Array, Array]:
    """Places of the lowest values of a number in steps or by factors, and the edges above them."""
    low, high = lattice.low, lattice.high
    parameter: Float | Integer
    if whole:
        factor = None if lattice.factor is None else int(lattice.factor)
        parameter = Integer(int(low), int(high), log, step=int(lattice.step or 1), factor=factor)
    else:
        parameter = Float(
            low, high, log, one_minus=one_minus, step=lattice.step, factor=lattice.factor
        )
    values = [lattice.value(i) for i in range(min(lattice.count, _TABLED + 1))]
    places = np.array([parameter.to_unit(v) for v in values])
    return places, np.array([parameter.cell(v)[1] for v in values])
