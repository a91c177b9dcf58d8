"""Which published configs to look at first: much that speaks for them, typical values, many origins."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logminer.core.published import PublishedConfig
from logminer.core.space import config_key
from logminer.published.summarise import Record, balanced


def ranked(
    records: Sequence[Record],
    names: Sequence[str],
    conditioned_on: Sequence[str],
    typical: NDArray[np.float64],
    most: int,
) -> tuple[PublishedConfig, ...]:
    """The distinct configs with the most to say for them, at most ``most``, in an order that takes turns.

    Configs that agree in ``names`` and in what they were conditioned on are one, and their weights add up.
    Sources and contexts take turns, so that the first few configs are of as many origins as possible; within
    a turn the heavier goes first.

    Args:
        records: distinct records.
        names: hyperparameters to keep of each config.
        conditioned_on: context names that keep configs apart.
        typical: shape (n,), positive; how typical each record's values are, e.g. its density under the prior.
        most: number of configs to keep.
    """
    weights = balanced(records) * typical
    joined: dict[object, list[tuple[Record, float]]] = defaultdict(list)
    for record, weight in zip(records, weights, strict=True):
        core = {name: value for name, value in record.config.items() if name in names}
        if len(core) >= 2:
            joined[config_key(core), _shared_context(record, conditioned_on)].append(
                (record, float(weight))
            )
    entries = sorted(joined.values(), key=lambda rows: (-sum(w for _, w in rows), rows[0][0].ref))
    turns: dict[object, int] = defaultdict(int)
    order = []
    for rows in entries:
        lead = max(rows, key=lambda row: row[1])[0]
        turn = (lead.source, _shared_context(lead, conditioned_on))
        order.append((turns[turn], rows))
        turns[turn] += 1
    order.sort(key=lambda item: item[0])
    kept = [rows for _, rows in order[:most]]
    total = sum(w for rows in kept for _, w in rows) or 1.0
    return tuple(_published(rows, names, total) for rows in kept)


def _shared_context(record: Record, conditioned_on: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(record.context.get(name) for name in conditioned_on)


def _published(
    rows: Sequence[tuple[Record, float]], names: Sequence[str], total: float
) -> PublishedConfig:
    first = max(rows, key=lambda row: row[1])[0]
    refs = tuple(dict.fromkeys(record.ref for record, _ in rows if record.ref))[:5]
    core = {name: value for name, value in first.config.items() if name in names}
    weight = round(sum(w for _, w in rows) / total, 6)
    return PublishedConfig(core, weight, first.context, refs, sum(r.used for r, _ in rows))
