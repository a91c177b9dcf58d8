"""Parameters as other libraries write them: distributions of SciPy and Optuna, dimensions of scikit-optimize, arrays, ranges.

Objects are told by the module and name of their class, so that none of those libraries is imported. What is not
understood is an error, never a constant.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from logminer.core.errors import SpaceError

_FEWEST_IN_ORDER = 3  # numbers that must rise or fall before a list of them counts as ordered
_UNDERSTOOD = (
    "numbers, texts, lists, arrays, ranges, mappings, and distributions of SciPy, Optuna, "
    "ConfigSpace or scikit-optimize are understood"
)


def described(spec: Any) -> Any:
    """The description of one parameter in plain words: a mapping, a list of choices, or a constant.

    Args:
        spec: plain data, which comes back as it is, or an object of another library.

    Raises:
        SpaceError: the object is none that is understood.
    """
    if spec is None or isinstance(spec, str | bool | int | float | np.generic | Mapping | list):
        return spec
    if isinstance(spec, tuple):
        return _of_tuple(spec)
    if isinstance(spec, range):
        return _of_range(spec)
    if isinstance(spec, np.ndarray) or hasattr(spec, "to_numpy"):
        return _of_array(np.asarray(spec))
    reader = _READERS.get(_library(spec))
    found = reader(spec) if reader else None
    if found is None:
        raise SpaceError(f"{_named(spec)} is no search space", hint=_UNDERSTOOD)
    return found


def is_in_order(values: Any) -> bool:
    """Whether a list holds three or more numbers that only rise or only fall, as a grid of values does."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < max(_FEWEST_IN_ORDER, len(values)):
        return False
    steps = {later > earlier for earlier, later in pairwise(numbers)}
    return len(steps) == 1 and len(set(numbers)) == len(numbers)


def _named(spec: Any) -> str:
    return f"an object of type {type(spec).__module__}.{type(spec).__qualname__}"


def _library(spec: Any) -> str:
    return type(spec).__module__.partition(".")[0]


def _of_tuple(spec: tuple[Any, ...]) -> Any:
    """A range where a prior stands behind two bounds, as scikit-optimize writes it; else choices."""
    if len(spec) == 3 and spec[2] in ("uniform", "log-uniform"):
        return {"low": spec[0], "high": spec[1], "log": spec[2] == "log-uniform"}
    return list(spec)


def _of_range(spec: range) -> Any:
    if not len(spec):
        raise SpaceError(f"{spec} is empty")
    low, high = min(spec[0], spec[-1]), max(spec[0], spec[-1])
    return {"type": "integer", "low": low, "high": high, "step": abs(spec.step)}


def _of_array(spec: np.ndarray[Any, Any]) -> Any:
    if spec.ndim != 1:
        raise SpaceError(f"choices are an array of one dimension, got {spec.ndim}")
    choices = spec.tolist()
    return {"choices": choices, "ordered": is_in_order(choices)}


def _of_scipy(spec: Any) -> Any:
    """Uniform distributions on a linear or log scale, frozen (``loguniform(1e-5, 1)``) or of the newer kind."""
    name = getattr(getattr(spec, "dist", None), "name", type(spec).__name__).lower()
    if name not in ("uniform", "loguniform", "reciprocal", "randint"):
        raise SpaceError(
            f"SciPy's '{name}' is not understood",
            hint="use uniform, loguniform or randint, or write low, high and log",
        )
    low, high = (float(end) for end in spec.support())
    kind = "integer" if name == "randint" else "float"
    return {"type": kind, "low": low, "high": high, "log": name in ("loguniform", "reciprocal")}


def _of_optuna(spec: Any) -> Any:
    kind = type(spec).__name__
    if kind == "CategoricalDistribution":
        return {"choices": list(spec.choices)}
    if kind in ("FloatDistribution", "IntDistribution"):
        word = "float" if kind.startswith("Float") else "integer"
        return {
            "type": word,
            "low": spec.low,
            "high": spec.high,
            "log": spec.log,
            "step": spec.step,
        }
    return None


def _of_skopt(spec: Any) -> Any:
    kind = type(spec).__name__
    if kind == "Categorical":
        return {"choices": list(spec.categories)}
    if kind in ("Real", "Integer") and spec.prior in ("uniform", "log-uniform"):
        word = "float" if kind == "Real" else "integer"
        return {
            "type": word,
            "low": spec.low,
            "high": spec.high,
            "log": spec.prior == "log-uniform",
        }
    return None


def _of_configspace(spec: Any) -> Any:
    """One hyperparameter; ConfigSpace's names for uniform, ordered, unordered and constant ones."""
    kind = type(spec).__name__
    default = {"default": spec.default_value} if hasattr(spec, "default_value") else {}
    if kind == "Constant":
        return {"type": "constant", "value": spec.value}
    if kind == "CategoricalHyperparameter":
        return {"choices": list(spec.choices), **default}
    if kind == "OrdinalHyperparameter":
        return {"type": "ordered", "choices": list(spec.sequence), **default}
    if kind in ("UniformFloatHyperparameter", "UniformIntegerHyperparameter"):
        word = "float" if "Float" in kind else "integer"
        return {"type": word, "low": spec.lower, "high": spec.upper, "log": spec.log, **default}
    return None


_READERS = {
    "scipy": _of_scipy,
    "optuna": _of_optuna,
    "skopt": _of_skopt,
    "ConfigSpace": _of_configspace,
}
