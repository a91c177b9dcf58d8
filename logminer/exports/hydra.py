"""Hydra: a config for the Optuna sweeper, and overrides for its command line."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

import yaml

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Space
from logminer.exports import _text
from logminer.exports._context import ExportContext

_PART = "[A-Za-z_][A-Za-z0-9_-]*"
_KEY = re.compile(rf"{_PART}(\.[A-Za-z0-9_-]+)*|{_PART}(/{_PART})+", re.ASCII)
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
# Quoted, these still mean something to Hydra or to OmegaConf, which resolves ${…} even there.
_UNSAFE = re.compile(r"['\"\\$]")
_HINT = "give a space with other names or choices with --space"


def limits(space: Space) -> list[str]:
    """What Hydra's sweepers cannot be told about the space."""
    written = _text.in_lists(space, _has_steps)
    drawn = _text.conditions(space, "the sweeper always draws it")
    return drawn + _text.beyond_ranges(written) + _text.steps(space, written)


def write(context: ExportContext) -> str:
    """YAML for a config group of the user's, e.g. ``conf/search/warm.yaml``, used as ``-m +search=warm``.

    Raises:
        UsageError: a name or choice cannot be written as an override.
    """
    space, fixed = context.space, _writable(context.fixed)
    listed = _text.in_lists(space, _has_steps)
    sweeps = {_key(n): sweep for n, sweep in _text.domains(listed, _sweep).items()}
    sweeps |= {name: _value(value) for name, value in fixed.items()}
    sweeper = {
        "direction": f"{context.mode}imize",
        "study_name": re.sub(r"[^\w.-]", "_", context.task, flags=re.ASCII),
        "n_trials": 50,
        "n_jobs": 1,
        "params": sweeps,
    }
    config = {
        "defaults": [{"override /hydra/sweeper": "optuna"}],
        "hydra": {"sweeper": sweeper},
    }
    head = [*_text.heading(context, limits(space)), "A sweeper starts by itself; run these first:"]
    head += [f"  python train.py {overrides({**c, **fixed})}" for c in context.configs]
    head += ["The same sweep without this file:", f"  python train.py -m {_line(sweeps)}"]
    return "# @package _global_\n" + _text.comments(head) + yaml.safe_dump(config, sort_keys=False)


def overrides(config: dict[str, Scalar]) -> str:
    """A config as overrides, each quoted for a shell.

    Raises:
        UsageError: a name or value cannot be written as an override.
    """
    return _quoted({_key(name): _value(value) for name, value in config.items()})


def _writable(fixed: Mapping[str, Any]) -> dict[str, Scalar]:
    """What can be written as an override; the rest is as the training has it without one."""
    kept: dict[str, Scalar] = {}
    for name, value in _text.scalars(fixed).items():
        try:
            overrides({name: value})
        except UsageError:
            continue
        kept[name] = value
    return kept


def _has_steps(parameter: Float | Integer) -> bool:
    return parameter.factor is None and not (parameter.log or parameter.one_minus)


def _line(sweeps: dict[str, Any]) -> str:
    return _quoted({"hydra/sweeper": "optuna", **sweeps})


def _quoted(values: dict[str, str]) -> str:
    return " ".join(shlex.quote(f"{name}={value}") for name, value in values.items())


def _sweep(parameter: Parameter) -> str:
    if isinstance(parameter, Categorical):
        choices = [_value(choice) for choice in parameter.choices]
        return ",".join(choices)  # choice(…) would refuse null
    assert isinstance(parameter, Float | Integer)
    if parameter.is_stepped:  # the sweeper includes the end
        ends = (parameter.low, parameter.high, parameter.step or 1)
        return f"range({', '.join(map(_value, ends))})"
    interval = f"interval({_value(parameter.low)}, {_value(parameter.high)})"
    if isinstance(parameter, Integer):
        interval = f"int({interval})"  # else Hydra makes floats of both ends
    return f"tag(log, {interval})" if parameter.log else interval


def _key(name: str) -> str:
    if not _KEY.fullmatch(name):
        raise UsageError(f"Hydra takes no override of '{_text.clean(name)}'", _HINT)
    return name


def _value(value: Scalar) -> str:
    """A value in the grammar of overrides."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return repr(value)
    if _UNSAFE.search(value) or not value.isprintable():
        raise UsageError(f"Hydra takes no override with the value '{_text.clean(value)}'", _HINT)
    bare = _BARE.fullmatch(value) and value.lower() not in ("true", "false", "null", "nan", "inf")
    return value if bare else f"'{value}'"
