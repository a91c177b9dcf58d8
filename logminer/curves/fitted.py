"""Fit once: models are remembered by what they were fitted on, so that asking again costs nothing.

A page that looks every few seconds, or a search between two trials, asks for the model of the runs that have
ended; as long as none ends, that is the same one. A shelf keeps models from one process to the next.
"""

import hashlib
from collections import OrderedDict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.curves.tidy import REQUIRED, Modes

_KEPT = 8
GROWN = 300
"""Runs from which on trees of one's own are worth their seconds; fewer are heard as peers."""
_models: OrderedDict[bytes, CurveModel] = OrderedDict()
_lock = Lock()


class Shelf(Protocol):
    """Where models are kept as bytes, under digests of what they were fitted on."""

    def get(self, digest: str) -> bytes | None:
        """The bytes kept under a digest; None where there are none."""

    def put(self, digest: str, data: bytes) -> None:
        """Keep bytes under a digest."""


def fitted(
    curves: pd.DataFrame,
    mode: Modes = "min",
    *,
    most: int | None = None,
    seed: int = 0,
    base: CurveModel | None = None,
    shelf: Shelf | None = None,
) -> CurveModel:
    """The model of some curves, from memory where the same ones were fitted lately.

    Args:
        curves: as for ``CurveModel.fit``.
        mode: likewise.
        most: learn from that many runs at most, drawn at random; 400 take about five seconds.
        seed: seed of the model and of the draw.
        base: the model that learns further; a new one if None.
        shelf: where models of other processes are kept.

    Raises:
        UsageError: as from ``CurveModel.fit``.
    """
    if most is not None and "run" in curves:
        runs = curves["run"].drop_duplicates()
        if len(runs) > most:
            curves = curves[curves["run"].isin(runs.sample(most, random_state=seed))]
    key = _digest(curves, mode, seed)
    if base is not None:
        key += hashlib.blake2b(base.to_bytes(), digest_size=16).digest()
    with _lock:
        if key in _models:
            _models.move_to_end(key)
            return _models[key]
    model = _from(shelf, key.hex()) if shelf else None
    if model is None:
        grown = "run" in curves and curves["run"].nunique() >= GROWN
        model = (base or CurveModel(seed)).fit(curves, mode, forest=grown)
        if shelf:
            shelf.put(key.hex(), model.to_bytes())
    with _lock:
        _models[key] = model
        while len(_models) > _KEPT:
            _models.popitem(last=False)
    return model


def _from(shelf: Shelf, digest: str) -> CurveModel | None:
    kept = shelf.get(digest)
    try:
        return CurveModel.from_bytes(kept) if kept is not None else None
    except UsageError:  # damaged, or of another version: it is fitted anew
        return None


@cache
def read_model(path: str | None) -> CurveModel | None:
    """The model in a file that ``logminer mine`` wrote; None without a file.

    Raises:
        UsageError: the file cannot be read, or holds no curve model.
    """
    if path is None:
        return None
    try:
        return CurveModel.from_bytes(Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "logminer mine writes one") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}", "logminer mine writes one") from error


def _digest(curves: pd.DataFrame, mode: Modes, seed: int) -> bytes:
    """What a fit depends on: the points in their order, and one row of facts and hyperparameters a run."""
    spoken = mode if isinstance(mode, str) else sorted(map(str, mode.items()))
    found = hashlib.blake2b(repr((list(curves.columns), spoken, seed, len(curves))).encode())
    points = [name for name in REQUIRED if name in curves]
    for name in ("step", "value"):
        if name in points:
            found.update(curves[name].to_numpy(dtype=np.float64, na_value=np.nan).tobytes())
    keys = [name for name in ("task", "run") if name in points]
    if keys:
        codes, labels = pd.factorize(pd.MultiIndex.from_frame(curves[keys].astype(str)))
        found.update(codes.tobytes() + repr(labels.tolist()).encode())
        facts = curves.drop(columns=["step", "value"], errors="ignore").drop_duplicates(keys)
        found.update(facts.astype(object).to_csv(index=False).encode())
    return found.digest()
