"""A fitted model as bytes: a NumPy archive of plain arrays, without pickle."""

import io
import json
import zipfile
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.curves.calibration import Calibration
from logminer.curves.forest import Forest
from logminer.curves.learning import Expert, Learnt
from logminer.curves.likeness import Likeness
from logminer.curves.mixing import Evidence
from logminer.curves.peers import Peers

_VERSION = 2
_PARTS = {"forest": Forest, "calibration": Calibration, "likeness": Likeness}
_SMALL = {"known", "said", "half", "outcome", "values"}
"""Arrays that are kept in single precision or less: nothing depends on their last digits."""
_PEER_ARRAYS = ("task", "run", "config", "values", "first")
_MOST_LEVELS = 8


@dataclass(frozen=True)
class Parts:
    """What a model is made of; see ``CurveModel``."""

    seed: int
    learnt: Learnt | None
    peers: Peers | None
    ends: dict[str, float] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    known: Evidence | None = None


def pack(parts: Parts, packaged: Learnt | None) -> bytes:
    """The parts of a model as bytes; equal parts give equal bytes.

    Args:
        parts: the parts.
        packaged: experience that every installation has: it is named, not stored.
    """
    facts: dict[str, Any] = {
        "version": _VERSION, "seed": parts.seed, "ends": parts.ends, "modes": parts.modes,
    }  # fmt: skip
    arrays: dict[str, Any] = {}
    if parts.learnt:
        for who in ("alone", "beside"):
            common = getattr(packaged, who, None)
            facts[who] = _pack_expert(getattr(parts.learnt, who), common, who, arrays)
    if parts.peers:
        params = parts.peers.params
        facts["params"] = {str(n): [_plain(v) for v in params[n]] for n in params}
        arrays |= {f"peers.{name}": getattr(parts.peers, name) for name in _PEER_ARRAYS}
    if parts.known:
        arrays |= {f"known.{f.name}": getattr(parts.known, f.name) for f in fields(Evidence)}
    arrays = {name: _smaller(name, value) for name, value in arrays.items()}
    arrays["facts"] = np.array(json.dumps(facts, sort_keys=True))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _pack_expert(
    expert: Expert, packaged: Expert | None, name: str, arrays: dict[str, Any]
) -> list[Any]:
    """Put an expert's arrays among the others; what else is to know, a level of experience after the other."""
    levels: list[Any] = []
    at: Expert | None = expert
    while at is not None and at is not packaged:
        for part in _PARTS:
            thing = getattr(at, part)
            for each in fields(thing):
                arrays[f"{name}.{len(levels)}.{part}.{each.name}"] = np.asarray(
                    getattr(thing, each.name)
                )
        levels.append(at.weight)
        at = at.base
    return [levels, at is not None]


def unpack(data: bytes, packaged: Learnt | None) -> Parts:
    """The parts of a model from its bytes.

    Raises:
        UsageError: the bytes are not a model, or one of another version.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(str(arrays["facts"]))
        if facts["version"] != _VERSION:
            raise UsageError(f"curve model of version {facts['version']}", "mine again")
        return Parts(
            facts["seed"],
            _learnt(facts, arrays, packaged),
            _peers(facts, arrays),
            facts["ends"],
            facts["modes"],
            _evidence(arrays),
        )
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"not a curve model: {error}", "mine again") from error


def _learnt(
    facts: dict[str, Any], arrays: dict[str, Any], packaged: Learnt | None
) -> Learnt | None:
    if "alone" not in facts:
        return None
    experts = [
        _expert(facts[who], who, arrays, getattr(packaged, who, None))
        for who in ("alone", "beside")
    ]
    return Learnt(*experts)


def _expert(facts: Any, name: str, arrays: dict[str, Any], packaged: Expert | None) -> Expert:
    levels, common = facts
    if common and packaged is None:
        raise ValueError("it was added to experience that is not here")
    expert = packaged if common else None
    for k in reversed(range(min(len(levels), _MOST_LEVELS))):
        forest, calibration, likeness = (
            _part(cls, f"{name}.{k}.{part}.", arrays) for part, cls in _PARTS.items()
        )
        expert = Expert(forest, calibration, likeness, float(levels[k]), expert)
    if expert is None:
        raise ValueError("it holds no forest")
    return expert


def _part(cls: Any, prefix: str, arrays: dict[str, Any]) -> Any:
    values = [arrays[prefix + each.name] for each in fields(cls)]
    return cls(*(v if v.ndim else v.item() for v in values))


def _peers(facts: dict[str, Any], arrays: dict[str, Any]) -> Peers | None:
    if "params" not in facts:
        return None
    columns = {name: pd.Series(v, dtype=object) for name, v in facts["params"].items()}
    known = {name: arrays[f"peers.{name}"] for name in _PEER_ARRAYS}
    known["values"] = known["values"].astype(np.float64)
    return Peers(**known, params=pd.DataFrame(columns, index=range(len(known["run"]))))


def _evidence(arrays: dict[str, Any]) -> Evidence | None:
    names = [each.name for each in fields(Evidence)]
    if f"known.{names[0]}" not in arrays:
        return None
    parts = [arrays[f"known.{name}"] for name in names]
    return Evidence(*(p.astype(np.float64) if p.dtype.kind == "f" else p for p in parts))


def _smaller(name: str, value: Any) -> Any:
    kept = np.asarray(value)
    if name.rsplit(".", 1)[-1] in _SMALL and kept.dtype.kind == "f":
        return kept.astype(np.float16 if "likeness" in name else np.float32)
    return kept


def _plain(value: Any) -> Any:
    """A hyperparameter as JSON has it; anything odd as its text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)
