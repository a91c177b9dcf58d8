"""ConfigSpace's JSON (format versions 0.1 to 0.4): domains with their conditions."""

from collections.abc import Iterator, Mapping
from typing import Any

from logminer.formats.documents.values import MAX_DEPTH
from logminer.formats.trackers.spaces import (
    Spec,
    choice_spec,
    condition,
    float_spec,
    integer_spec,
    join_conditions,
)


def config_space(loaded: Mapping[str, Any]) -> dict[str, Spec]:
    """Domains by name; of conditions that other than equality and membership make, none is kept."""
    entries = loaded.get("hyperparameters")
    domains: dict[str, Spec] = {}
    for entry in entries if isinstance(entries, list) else ():
        spec = _domain(entry) if isinstance(entry, Mapping) else None
        if spec and isinstance(entry.get("name"), str):
            domains[entry["name"]] = spec
    whens: dict[str, dict[str, list[Any]]] = {}
    for child, parent, values in _conditions(loaded.get("conditions"), domains, 0):
        whens.setdefault(child, {})[parent] = values
    return {
        name: join_conditions(None, spec, condition(whens.get(name, {})))
        for name, spec in domains.items()
    }


def _domain(entry: Mapping[str, Any]) -> Spec | None:
    kind = str(entry.get("type"))
    if kind == "categorical":
        return choice_spec(entry.get("choices", entry.get("items")))
    if kind == "ordinal":
        return choice_spec(entry.get("sequence"), ordered=True)
    if kind in {"constant", "unparametrized"}:
        return choice_spec([entry.get("value")])
    make = integer_spec if kind.endswith("int") else float_spec if kind.endswith("float") else None
    if make is None:
        return None
    low, high = entry.get("lower"), entry.get("upper")
    return make(low, high, log=entry.get("log") is True, step=entry.get("q"))


def _conditions(
    entries: Any, domains: Mapping[str, Spec], depth: int
) -> Iterator[tuple[str, str, list[Any]]]:
    for entry in entries if isinstance(entries, list) and depth < MAX_DEPTH else ():
        if not isinstance(entry, Mapping):
            continue
        kind, child, parent = entry.get("type"), entry.get("child"), entry.get("parent")
        if kind == "AND":
            yield from _conditions(entry.get("conditions"), domains, depth + 1)
        elif not (isinstance(child, str) and isinstance(parent, str)):
            continue
        elif kind == "EQ":
            yield child, parent, [entry.get("value")]
        elif kind == "IN" and isinstance(entry.get("values"), list):
            yield child, parent, entry["values"]
        elif kind == "NEQ":
            choices = domains.get(parent, {}).get("choices", [])
            if others := [choice for choice in choices if choice != entry.get("value")]:
                yield child, parent, others
