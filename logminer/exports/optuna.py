"""Optuna: a script that adds the task's own past trials and enqueues configs; a sampler and a pruner."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Space
from logminer.exports import _text
from logminer.exports._context import ExportContext, settled
from logminer.exports._text import Call, literal

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

    from logminer.exports._optuna_pruner import LogminerPruner
    from logminer.exports._optuna_sampler import LogminerSampler

__all__ = ["LogminerPruner", "LogminerSampler", "distributions", "limits", "write"]

# Classes of Optuna's need Optuna, which the rest of this module does without.
_BRIDGES = {"LogminerSampler": "_optuna_sampler", "LogminerPruner": "_optuna_pruner"}


def __getattr__(name: str) -> Any:
    if name not in _BRIDGES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"logminer.exports.{_BRIDGES[name]}"), name)


def limits(space: Space) -> list[str]:
    """What Optuna cannot be told about the space; conditions become ``if`` in the script."""
    written = _text.in_lists(space, _has_steps)
    return _text.beyond_ranges(written) + _text.steps(space, written)


def distributions(space: Space) -> dict[str, "BaseDistribution"]:
    """Optuna's distributions for all parameters, conditional ones included; powers are choices there."""
    space = _text.in_lists(space, _has_steps)
    module = import_module("optuna.distributions")
    return {name: _distribution(p).on(module) for name, p in space.parameters.items()}


def write(context: ExportContext) -> str:
    """A Python module: ``suggest(trial)`` for the objective, ``warm(study)``, and a study when run."""
    space = _text.in_lists(context.space, _has_steps)
    parameters = space.parameters
    known = _text.assignments({name: _distribution(p) for name, p in parameters.items()})
    left_out = [f"{n} past runs left out: {reason}" for reason, n in context.left_out.items()]
    past = [literal([run.config, run.value, run.name]) for run in context.runs]
    ahead = [
        literal([config, {"because": list(s.because)}])
        for config, s in zip(context.configs, context.suggestions, strict=True)
    ]
    return _SCRIPT.format(
        heading=_text.comments(_text.heading(context, limits(context.space)) + left_out),
        distributions=known,
        past=_text.listed(past),
        ahead=_text.listed(ahead),
        body=_body(space),
        fixed=literal(context.fixed),
        name=literal(context.task),
        direction=literal(context.mode + "imize"),
    )


def _distribution(parameter: Parameter) -> Call:
    parameter = settled(parameter)
    if isinstance(parameter, Categorical):
        return Call("CategoricalDistribution", (list(parameter.choices),))
    kind = "IntDistribution" if isinstance(parameter, Integer) else "FloatDistribution"
    keywords: dict[str, Any] = {"log": True} if parameter.log else {}
    if parameter.is_stepped:
        keywords["step"] = parameter.step
    return Call(kind, (parameter.low, parameter.high), keywords)


def _has_steps(parameter: Float | Integer) -> bool:
    """On a linear scale; beside a logarithm Optuna takes no step."""
    return parameter.factor is None and not parameter.log


def _body(space: Space) -> str:
    """The lines that suggest one parameter after another, parents first."""
    lines = []
    for name in space.order:
        parameter = space.parameters[name]
        asked = f"config[{literal(name)}] = {_suggested(name, parameter)}\n"
        tests = [
            f"config.get({literal(parent)}, MISSING) in {literal(values)}"
            for parent, values in parameter.when.items()
        ]
        lines.append(f"if {' and '.join(tests)}:\n        {asked}" if tests else asked)
    return "".join(f"    {line}" for line in lines)


def _suggested(name: str, parameter: Parameter) -> str:
    call = _distribution(parameter)
    verb = {"CategoricalDistribution": "categorical", "IntDistribution": "int"}
    function = f"trial.suggest_{verb.get(call.function, 'float')}"
    return str(Call(function, (name, *call.arguments), call.keywords))


_SCRIPT = '''\
{heading}
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

MISSING = object()
DIRECTION = {direction}
DISTRIBUTIONS = {distributions}

# What is not searched: values that past runs share, for the training.
FIXED = {fixed}

# Past trials of this task: config, value of the metric (None where it failed), name of the run.
PAST = {past}

# Configs to try first, and what speaks for them. Other tasks speak here only: their values have other scales.
AHEAD = {ahead}


def suggest(trial):
    """One config of the search space and what is fixed, to be called in the objective."""
    config = dict(FIXED)
{body}    return config


def warm(study):
    """Tell a study the past trials and enqueue the configs to try first."""
    for config, value, run in PAST:
        study.add_trial(create_trial(
            state=TrialState.FAIL if value is None else TrialState.COMPLETE, value=value, params=config,
            distributions={{name: DISTRIBUTIONS[name] for name in config}}, user_attrs={{"run": run}},
        ))
    for config, attributes in AHEAD:
        study.enqueue_trial(config, user_attrs=attributes, skip_if_exists=True)


if __name__ == "__main__":
    new = optuna.create_study(study_name={name}, storage="sqlite:///optuna.db", direction=DIRECTION)
    warm(new)
    print(f"{{len(new.trials)}} trials in optuna.db, {{len(AHEAD)}} of them to be run first")
'''
