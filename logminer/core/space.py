"""The search space: the allowed values of every hyperparameter, with conditions between them."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.errors import SpaceError
from logminer.core.parameters import Float, Integer, Parameter, Scalar, same

Config = dict[str, Scalar]
ConfigKey = tuple[tuple[str, str], ...]
_SAMPLING_TRIES = 1000


@dataclass(frozen=True)
class Space:
    """Named parameters, conditions among them, and combinations that are forbidden.

    Attributes:
        parameters: by name; a parameter with ``when`` exists only for those values of its parents.
        forbidden: partial configs; a config that agrees with one in all its names is not allowed.
        defaults: values in use today, by name; a search tries them first.
    """

    parameters: Mapping[str, Parameter]
    forbidden: tuple[Mapping[str, Scalar], ...] = field(default=())
    defaults: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, parameter in self.parameters.items():
            for parent in parameter.when:
                if parent not in self.parameters:
                    raise SpaceError(f"'{name}' depends on '{parent}', which is not in the space")
        for name, value in self.defaults.items():
            if not self.parameters[name].contains(value):
                raise SpaceError(
                    f"parameter '{name}': the default {value!r} is not one of its values"
                )
        _ = self.order

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def names(self) -> list[str]:
        """Parameter names in the order they were given."""
        return list(self.parameters)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names with every parent before its children."""
        done: dict[str, None] = {}
        while len(done) < len(self.parameters):
            ready = [
                name
                for name, p in self.parameters.items()
                if name not in done and all(parent in done for parent in p.when)
            ]
            if not ready:
                circle = sorted(set(self.parameters) - set(done))
                raise SpaceError(f"conditions go in a circle: {', '.join(circle)}")
            done.update(dict.fromkeys(ready))
        return tuple(done)

    def is_active(self, name: str, config: Mapping[str, Any]) -> bool:
        """Whether ``name`` exists given the values of its parents in ``config``."""
        return all(
            parent in config and any(same(config[parent], value) for value in values)
            for parent, values in self.parameters[name].when.items()
        )

    def why_not(self, config: Mapping[str, Any]) -> str:
        """What keeps ``config`` out of the space, in a few words; empty when it is inside."""
        for name in self.order:
            active, given = self.is_active(name, config), self._is_given(name, config)
            if active and not given:
                return f"'{name}' is missing"
            if given and not active:
                return f"'{name}' does not apply"
            if given and not self.parameters[name].contains(config[name]):
                return f"'{name}' = {config[name]} is outside"
        unknown = set(config) - set(self.parameters)
        if unknown:
            return f"'{min(unknown)}' is not in the space"
        return "a forbidden combination" if self.is_forbidden(config) else ""

    def contains(self, config: Mapping[str, Any]) -> bool:
        """Whether every active parameter has an allowed value and nothing else is set."""
        return not self.why_not(config)

    def _is_given(self, name: str, config: Mapping[str, Any]) -> bool:
        # None means "not set", except where it is one of the choices
        if config.get(name) is None:
            return name in config and self.parameters[name].contains(None)
        return True

    def is_forbidden(self, config: Mapping[str, Any]) -> bool:
        """Whether ``config`` agrees with a forbidden combination."""
        return any(
            all(name in config and same(config[name], value) for name, value in clause.items())
            for clause in self.forbidden
        )

    def to_unit(self, configs: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Configs as points of the unit cube, shape (n, d) in the order of ``names``.

        NaN where a config has no value or none that is known; below 0 or above 1 outside the bounds.
        """
        unit = np.full((len(configs), len(self)), np.nan)
        for j, (name, parameter) in enumerate(self.parameters.items()):
            for i, config in enumerate(configs):
                if self._is_given(name, config):
                    unit[i, j] = parameter.to_unit(config[name])
        return unit

    def from_unit(self, unit: NDArray[np.float64]) -> list[Config]:
        """Points of the unit cube, shape (n, d), as configs; inactive parameters are left out."""
        column = {name: j for j, name in enumerate(self.parameters)}
        configs: list[Config] = []
        for row in np.atleast_2d(unit):
            config: Config = {}
            for name in self.order:
                if self.is_active(name, config):
                    config[name] = self.parameters[name].from_unit(row[column[name]])
            configs.append({name: config[name] for name in self.parameters if name in config})
        return configs

    def sample(self, n: int, rng: np.random.Generator) -> list[Config]:
        """``n`` independent configs, uniform on the searched scale, never forbidden.

        Raises:
            SpaceError: the forbidden combinations leave next to nothing.
        """
        found: list[Config] = []
        for _ in range(_SAMPLING_TRIES):
            drawn = self.from_unit(rng.random((n - len(found), len(self))))
            found += [config for config in drawn if not self.is_forbidden(config)]
            if len(found) == n:
                return found
        raise SpaceError("the forbidden combinations leave no config to draw")

    def restrict(self, config: Mapping[str, Any]) -> Config:
        """The part of ``config`` that lies on the space's names and applies, in order of names."""
        kept: Config = {}
        for name in self.order:
            if self._is_given(name, config) and self.is_active(name, kept):
                kept[name] = config[name]
        return {name: kept[name] for name in self.parameters if name in kept}

    def with_parameters(self, changed: Mapping[str, Parameter]) -> "Space":
        """A copy in which some parameters are replaced, e.g. narrowed by zooming in; defaults outside are dropped."""
        parameters = {**self.parameters, **changed}
        kept = {name: v for name, v in self.defaults.items() if parameters[name].contains(v)}
        return replace(self, parameters=parameters, defaults=kept)

    def default_config(self, base: Mapping[str, Any] | None = None) -> Config | None:
        """The config in use today: the defaults, and ``base`` or the middle of the range for all else.

        None where there is no default, or where the config is forbidden.
        """
        if not self.defaults:
            return None
        config: Config = {}
        for name in self.order:
            if self.is_active(name, config):
                parameter = self.parameters[name]
                value = self.defaults.get(name, (base or {}).get(name))
                config[name] = parameter.from_unit(0.5) if value is None else value
        config = {name: config[name] for name in self.parameters if name in config}
        return config if self.contains(config) else None

    def only(self, names: Container[str]) -> "Space":
        """The part of the space that holds some parameters; what names another one is left out."""
        kept = {name: p for name, p in self.parameters.items() if name in names}
        clauses = tuple(clause for clause in self.forbidden if set(clause) <= set(kept))
        defaults = {name: value for name, value in self.defaults.items() if name in kept}
        return Space(kept, clauses, defaults)

    @property
    def size(self) -> float:
        """Number of distinct configs, ignoring conditions; infinite with a real number without steps."""
        return float(np.prod([float(p.count) for p in self.parameters.values()] or [1.0]))


def config_key(config: Mapping[str, Any]) -> ConfigKey:
    """A hashable identity of a config: equal for ``1`` and ``1.0``, blind to order."""
    return tuple(sorted((name, _text(value)) for name, value in config.items()))


def _text(value: Any) -> str:
    if type(value) is float:  # nearly all, and there may be a million
        return str(int(value)) if value.is_integer() else format(value, ".9g")
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return repr(plain)
    if isinstance(plain, int) or plain.is_integer():
        return str(int(plain))
    return format(plain, ".9g")


def unique_configs(configs: Iterable[Config]) -> list[Config]:
    """Configs without repeats, first ones kept."""
    first: dict[ConfigKey, Config] = {}
    for config in configs:
        first.setdefault(config_key(config), config)
    return list(first.values())


__all__ = ["Config", "ConfigKey", "Float", "Integer", "Space", "config_key", "unique_configs"]
