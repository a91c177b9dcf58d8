"""Spaces in several parts: scikit-learn's list of dicts, and a ConfigSpace object with conditions.

A list of dicts means "one of these". One hyperparameter whose choices differ from part to part tells the parts
apart; what only some parts have then exists under its choices of those parts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logminer.core.errors import SpaceError
from logminer.core.space_objects import described

Spec = dict[str, Any]


def space_of_cases(cases: Sequence[Mapping[str, Any]]) -> Spec:
    """One description for a list of alternatives, as ``RandomizedSearchCV`` takes them.

    Args:
        cases: descriptions of spaces, each by name.

    Raises:
        SpaceError: no hyperparameter tells the alternatives apart, or one has two descriptions that do not join.
    """
    if len(cases) == 1:
        return dict(cases[0])
    parent, choices = _selector(cases)
    named: Spec = {parent: [choice for of_case in choices for choice in of_case]}
    for name in dict.fromkeys(name for case in cases for name in case):
        if name != parent:
            named[name] = _joined(name, parent, choices, cases)
    forbidden = list(_impossible(parent, choices, cases))
    return {"parameters": named, "forbidden": forbidden} if forbidden else named


def _selector(cases: Sequence[Mapping[str, Any]]) -> tuple[str, list[list[Any]]]:
    """The hyperparameter that every case has, with choices that no other case has, and those by case."""
    for name in cases[0]:
        if all(name in case for case in cases):
            choices = [_choices(case[name]) for case in cases]
            flat = [repr(choice) for of_case in choices if of_case for choice in of_case]
            if all(choices) and len(set(flat)) == len(flat):
                return name, [of_case or [] for of_case in choices]
    raise SpaceError(
        f"nothing tells the {len(cases)} spaces of the list apart",
        hint="give each of them one hyperparameter, such as the kernel, with choices of its own",
    )


def _choices(spec: Any) -> list[Any] | None:
    """Choices of a description; None where it is a range of numbers."""
    plain = described(spec)
    if isinstance(plain, Mapping):
        return list(plain["choices"]) if "choices" in plain else None
    return list(plain) if isinstance(plain, list) else [plain]


def _joined(
    name: str, parent: str, choices: Sequence[list[Any]], cases: Sequence[Mapping[str, Any]]
) -> Spec:
    """One description of what several cases have, under the selector's choices of those cases."""
    having = [k for k, case in enumerate(cases) if name in case]
    specs = [described(cases[k][name]) for k in having]
    listed = [_choices(spec) for spec in specs]
    if all(repr(spec) == repr(specs[0]) for spec in specs) and isinstance(specs[0], Mapping):
        joined = dict(specs[0])
    elif all(listed):
        union = {repr(choice): choice for of_case in listed for choice in of_case or ()}
        joined = {"choices": list(union.values())}
    else:
        raise SpaceError(f"parameter '{name}': two spaces of the list give it different ranges")
    if len(having) < len(cases):
        joined["when"] = {parent: [choice for k in having for choice in choices[k]]}
    return joined


def _impossible(
    parent: str, choices: Sequence[list[Any]], cases: Sequence[Mapping[str, Any]]
) -> Iterator[Spec]:
    """Combinations that no case has, although the choices of its hyperparameters were joined."""
    for name in dict.fromkeys(name for case in cases for name in case if name != parent):
        listed = {k: _choices(case[name]) for k, case in enumerate(cases) if name in case}
        union = {repr(c): c for of_case in listed.values() for c in of_case or ()}
        for k, of_case in listed.items():
            here = {repr(choice) for choice in of_case or ()}
            missing = [value for key, value in union.items() if here and key not in here]
            yield from ({parent: c, name: value} for c in choices[k] for value in missing)


def is_configspace(spec: Any) -> bool:
    """Whether an object is a space of ConfigSpace."""
    return type(spec).__module__.startswith("ConfigSpace") and hasattr(spec, "conditions")


def space_of_configspace(spec: Any) -> Spec:
    """The description of a ConfigSpace object: its hyperparameters, conditions and forbidden combinations.

    Raises:
        SpaceError: it holds a hyperparameter, condition or clause that no space here can express.
    """
    named: Spec = {}
    for hyperparameter in dict(spec).values():
        plain = described(hyperparameter)
        named[hyperparameter.name] = dict(plain)
    for condition in spec.conditions:
        for child, parent, values in _conditions(condition):
            named[child].setdefault("when", {})[parent] = values
    return {
        "parameters": named,
        "forbidden": [_clause(clause) for clause in spec.forbidden_clauses],
    }


def _conditions(condition: Any) -> Iterator[tuple[str, str, list[Any]]]:
    kind = type(condition).__name__
    if kind == "AndConjunction":
        for part in condition.components:
            yield from _conditions(part)
    elif kind in ("EqualsCondition", "InCondition"):
        values = list(condition.values) if kind == "InCondition" else [condition.value]
        yield condition.child.name, condition.parent.name, values
    else:
        raise SpaceError(f"ConfigSpace's {kind} is not understood: {condition}")


def _clause(clause: Any) -> Spec:
    kind = type(clause).__name__
    if kind == "ForbiddenAndConjunction":
        return {name: value for part in clause.components for name, value in _clause(part).items()}
    if kind == "ForbiddenEqualsClause":
        return {clause.hyperparameter.name: clause.value}
    raise SpaceError(f"ConfigSpace's {kind} is not understood: {clause}")
