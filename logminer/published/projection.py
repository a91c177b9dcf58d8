"""Published configs as the user's space can hold them.

Names meet by their canonical form, values by their meaning. Values close to the bounds are clipped, configs far
outside left out, and what a config does not set is filled in; all of it is said in the notes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from logminer.core.names import canonical_names
from logminer.core.parameters import Categorical, Parameter, Scalar
from logminer.core.published import PublishedConfig, PublishedPrior
from logminer.core.space import Config, Space, config_key
from logminer.published.marginals import CLOSE, closest_choice, meaning

# Places by which a config goes back in the queue for every value that had to be changed.
_SET_BACK = 3
# Configs this close on every axis of the unit cube teach nearly the same.
_NEAR = 0.08


@dataclass(frozen=True)
class Projected:
    """A published config as the user's space can hold it.

    Attributes:
        config: inside the space.
        weight: how much speaks for it, at most 1.
        refs: where it stands, in words.
        notes: what was clipped, filled in or left out on the way.
    """

    config: Config
    weight: float
    refs: tuple[str, ...]
    notes: tuple[str, ...] = ()


def configs(
    prior: PublishedPrior,
    space: Space,
    n: int,
    context: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> list[Projected]:
    """The first ``n`` configs of a prior inside the user's space, without repeats.

    Only configs of the same context (optimizer, algorithm) are taken. Values close to the bounds are clipped, a
    config with a value far outside is left out, and parameters it does not set are taken from the prior's centre,
    or from the middle of the space. Each such change puts a config back by three places.

    Args:
        prior: what was published.
        space: the user's space.
        n: number of configs.
        context: what is known of the search, e.g. ``{"optimizer": "adamw"}``.
        aliases: the user's own table of names, written to canonical.
    """
    names = canonical_names(space.names, aliases)
    context = dict(context or {})
    same = [c for c in prior.configs if all(c.context.get(k) == v for k, v in context.items())]
    placed = []
    for place, published in enumerate(same):
        projected = _project(prior, space, names, published, context)
        if projected is not None:
            placed.append((place + _SET_BACK * len(projected.notes), projected))
    placed.sort(key=lambda pair: pair[0])
    return _apart(_joined([projected for _, projected in placed]), space, n)


def _joined(placed: Sequence[Projected]) -> list[Projected]:
    """Equal configs as one, with all their references."""
    found: dict[object, Projected] = {}
    for projected in placed:
        key = config_key(projected.config)
        first = found.get(key)
        if first is None:
            found[key] = projected
        else:
            refs = tuple(dict.fromkeys((*first.refs, *projected.refs)))
            weight = first.weight + projected.weight
            found[key] = Projected(first.config, weight, refs, first.notes)
    return list(found.values())


def _apart(queue: Sequence[Projected], space: Space, n: int) -> list[Projected]:
    """The first ``n`` that are not near one before them; near ones only when no others are left."""
    unit = np.nan_to_num(space.to_unit([projected.config for projected in queue]), nan=-1.0)
    taken: list[int] = []
    for i in range(len(queue)):
        if len(taken) < n and all(np.abs(unit[i] - unit[j]).max() > _NEAR for j in taken):
            taken.append(i)
    late = [i for i in range(len(queue)) if i not in taken][: n - len(taken)]
    return [queue[i] for i in (*taken, *late)]


def _project(
    prior: PublishedPrior,
    space: Space,
    names: Mapping[str, str],
    published: PublishedConfig,
    context: Mapping[str, str],
) -> Projected | None:
    known = {**published.context, **context}
    # What a value means may depend on something this config's source does not tell.
    notes = [f"{name} not told" for name in prior.conditioned_on if name not in published.context]
    given, said = _scaled(published.config, space, names)
    notes += said
    config: Config = {}
    shared = 0
    for name in space.order:
        if not space.is_active(name, config):
            continue
        target, meant = space.parameters[name], names[name]
        value = given.get(meant)
        placed = _placed(
            prior, meant, target, published.context.get(meant) if value is None else value
        )
        # The other values were chosen for one optimizer: it cannot be filled in.
        if placed is None and (value is not None or meant in prior.conditioned_on):
            return None
        if placed is None:
            config[name] = _filled(prior, meant, target, known)
            notes.append(f"{name} filled in")
            continue
        shared += 1
        config[name], moved = placed
        if moved:
            notes.append(
                f"{name} {value:g} clipped" if isinstance(value, int | float) else f"{name} {value}"
            )
    if not shared or space.why_not(config):
        return None
    config = {name: config[name] for name in space.names if name in config}
    refs = tuple(prior.cite(ref) for ref in published.refs)
    return Projected(config, published.weight, refs, tuple(notes))


def _scaled(
    config: Mapping[str, Scalar], space: Space, names: Mapping[str, str]
) -> tuple[dict[str, Scalar], list[str]]:
    """The config with a batch size that the space allows, the learning rate scaled along where that is the habit.

    Families whose sources scale linearly record ``learning_rate_per_256``; the others stay as they are.
    """
    given = dict(config)
    rate, batch = given.get("learning_rate_per_256"), given.get("batch_size")
    own = next((name for name, meant in names.items() if meant == "batch_size"), None)
    if own is None or not isinstance(rate, int | float) or not isinstance(batch, int | float):
        return given, []
    allowed = _nearest(space.parameters[own], batch)
    if allowed is None or allowed == batch:
        return given, []
    given |= {"batch_size": allowed, "learning_rate": float(f"{rate * allowed / 256:.4g}")}
    return given, [f"{own} {batch:g} to {allowed:g}, learning rate scaled with it"]


def _nearest(target: Parameter, value: float) -> float | None:
    """The allowed number closest to ``value`` by ratio; None where no choice is a positive number."""
    if not isinstance(target, Categorical):
        return target.nearest(value)
    numbers = [
        c
        for c in target.choices
        if isinstance(c, int | float) and not isinstance(c, bool) and c > 0
    ]
    return min(numbers, key=lambda c: abs(math.log(c / value)), default=None)


def _placed(
    prior: PublishedPrior, name: str, target: Parameter, value: Scalar
) -> tuple[Scalar, bool] | None:
    """The value inside the target and whether it had to be moved; None when it is too far outside."""
    if isinstance(target, Categorical):
        known = prior.parameters.get(name)
        found = closest_choice(known.parameter if known else target, target, value)
        if found < 0:
            return None
        return target.choices[found], meaning(target.choices[found]) != meaning(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    u = target.to_unit(value)
    # A zero on a log scale acts like the lowest value.
    if value != 0 and not -CLOSE <= u <= 1 + CLOSE:
        return None
    inside = target.nearest(value)
    return inside, inside != value


def _filled(
    prior: PublishedPrior, name: str, target: Parameter, context: Mapping[str, str]
) -> Scalar:
    known = prior.parameters.get(name)
    if known is not None:
        for value in (known.belief(context).centre, *(v for v, _ in known.belief(context).common)):
            placed = _placed(prior, name, target, value)
            if placed is not None:
                return placed[0]
    return target.from_unit(0.5)
