"""What hyperparameters are called: one canonical name for the many that frameworks write.

``lr``, ``optimizer.lr``, ``base_lr`` and ``eta`` are all ``learning_rate``; ``wd`` and ``l2`` are
``weight_decay``. Logs, search spaces and published priors meet in these names. The words themselves stand in the
vocabulary; the aliases of a user always win over it.
"""

import re
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping
from typing import Literal, cast, get_args

from logminer.core.concepts import index, optimizers
from logminer.core.spelling import key, segments, words
from logminer.core.vocabulary import canonical_path, describe, path_of

__all__ = [
    "Unit", "canonical", "canonical_names", "is_incidental", "is_known", "optimizer_family", "unit", "words",
]  # fmt: skip

Unit = Literal["", "device", "total", "per 256", "tokens"]
_INCIDENTAL = frozenset(["repeat", "time", "identity", "circumstance"])


def canonical(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """The name under which a hyperparameter is compared across logs, spaces and priors.

    Neutral folders are dropped (``config.optimizer.lr`` is ``learning_rate``), telling ones kept
    (``discriminator.lr`` is ``discriminator.learning_rate``). A name that is not known comes back as it is,
    without its neutral folders.

    Args:
        name: as written in a log, a search space or a prior.
        aliases: the user's own table, written name to canonical name; it wins.
    """
    if not aliases:
        return describe(name).canonical
    own = {key(written): meant for written, meant in aliases.items()}
    return canonical_path(path_of(name), ChainMap(own, index().canonical))


def canonical_names(
    names: Iterable[str], aliases: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Canonical name of each of several names that stand side by side; no two share one.

    When two would (``lr`` and ``base_lr`` in one log), one that is already canonical keeps the name and the
    others stay as written; when none is, all stay as written, since which one is meant is not known.
    """
    written = list(dict.fromkeys(names))
    ends = {key(segments(name)[-1]) for name in written}
    for dialect in index().dialects:
        if dialect.signs <= ends:
            aliases = {**dict(dialect.names), **(aliases or {})}
    meant = {name: canonical(name, aliases) for name in written}
    taken = Counter(meant.values())
    return {name: new if taken[new] == 1 or name == new else name for name, new in meant.items()}


def is_known(name: str) -> bool:
    """Whether a hyperparameter of this name is known, in any of its spellings."""
    meaning = describe(name)
    chosen = meaning.kind in {"hyperparameter", "budget"} or meaning.canonical == "dataset"
    return chosen and meaning.canonical in index().concepts and len(key(name)) > 1


def unit(name: str) -> Unit:
    """What a batch size or learning rate counts, as far as its written name tells.

    ``per_device_train_batch_size`` is per ``"device"``, ``global_batch_size`` is the ``"total"``,
    ``blr`` is a learning rate ``"per 256"`` examples; empty when the name does not tell.
    """
    meaning = describe(name)
    counts = meaning.kind == "hyperparameter" and meaning.unit in get_args(Unit)
    return cast("Unit", meaning.unit) if counts else ""


def optimizer_family(value: str) -> str:
    """The optimizer a written value means (``"torch.optim.AdamW"`` and ``"paged_adamw_8bit"`` are ``"adamw"``).

    Empty for what is no optimizer known here. Nesterov momentum is SGD's.
    """
    families, dress = optimizers()
    return families.get(re.sub(dress, "", key(value)), "")


def is_incidental(name: str) -> str:
    """Why a recorded value is no hyperparameter (a seed, a path, a host, ...); empty when it may be one.

    Whole words decide: ``log_dir`` is a place, ``log_std_init`` and ``drop_path`` are hyperparameters.
    """
    meaning = describe(name)
    return meaning.reason if meaning.kind in _INCIDENTAL else ""
