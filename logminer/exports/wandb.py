"""Weights & Biases: a sweep as YAML; the configs to try first stand in it as command lines."""

from typing import Any

import yaml

from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Space
from logminer.exports import _text
from logminer.exports._context import ExportContext


def limits(space: Space) -> list[str]:
    """What a sweep cannot be told about the space."""
    written = _text.in_lists(space, _text.multiples)
    drawn = _text.conditions(space, "the sweep always draws it")
    return drawn + _text.beyond_ranges(written) + _text.steps(space, written)


def write(context: ExportContext) -> str:
    """YAML for ``wandb sweep``; ``program`` and the search method are the user's to change."""
    listed = _text.in_lists(context.space, _text.multiples)
    parameters = _text.domains(listed, _parameter)
    parameters |= {name: {"value": value} for name, value in context.fixed.items()}
    sweep = {
        "name": _text.clean(context.task),
        "program": "train.py",
        "method": "bayes",
        "metric": {"name": context.metric, "goal": f"{context.mode}imize"},
        "parameters": parameters,
    }
    head = _text.heading(context, limits(context.space))
    head.append("A sweep cannot be given configs to begin with; run these first:")
    head += [
        f"  python train.py {_text.argv({**config, **_text.scalars(context.fixed)})}"
        for config in context.configs
    ]
    return _text.comments(head) + yaml.safe_dump(sweep, sort_keys=False)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    if isinstance(parameter, Categorical):
        choices = list(parameter.choices)
        return {"values": choices} if len(choices) > 1 else {"value": choices[0]}
    assert isinstance(parameter, Float | Integer)
    bounds = {"min": parameter.low, "max": parameter.high}
    if parameter.is_stepped:
        distribution = "q_log_uniform_values" if parameter.log else "q_uniform"
        return {"distribution": distribution, "q": parameter.step, **bounds}
    if isinstance(parameter, Float):
        return {"distribution": "log_uniform_values" if parameter.log else "uniform", **bounds}
    if parameter.log:
        return {"distribution": "q_log_uniform_values", "q": 1, **bounds}
    return {"distribution": "int_uniform", **bounds}
