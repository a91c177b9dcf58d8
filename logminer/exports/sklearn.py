"""scikit-learn: distributions for ``RandomizedSearchCV``, and grids of the configs to try first."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Config, Space
from logminer.exports import _text
from logminer.exports._context import ExportContext, settled
from logminer.exports._text import Call, literal, made

_MOST_BRANCHES = 64


@dataclass(frozen=True)
class LogInteger:
    """Whole numbers from ``low`` to ``high``, both included, evenly spread on a logarithmic scale.

    SciPy has no such distribution; scikit-learn asks for no more than ``rvs``.
    """

    low: int
    high: int

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Random whole numbers; an int where no size is given."""
        from sklearn.utils import check_random_state

        u = check_random_state(random_state).random_sample(size)
        values = Integer(self.low, self.high, log=True)
        return values.from_unit(u) if size is None else [values.from_unit(v) for v in u.ravel()]


def limits(space: Space) -> list[str]:
    """What scikit-learn cannot be told about the space; conditions become a dict for each branch."""
    drawn = [] if _branches(space) else _text.conditions(space, "scikit-learn always draws it")
    written = _text.in_lists(space)
    return drawn + _text.beyond_ranges(written) + _text.steps(space, written)


def distributions(space: Space) -> list[dict[str, Any]]:
    """What ``RandomizedSearchCV`` takes: for each branch of the conditions a dict of lists and distributions."""
    return [{name: _made(d) for name, d in branch.items()} for branch in _all(space)]


def write(context: ExportContext) -> str:
    """A Python module with ``DISTRIBUTIONS`` and, for ``GridSearchCV``, ``FIRST``."""
    grids = [literal({name: [v] for name, v in config.items()}) for config in context.configs]
    branches = [
        "{" + ", ".join(f"{literal(n)}: {_text.code(d)}" for n, d in branch.items()) + "}"
        for branch in _all(context.space)
    ]
    return _MODULE.format(
        heading=_text.comments(_text.heading(context, limits(context.space))),
        branches=_text.listed(branches),
        first=_text.listed(grids),
        fixed=literal(context.fixed),
    )


def _made(distribution: Any) -> Any:
    if isinstance(distribution, Call) and distribution.function == "LogInteger":
        return LogInteger(*distribution.arguments)
    return made(distribution, import_module("scipy.stats"))


def _all(space: Space) -> list[dict[str, Any]]:
    """For each branch the distributions of what exists in it; one of everything where there are too many."""
    space = _text.in_lists(space)
    branches = _branches(space) or [{}]
    whole = branches == [{}]
    return [
        {
            name: [branch[name]] if name in branch else _distribution(settled(p))
            for name, p in space.parameters.items()
            if whole or space.is_active(name, branch)
        }
        for branch in branches
    ]


def _branches(space: Space) -> list[Config]:
    """The ways to choose the parents of conditions; none where a parent is a number or they are too many."""
    parents = {parent for p in space.parameters.values() for parent in p.when}
    branches: list[Config] = [{}]
    for name in space.order:
        parameter = space.parameters[name]
        if name not in parents:
            continue
        if not isinstance(parameter, Categorical):
            return []
        branches = [
            {**branch, **chosen}
            for branch in branches
            for chosen in (
                [{name: choice} for choice in parameter.choices]
                if space.is_active(name, branch)
                else [{}]
            )
        ]
        if len(branches) > _MOST_BRANCHES:
            return []
    return branches


def _distribution(parameter: Parameter) -> Any:
    if isinstance(parameter, Categorical):
        return list(parameter.choices)
    assert isinstance(parameter, Float | Integer)
    low, high = parameter.low, parameter.high
    if isinstance(parameter, Integer):
        return (
            Call("LogInteger", (low, high)) if parameter.log else Call("randint", (low, high + 1))
        )
    # SciPy's uniform takes the width, not the upper bound.
    return Call("loguniform", (low, high)) if parameter.log else Call("uniform", (low, high - low))


_MODULE = """\
{heading}
from scipy.stats import loguniform, randint, uniform

from logminer.exports.sklearn import LogInteger

# For RandomizedSearchCV(estimator, DISTRIBUTIONS, …): a branch is drawn first, then its values.
DISTRIBUTIONS = {branches}

# What is not searched: values that past runs share, for estimator.set_params(**FIXED).
FIXED = {fixed}

# Configs to try first: GridSearchCV(estimator, FIRST, …) runs just these.
FIRST = {first}
"""
