"""What small event files tell without their curves: hyperparameters, and whether there are curves.

``SummaryWriter.add_hparams`` makes a child folder a call. To tell one run that logs its config again
and again from a loop over configs, the configs of the siblings have to be compared.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from logminer.core.space import config_key
from logminer.formats.events.event import read_event
from logminer.formats.events.hparams import Session
from logminer.formats.events.records import frame

_LARGEST = 1 << 16  # bytes; what add_hparams writes is far smaller


@dataclass(frozen=True)
class Glance:
    """What the first bytes of the event files in a folder tell.

    Attributes:
        configs: identities of the configs stated by HParams summaries.
        tags: tags of scalars.
        has_curves: whether a file has several points of a tag, or goes on, as after a graph.
    """

    configs: frozenset[Any]
    tags: frozenset[str]
    has_curves: bool


def glance(folder: str) -> Glance:
    """Look at the event files directly in a folder; one that cannot be read tells nothing."""
    configs, tags, has_curves = set(), set[str](), False
    for path in Path(folder).glob("*tfevents*"):
        try:
            if not path.is_file():
                continue
            params, counts = _told(path)
            has_curves |= max(counts.values(), default=0) > 1 or path.stat().st_size > _LARGEST
        except OSError:
            continue  # said when the file itself is read
        configs |= {config_key(params)} if params else set()
        tags |= counts.keys()
    return Glance(frozenset(configs), frozenset(tags), has_curves)


def configs_below(parent: str, names: Iterable[str]) -> set[Any]:
    """Identities of the different configs stated by event files in folders of ``parent``."""
    return {key for name in names for key in glance(str(Path(parent, name))).configs}


def _told(path: Path) -> tuple[dict[str, Any], Counter[str]]:
    with path.open("rb") as file:
        data = np.frombuffer(file.read(_LARGEST), np.uint8)
    session, counts = Session(), Counter[str]()
    (piece,) = frame(data, [(0, len(data))], [False])
    for start, stop in zip(piece.starts.tolist(), piece.stops.tolist(), strict=True):
        try:
            event = read_event(data[start:stop].tobytes())
            for content in event.hparams:
                session.add(content)
        except ValueError:
            continue
        counts.update(scalar.tag for scalar in event.scalars)
    return session.params, counts
