"""A fitted model as bytes: a NumPy archive of plain arrays, without pickle."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.curves.calibration import Calibration
from logminer.curves.forest import Forest
from logminer.curves.learning import Expert, Learnt
from logminer.curves.likeness import Likeness
from logminer.curves.peers import Peers

_VERSION = 1
_PARTS = {"forest": Forest, "calibration": Calibration, "likeness": Likeness}
_PEER_ARRAYS = ("task", "run", "config", "values", "first")

Parts = tuple[int, Learnt | None, Peers | None, dict[str, float], dict[str, str]]


def pack(
    seed: int, learnt: Learnt | None, peers: Peers | None, ends: dict[str, float], modes: dict[str, str]
) -> bytes:  # fmt: skip
    """The parts of a model as bytes; equal parts give equal bytes."""
    facts: dict[str, Any] = {"version": _VERSION, "seed": seed, "ends": ends, "modes": modes}
    arrays: dict[str, Any] = {}
    if learnt:
        facts["trust"] = learnt.trust
        for who in ("alone", "beside"):
            for part in _PARTS:
                thing = getattr(getattr(learnt, who), part)
                for name in thing.__dataclass_fields__:
                    arrays[f"{who}.{part}.{name}"] = np.asarray(getattr(thing, name))
    if peers:
        facts["params"] = {str(n): [_plain(v) for v in peers.params[n]] for n in peers.params}
        arrays |= {f"peers.{name}": getattr(peers, name) for name in _PEER_ARRAYS}
        arrays["peers.values"] = peers.values.astype(np.float32)
    arrays["facts"] = np.array(json.dumps(facts, sort_keys=True))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpack(data: bytes) -> Parts:
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
        return (
            facts["seed"],
            _learnt(facts, arrays),
            _peers(facts, arrays),
            facts["ends"],
            facts["modes"],
        )
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"not a curve model: {error}", "mine again") from error


def _learnt(facts: dict[str, Any], arrays: dict[str, Any]) -> Learnt | None:
    if "trust" not in facts:
        return None
    experts = [
        Expert(*(_part(cls, f"{who}.{part}.", arrays) for part, cls in _PARTS.items()))
        for who in ("alone", "beside")
    ]
    return Learnt(experts[0], experts[1], facts["trust"])


def _part(cls: Any, prefix: str, arrays: dict[str, Any]) -> Any:
    values = [arrays[prefix + name] for name in cls.__dataclass_fields__]
    return cls(*(v if v.ndim else v.item() for v in values))


def _peers(facts: dict[str, Any], arrays: dict[str, Any]) -> Peers | None:
    if "params" not in facts:
        return None
    columns = {name: pd.Series(v, dtype=object) for name, v in facts["params"].items()}
    known = [arrays[f"peers.{name}"] for name in _PEER_ARRAYS]
    known[_PEER_ARRAYS.index("values")] = known[_PEER_ARRAYS.index("values")].astype(np.float64)
    task, run, config, values, first = known
    return Peers(task, run, config, values, first, pd.DataFrame(columns, index=range(len(run))))


def _plain(value: Any) -> Any:
    """A hyperparameter as JSON has it; anything odd as its text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)
