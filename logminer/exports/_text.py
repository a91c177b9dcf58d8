"""Texts of other tools' languages, made so that nothing out of a log can become code."""

import math
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Space
from logminer.exports._context import ExportContext, settled

_MOST_LISTED = 32  # steps that are written one by one


def literal(value: Any) -> str:
    """A Python literal in ASCII for plain data, numbers that are not finite included."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {literal(item)}" for k, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return ascii(value.item() if hasattr(value, "item") else value)


def listed(items: Iterable[str], opening: str = "[", closing: str = "]") -> str:
    """A Python list of which each item has its own line."""
    inside = "".join(f"    {item},\n" for item in items)
    return f"{opening}\n{inside}{closing}" if inside else opening + closing


@dataclass(frozen=True)
class Call:
    """A call that can be written down or made: ``loguniform(1e-05, 0.1)``.

    Attributes:
        function: name of the function or class in its module.
        arguments: by position, plain data.
        keywords: by name, plain data.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        named = [f"{name}={literal(value)}" for name, value in self.keywords.items()]
        return f"{self.function}({', '.join([*map(literal, self.arguments), *named])})"

    def on(self, module: ModuleType) -> Any:
        """Make the call on the module that has the function."""
        return getattr(module, self.function)(*self.arguments, **self.keywords)


def domains(space: Space, domain: Callable[[Parameter], Any]) -> dict[str, Any]:
    """Each parameter in a tool's terms; one whose bounds leave a single value as a choice of that."""
    return {name: domain(settled(p)) for name, p in space.parameters.items()}


def made(domain: Any, module: ModuleType) -> Any:
    """A call made on its module, anything else as it is."""
    return domain.on(module) if isinstance(domain, Call) else domain


def assignments(values: Mapping[str, Any]) -> str:
    """A Python dict of names to calls or plain data, one a line."""
    return listed((f"{literal(name)}: {code(value)}" for name, value in values.items()), "{", "}")


def code(value: Any) -> str:
    """A call as it is written, anything else as a literal."""
    return str(value) if isinstance(value, Call) else literal(value)


def clean(text: str) -> str:
    """One printable line: line breaks, control and direction characters as escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def comments(lines: Iterable[str]) -> str:
    """Lines as ``#`` comments, each of which ends where it seems to end."""
    return "".join(f"# {clean(line)}\n" for line in lines)


def heading(context: ExportContext, limits: Iterable[str]) -> list[str]:
    """What a file says about itself: what it is for, what it rests on, what could not be said in it."""
    if context.opposed:  # a file that says no direction serves all the same
        lines = [f"Written by logminer for {context.task}: {context.opposed}."]
    else:
        lines = [f"Written by logminer for {context.task}: {context.mode}imise {context.metric}."]
    if context.objective is None:
        lines.append("No one objective is known: set its name and direction yourself.")
    lines += context.notes
    return lines + [f"Note: {limit}" for limit in limits]


def conditions(space: Space, instead: str) -> list[str]:
    """A sentence for each conditional parameter, for tools without conditions."""
    return [
        f"'{name}' counts only when {_when(parameter.when)}; {instead}"
        for name, parameter in space.parameters.items()
        if parameter.when
    ]


def in_lists(space: Space, has_steps: Callable[[Float | Integer], bool] = lambda _: False) -> Space:
    """The space for a tool without steps: numbers that come in a few are ordered choices, others any number.

    Args:
        space: the search space.
        has_steps: whether the tool can say the steps of a number all the same.
    """
    return space.with_parameters(
        {
            name: _listed(parameter)
            for name, parameter in space.parameters.items()
            if isinstance(parameter, Float | Integer)
            and parameter.is_stepped
            and not has_steps(parameter)
        }
    )


def _listed(parameter: Float | Integer) -> Parameter:
    if parameter.count <= _MOST_LISTED:
        return Categorical(tuple(parameter.values()), ordered=True, when=parameter.when)
    if isinstance(parameter, Integer):
        return replace(parameter, step=1, factor=None)
    return replace(parameter, step=None, factor=None)


def multiples(parameter: Float | Integer) -> bool:
    """Whether the values are multiples of a step, on a linear or a log scale: what others call quantised."""
    if parameter.factor is not None or parameter.step is None or parameter.one_minus:
        return False
    places = parameter.low / parameter.step
    return math.isclose(places, round(places), abs_tol=1e-9)


def steps(space: Space, written: Space) -> list[str]:
    """A sentence for each number whose steps are lost.

    Args:
        space: the search space.
        written: as a tool has it.
    """
    return [
        f"'{name}' comes {spacing(p)}, {p.count:,} values; any number between them is drawn: round it"
        for name, p in space.parameters.items()
        if isinstance(p, Float | Integer) and p.is_stepped
        and isinstance(other := written.parameters[name], Float | Integer) and not other.is_stepped
    ]  # fmt: skip


def spacing(parameter: Float | Integer) -> str:
    """How the values of a number in steps are spaced, in a few words."""
    if parameter.factor is not None:
        return f"by factors of {parameter.factor:g}"
    return f"in steps of {parameter.step:g}"


def beyond_ranges(space: Space) -> list[str]:
    """What tools cannot be told, conditions apart, that know ranges and choices and no more."""
    return forbidden(space) + scales(space) + orders(space)


def forbidden(space: Space) -> list[str]:
    """A sentence for each forbidden combination, for tools that cannot rule one out."""
    return [f"skip configs with {_is(clause)}: not allowed" for clause in space.forbidden]


def scales(space: Space) -> list[str]:
    """A sentence for each parameter whose scale other tools do not have."""
    return [
        f"'{name}' is searched evenly here, not by the logarithm of its distance to 1"
        for name, parameter in space.parameters.items()
        if isinstance(parameter, Float) and parameter.one_minus
    ]


def orders(space: Space) -> list[str]:
    """A sentence for each ordered choice, for tools that know only unordered ones."""
    return [
        f"the order of the choices of '{name}' is lost"
        for name, parameter in space.parameters.items()
        if isinstance(parameter, Categorical) and parameter.ordered
    ]


def _when(when: Mapping[str, tuple[Any, ...]]) -> str:
    return " and ".join(f"'{p}' is {' or '.join(map(str, vs))}" for p, vs in when.items())


def _is(clause: Mapping[str, Any]) -> str:
    return " and ".join(f"'{name}' = {value}" for name, value in clause.items())


def argv(config: Mapping[str, Any]) -> str:
    """A config as the flags of a command line, each quoted for a shell."""
    return " ".join(shlex.quote(f"--{name}={_shown(value)}") for name, value in config.items())


def scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    """What can be written as a flag: no lists."""
    return {n: v for n, v in values.items() if isinstance(v, int | float | str)}


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)
