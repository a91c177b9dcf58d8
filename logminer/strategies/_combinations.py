"""All configs of a space, for the strategies that count them."""

from collections.abc import Callable, Container, Iterator, Sequence
from itertools import islice

import numpy as np

from logminer.core.parameters import Parameter, Scalar
from logminer.core.space import Config, ConfigKey, Space, config_key

_LISTED = 10_000  # configs of a space that is listed


def combinations(space: Space, values: Callable[[Parameter], Sequence[Scalar]]) -> Iterator[Config]:
    """Every allowed combination of some values, parents before children, inactive ones left out."""

    def extend(config: Config, names: tuple[str, ...]) -> Iterator[Config]:
        if not names:
            if not space.is_forbidden(config):
                yield {name: config[name] for name in space.names if name in config}
            return
        name, rest = names[0], names[1:]
        if not space.is_active(name, config):
            yield from extend(config, rest)
            return
        for value in values(space.parameters[name]):
            yield from extend({**config, name: value}, rest)

    return extend({}, space.order)


def untried(
    space: Space, keys: Container[ConfigKey], n: int, rng: np.random.Generator
) -> list[Config]:
    """Up to ``n`` configs that are not among ``keys``, in random order; none where there are too many to list."""
    if any(parameter.count > _LISTED for parameter in space.parameters.values()):
        return []
    every = list(islice(combinations(space, lambda p: p.values()), _LISTED + 1))
    if len(every) > _LISTED:
        return []
    left = [config for config in every if config_key(config) not in keys]
    return [left[i] for i in rng.permutation(len(left))[:n]]
