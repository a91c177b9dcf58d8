"""What a printed name means, as far as reading a line depends on it."""

from functools import lru_cache

from logminer.core.vocabulary import describe

_SETTINGS = frozenset({"hyperparameter", "budget", "repeat"})
_RECORDED = frozenset({"circumstance", "identity", "time"})


@lru_cache(maxsize=1 << 14)
def is_measure(name: str) -> bool:
    """Whether a name is one of a measure: ``val_loss`` and ``Pseudo dice`` are, ``loss_weight`` is not."""
    return describe(name).kind == "measure"


@lru_cache(maxsize=1 << 14)
def is_setting(name: str) -> bool:
    """Whether the vocabulary has a name as that of a setting, in any of its spellings."""
    meaning = describe(name)
    return meaning.known and (
        meaning.kind in _SETTINGS or meaning.canonical in {"dataset", "model"}
    )


@lru_cache(maxsize=1 << 14)
def is_recorded(name: str) -> bool:
    """Whether a setting only records circumstances: where, when and under which name a program ran."""
    return describe(name).kind in _RECORDED
