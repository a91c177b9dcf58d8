"""Hyperparameters of small event files, read without their curves.

``SummaryWriter.add_hparams`` makes a child folder a call. To tell one run that logs its config again
and again from a loop over configs, the configs of the siblings have to be compared.
"""

from pathlib import Path
from typing import Any

import numpy as np

from logminer.core.space import config_key
from logminer.formats._events import read_event
from logminer.formats._hparams import Session
from logminer.formats._records import frame

_LARGEST = 1 << 16  # bytes; what add_hparams writes is far smaller


def configs_below(parent: str, names: list[str]) -> set[Any]:
    """Identities of the different configs stated by event files in folders of ``parent``."""
    keys = set()
    for name in names:
        for path in Path(parent, name).glob("*tfevents*"):
            try:
                params = _params(path) if path.is_file() else {}
            except OSError:
                continue  # said when the file itself is read
            if params:
                keys.add(config_key(params))
    return keys


def _params(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = np.frombuffer(file.read(_LARGEST), np.uint8)
    session = Session()
    (piece,) = frame(data, [(0, len(data))], [False])
    for start, stop in zip(piece.starts.tolist(), piece.stops.tolist(), strict=True):
        try:
            for content in read_event(data[start:stop].tobytes()).hparams:
                session.add(content)
        except ValueError:
            continue
    return session.params
