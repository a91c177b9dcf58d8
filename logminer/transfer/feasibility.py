"""Whether a config will come to a value at all: learnt from those that failed, in this study and in past tasks.

Each kind of failure (out of memory, out of time, divergence, …) has corners of its own (see ``corners``); a config
succeeds when it comes to none of them. Runs of past tasks count less than the study's own, and the less the more of
these there are: what failed elsewhere may fit here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logminer.core.failure import Failure, failure_words
from logminer.core.parameters import Categorical, Parameter
from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.trial import Trial
from logminer.core.words import counted
from logminer.transfer.corners import Bound, Corners, Rule, believe_corners
from logminer.transfer.cube import Cube

Array = NDArray[np.float64]
_PAST = 0.8  # weight of a past run beside one of the study
_HALVED = 20  # trials of the study after which past runs weigh half of that
_MOST_FAILED, _MOST_FINE = (
    60,
    90,
)  # configs of a kind that rules are weighed by: their cost grows with them
_TELLING = 0.5  # probability of the likeliest rules from which they are said
_LEAST_SHARE = 0.5  # of the configs in a corner that must have failed for it to be said
_DRAWN = 256  # points of the space that tell how likely success can be


@dataclass(frozen=True, eq=False)
class _Kind:
    """One kind of failure: its corners, and the configs that tell of them."""

    name: str
    corners: Corners
    features: Array
    failed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Feasibility:
    """What is believed of where configs fail.

    Attributes:
        cube: the space they lie in.
        kinds: of failure.
    """

    cube: Cube
    kinds: tuple[_Kind, ...] = field(default=())

    def success(self, points: Array) -> Array:
        """Probability that configs come to a value, shape (n,).

        Args:
            points: on the cube, shape (n, d).
        """
        features = self.cube.features(points)
        alive = np.ones(len(points))
        for kind in self.kinds:
            alive = alive * (1.0 - kind.corners.failure(features))
        return alive

    def attainable(self) -> float:
        """Probability of success where it is most likely, as far as a few points tell."""
        points = self.cube.sample(_DRAWN, np.random.default_rng(0))
        return float(self.success(points).max(initial=0.0)) or 1.0

    def lessons(self) -> list[str]:
        """What failures teach, a line each: ``"3 of 4 configs with width > 900 ran out of memory"``."""
        return [line for kind in self.kinds if (line := _lesson(self.cube, kind))]


def believe_feasibility(space: Space, trials: Sequence[Trial], prior: Prior) -> Feasibility | None:
    """Learn from failures; None where there are none.

    Args:
        space: the space that is searched.
        trials: the study's own.
        prior: past tasks, and what failed there.
    """
    own = [Failure(t.config, t.failure) for t in trials if t.status == "failed"]
    past = [f for f in prior.failures if _fits(space, f.config)]
    if not own and not past:
        return None
    fine = [t.config for t in trials if t.status == "complete"]
    past_fine = [c for task in prior.tasks for c in task.configs if _fits(space, c)]
    cube = Cube(space)
    weight = _PAST * _HALVED / (_HALVED + len(fine) + len(own))
    kinds = []
    for name in sorted({f.kind for f in (*own, *past)}):
        bad = _latest([f.config for f in own if f.kind == name], _MOST_FAILED)
        bad_past = _latest([f.config for f in past if f.kind == name], _MOST_FAILED - len(bad))
        good = _latest(fine, _MOST_FINE)
        good_past = _evenly(past_fine, max(_MOST_FINE - len(good), 0))
        configs = [*bad, *bad_past, *good, *good_past]
        failed = np.arange(len(configs)) < len(bad) + len(bad_past)
        weights = np.repeat(
            [1.0, weight, 1.0, weight], [len(bad), len(bad_past), len(good), len(good_past)]
        )
        features = cube.features(space.to_unit(configs))
        corners = believe_corners(features, failed, weights, _numbers(cube))
        kinds.append(_Kind(name, corners, features, failed))
    return Feasibility(cube, tuple(kinds))


def _fits(space: Space, config: Config) -> bool:
    """Whether a past config says anything of every hyperparameter that is searched and always there."""
    return all(name in config for name, p in space.parameters.items() if not p.when)


def _latest(configs: Sequence[Config], most: int) -> list[Config]:
    return list(configs[-most:]) if most > 0 else []


def _evenly(configs: Sequence[Config], most: int) -> list[Config]:
    if len(configs) <= most:
        return list(configs)
    return [configs[i] for i in np.linspace(0, len(configs) - 1, most).astype(int)]


def _numbers(cube: Cube) -> NDArray[np.bool_]:
    """Which features are numbers that are always there."""
    parameters = list(cube.space.parameters.values())
    return np.array(
        [not isinstance(parameters[j], Categorical) and not parameters[j].when for j in cube.groups],
        dtype=bool,
    )  # fmt: skip


def _lesson(cube: Cube, kind: _Kind) -> str:
    """The likeliest corner in words, where one is likely and most of its configs failed."""
    rule, probability = _likeliest(kind.corners)
    if probability < _TELLING:
        return ""
    inside = np.ones(len(kind.features), dtype=bool)
    for bound in rule.bounds:
        place = bound.sign * (kind.features @ bound.weights)
        inside &= place > (bound.low + bound.high) / 2
    count, failed = int(inside.sum()), int((inside & kind.failed).sum())
    where = " and ".join(_worded(cube, bound) for bound in rule.bounds)
    if not where or failed < _LEAST_SHARE * count:
        return ""
    return f"{failed} of {counted(count, 'config')} with {where} {failure_words(kind.name)}"


def _likeliest(corners: Corners) -> tuple[Rule, float]:
    """The likeliest rule, and how likely it is that its hyperparameters and sides are those that matter."""
    best = corners.likeliest

    def side(rule: Rule) -> tuple[tuple[float, ...], ...]:
        return tuple((*b.weights.tolist(), b.sign) for b in rule.bounds)

    return best, sum(rule.probability for rule in corners.rules if side(rule) == side(best))


def _worded(cube: Cube, bound: Bound) -> str:
    """A bound in words: ``width > 900``, ``width * batch_size > 60000``, ``optimizer = adam``."""
    places = np.flatnonzero(bound.weights)
    middle = bound.sign * (bound.low + bound.high) / 2
    names = list(cube.space.parameters)
    named = [(names[cube.groups[j]], cube.space.parameters[names[cube.groups[j]]]) for j in places]
    above = bound.sign > 0
    if len(places) == 1:
        name, parameter = named[0]
        if isinstance(parameter, Categorical):
            return _chosen(name, parameter, cube, places[0], bound)
        if middle < 0:
            return f"{name}" if above else f"no {name}"
        return f"{name} {'>' if above else '<'} {_value(parameter, middle)}"
    (a, first_parameter), (b, second_parameter) = named
    product = bound.weights[places[1]] > 0
    if getattr(first_parameter, "log", False) and getattr(second_parameter, "log", False):
        return f"{'large' if above else 'small'} {a} {'*' if product else '/'} {b}"
    if product:
        return f"{'large' if above else 'small'} {a} and {b} together"
    return f"{a} {'large' if above else 'small'} beside {b}"


def _chosen(name: str, parameter: Categorical, cube: Cube, feature: int, bound: Bound) -> str:
    """Choices beyond a bound: ``optimizer = adam``, ``optimizer other than sgd``."""
    own = np.flatnonzero(cube.groups == cube.groups[feature])
    if len(own) > 1:
        choice = parameter.choices[feature - own[0]]
        return f"{name} {'=' if bound.sign > 0 else 'other than'} {choice}"
    middle = (bound.low + bound.high) / 2
    beyond = [c for c in parameter.choices if bound.sign * parameter.to_unit(c) > middle]
    return f"{name} = {' or '.join(map(str, beyond))}"


def _value(parameter: Parameter, place: float) -> str:
    value = parameter.from_unit(min(max(place, 0.0), 1.0))
    return f"{value:.3g}" if isinstance(value, float) else f"{value}"
