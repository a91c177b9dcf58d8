"""Telling hyperparameters, results and incidental metadata apart, by file name, key and type.

What the user chose are parameters, what training measured are metrics, the rest is metadata. The name of the
file speaks first (``hparams.json``, ``results.json``, ``meta.json``), then folders inside it
(``config.lr``, ``metrics.loss``), then the names themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Literal

from logminer.core.concepts import index
from logminer.core.names import is_incidental, is_known, words
from logminer.core.vocabulary import describe
from logminer.formats.documents.values import is_number

Kind = Literal["params", "results", "meta", "mixed"]


def file_kind(path: str) -> Kind:
    """What a file of mappings holds, by the words of its name: the last telling one counts."""
    telling, files = reversed(words(PurePath(path).name.split(".")[0])), index().files
    return next((files[word] for word in telling if word in files), "mixed")


def is_measured(name: str) -> bool:
    """Whether a name is one of a measurement: ``val/accuracy`` and ``test_loss`` are, ``loss_weight`` is not.

    Names of companions that are words of their own (``count``, ``speed``) may as well be settings.
    """
    meaning = describe(name)
    return meaning.kind == "measure" or (meaning.kind == "companion" and not meaning.known)


@dataclass
class Parts:
    """One mapping taken apart; ``results`` holds numbers only."""

    params: dict[str, Any] = field(default_factory=dict)
    results: dict[str, float] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


def take_apart(flat: Mapping[str, Any], kind: Kind) -> Parts:
    """Sort the entries of a flat mapping.

    Args:
        flat: scalars by dotted name.
        kind: what the file as a whole holds.
    """
    parts = Parts()
    for name, value in flat.items():
        place = _place(name, value, kind)
        if place == "results":
            parts.results[name] = float(value)
        else:
            (parts.params if place == "params" else parts.meta)[name] = value
    return parts


def _place(name: str, value: Any, kind: Kind) -> Kind:
    if kind in {"params", "meta"}:
        return kind
    for folder in reversed(name.split(".")[:-1]):
        told = file_kind(folder)
        if told == "results" and is_number(value):
            return "results"
        if told in {"params", "meta"}:
            return told
    if not is_number(value):
        return _unmeasured(name)
    if is_measured(name):
        return "results"
    meaning = describe(name)
    if kind == "results" and (
        meaning.kind == "time" or not (is_known(name) or is_incidental(name))
    ):
        return "results"
    return _unmeasured(name)


def _unmeasured(name: str) -> Kind:
    """A value nobody measured: a parameter, unless it only records circumstances (a seed is kept)."""
    return "meta" if is_incidental(name) and describe(name).kind != "repeat" else "params"


@lru_cache(maxsize=20_000)
def column_kind(name: str, numeric: bool) -> Kind:
    """What a column of a table of runs holds; "mixed" when the name alone does not tell."""
    groups, start = index().groups, "".join(words(name)[:1])
    if start in groups["declaring"]:
        return "params"
    if numeric and is_measured(name):
        return "results"
    if is_known(name):
        return "params"
    if is_incidental(name):
        return _unmeasured(name)
    if numeric and start in groups["measuring"] and not describe(name).kind:
        return "results"
    return "mixed" if numeric else "params"
