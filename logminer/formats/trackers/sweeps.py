"""How sweeps are written down by hand: the domains of W&B, NNI and Determined."""

from collections.abc import Iterator, Mapping
from typing import Any

from logminer.formats.documents.values import MAX_DEPTH, is_number
from logminer.formats.trackers.spaces import (
    Spec,
    choice_spec,
    exponent_bounds,
    float_spec,
    integer_spec,
)

_EXPONENTS = {"log_uniform", "q_log_uniform", "inv_log_uniform"}


def wandb_space(parameters: Mapping[str, Any]) -> dict[str, Spec]:
    """Domains of a W&B sweep; those of nested ``parameters`` by their dotted names.

    The words are those of https://docs.wandb.ai/models/sweeps/sweep-config-keys. A normal
    distribution has no bounds and declares none.
    """
    return dict(_wandb_domains(parameters, "", 0))


def _wandb_domains(
    parameters: Mapping[str, Any], prefix: str, depth: int
) -> Iterator[tuple[str, Spec]]:
    for key, entry in parameters.items():
        inner = entry.get("parameters") if isinstance(entry, Mapping) else None
        if isinstance(inner, Mapping) and depth < MAX_DEPTH:
            yield from _wandb_domains(inner, f"{prefix}{key}.", depth + 1)
        elif spec := _wandb_domain(entry):
            yield f"{prefix}{key}", spec


def _wandb_domain(entry: Any) -> Spec | None:
    if not isinstance(entry, Mapping):
        return choice_spec(entry if isinstance(entry, list) else [entry])
    if "values" in entry:
        return choice_spec(entry["values"])
    if "value" in entry:
        return choice_spec([entry["value"]])
    low, high, q = entry.get("min"), entry.get("max"), entry.get("q")
    kind = str(entry.get("distribution") or _unnamed(low, high))
    if kind in _EXPONENTS:
        bounds = exponent_bounds(low, high)
        return float_spec(*bounds, log=True) if bounds else None
    if kind == "int_uniform":
        return integer_spec(low, high)
    if kind == "q_uniform" or kind.startswith("q_log_uniform"):
        step = 1 if q is None else q
        return _stepped(low, high, step, log="log" in kind)
    if kind == "uniform" or kind.endswith("log_uniform_values"):
        return float_spec(low, high, log="log" in kind)
    return None


def _unnamed(low: Any, high: Any) -> str:
    return "int_uniform" if isinstance(low, int) and isinstance(high, int) else "uniform"


def _stepped(low: Any, high: Any, step: Any, *, log: bool = False) -> Spec | None:
    """A domain rounded to multiples of a step, whole where all three numbers are."""
    numbers = (low, high, step)
    whole = all(is_number(number) and float(number).is_integer() for number in numbers)
    return (integer_spec if whole else float_spec)(low, high, log=log, step=step)


def nni_space(parameters: Mapping[str, Any]) -> dict[str, Spec]:
    """Domains of ``{"lr": {"_type": "loguniform", "_value": [1e-4, 0.1]}}``, as NNI has them.

    See https://nni.readthedocs.io/en/stable/hpo/search_space.html: the upper end of ``randint`` is
    left out.
    """
    entries = [
        (str(key), entry["_type"], entry["_value"])
        for key, entry in parameters.items()
        if isinstance(entry, Mapping) and isinstance(entry.get("_value"), list) and "_type" in entry
    ]
    domains = ((name, _nni_domain(str(kind), values)) for name, kind, values in entries)
    return {name: spec for name, spec in domains if spec}


def _nni_domain(kind: str, values: list[Any]) -> Spec | None:
    if kind == "choice":
        return choice_spec(values)
    if len(values) < 2 or not all(map(is_number, values)):
        return None
    low, high = values[:2]
    if kind == "randint":
        return integer_spec(low, high - 1)
    if kind in {"uniform", "loguniform"}:
        return float_spec(low, high, log=kind == "loguniform")
    if kind in {"quniform", "qloguniform"} and len(values) > 2:
        return _stepped(low, high, values[2], log=kind == "qloguniform")
    return None


def determined_space(parameters: Mapping[str, Any], prefix: str = "") -> dict[str, Spec]:
    """Domains of Determined's ``hyperparameters``; logarithmic bounds are exponents."""
    found: dict[str, Spec] = {}
    for key, entry in parameters.items():
        if isinstance(entry, Mapping) and "type" not in entry and prefix.count(".") < MAX_DEPTH:
            found |= determined_space(entry, f"{prefix}{key}.")
        elif spec := _determined_domain(entry):
            found[f"{prefix}{key}"] = spec
    return found


def _determined_domain(entry: Any) -> Spec | None:
    if not isinstance(entry, Mapping):
        return choice_spec([entry])
    kind, low, high = entry.get("type"), entry.get("minval"), entry.get("maxval")
    if kind == "categorical":
        return choice_spec(entry.get("vals"))
    if kind == "const":
        return choice_spec([entry.get("val")])
    if kind == "log":
        base = entry.get("base", 10)
        bounds = exponent_bounds(low, high, base) if is_number(base) and base > 1 else None
        return float_spec(*bounds, log=True) if bounds else None
    make = {"int": integer_spec, "double": float_spec}.get(str(kind))
    return make(low, high) if make else None


def syne_tune_space(parameters: Mapping[str, Any]) -> dict[str, Spec]:
    """Domains of Syne Tune's ``config_space_to_json_dict``; what stands there plainly is fixed.

    Source: ``to_dict`` in syne_tune/config_space.py.
    """
    found = {str(name): _syne_tune_domain(entry) for name, entry in parameters.items()}
    return {name: spec for name, spec in found.items() if spec}


def _syne_tune_domain(entry: Any) -> Spec | None:
    if not isinstance(entry, Mapping):
        return choice_spec([entry])
    kind, bounds = str(entry.get("domain_cls")), entry.get("domain_kwargs")
    if not isinstance(bounds, Mapping):
        return None
    low, high = bounds.get("lower"), bounds.get("upper")
    log = "Log" in str(entry.get("sampler_cls"))
    if kind in {"Integer", "Float"}:
        return (integer_spec if kind == "Integer" else float_spec)(low, high, log=log)
    if kind == "FiniteRange":
        log, size = bounds.get("log_scale") is True, bounds.get("size")
        if log or not (is_number(low) and is_number(high) and is_number(size)) or size < 2:
            return float_spec(low, high, log=log)
        return _stepped(low, high, (high - low) / (size - 1))
    return choice_spec(bounds.get("categories"), ordered=kind.startswith("Ordinal"))
