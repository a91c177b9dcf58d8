"""NePS: a pipeline space as a Python module, with the first suggestion as the prior of every parameter."""

from importlib import import_module
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float, Integer, Parameter, Scalar
from logminer.core.space import Config, Space
from logminer.exports import _text
from logminer.exports._context import ExportContext, settled
from logminer.exports._text import Call, literal, made

_CONFIDENCE = "medium"


def limits(space: Space) -> list[str]:
    """What a pipeline space of plain hyperparameters cannot say."""
    written = _text.in_lists(space)
    drawn = _text.conditions(space, "NePS always draws it")
    return drawn + _text.beyond_ranges(written) + _text.steps(space, written)


def pipeline_space(space: Space, prior: Config | None = None) -> Any:
    """The search space as a NePS object.

    Args:
        space: the search space.
        prior: a config that is believed to be good.

    Raises:
        UsageError: NePS takes no parameter of that name.
    """
    neps = import_module("neps")
    found = neps.PipelineSpace()
    for name, domain in _domains(space, prior or {}).items():
        setattr(found, name, made(domain, neps))
    return found


def write(context: ExportContext) -> str:
    """A Python module with ``SPACE`` for ``neps.run``, and ``CONFIGS`` to try first.

    Raises:
        UsageError: NePS takes no parameter of that name.
    """
    prior = (context.configs or [{}])[0]
    return _MODULE.format(
        heading=_text.comments(_text.heading(context, limits(context.space))),
        domains=_text.assignments(_domains(context.space, prior)),
        configs=_text.listed(map(literal, context.configs)),
        returned=_RETURNED[context.mode],
        fixed=literal(context.fixed),
    )


def _domains(space: Space, prior: Config) -> dict[str, Any]:
    for name in space.names:
        # NePS passes over private attributes without a word.
        if name.startswith("_") or name == "fidelity_attrs":
            raise UsageError(
                f"NePS takes no parameter named '{_text.clean(name)}'",
                "give a space with another name with --space",
            )
    known = _text.in_lists(space).parameters
    return {n: _domain(settled(p), prior.get(n), n in prior) for n, p in known.items()}


def _domain(parameter: Parameter, prior: Scalar, known: bool) -> Any:
    believed: dict[str, Any] = {"prior": prior, "prior_confidence": _CONFIDENCE} if known else {}
    if isinstance(parameter, Categorical):
        choices = list(parameter.choices)
        if len(choices) == 1:
            return choices[0]
        if known:
            believed["prior"] = parameter.index(prior)
        return Call("Categorical", (choices,), believed)
    assert isinstance(parameter, Float | Integer)
    kind = "Integer" if isinstance(parameter, Integer) else "Float"
    log = {"log": True} if parameter.log else {}
    return Call(kind, (parameter.low, parameter.high), {**log, **believed})


_RETURNED = {
    "min": "# NePS minimises what the evaluation returns.",
    "max": "# NePS minimises: return the negative of the metric.",
}

_MODULE = """\
{heading}
from neps import Categorical, Float, Integer, PipelineSpace

DOMAINS = {domains}

# For neps.run(evaluate, pipeline_space=SPACE, …); a prior is a value believed to be good.
{returned}
SPACE = PipelineSpace()
for name, domain in DOMAINS.items():
    setattr(SPACE, name, domain)

# What is not searched: values that past runs share, for the training.
FIXED = {fixed}

# Configs to try first.
CONFIGS = {configs}
"""
