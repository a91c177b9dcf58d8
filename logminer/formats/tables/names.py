"""What names of columns tell, as the shape of a table asks for it."""

from logminer.core.vocabulary import describe

_SETTINGS = frozenset(("hyperparameter", "context", "budget", "repeat"))


def is_measured(name: str) -> bool:
    """Whether a name is that of a measure: ``val/accuracy`` is, ``loss_weight`` is not."""
    return describe(name).kind == "measure"


def is_result(name: str) -> bool:
    """Whether a name is that of a measure or of what stands beside one: a deviation, a count, a rate."""
    return describe(name).kind in {"measure", "companion"}


def is_setting(name: str) -> bool:
    """Whether a name is that of something chosen or given: a hyperparameter, a data set, a budget, a seed."""
    return describe(name).kind in _SETTINGS


def is_known_setting(name: str) -> bool:
    """Whether the vocabulary holds the whole name, as one of a setting."""
    meaning = describe(name)
    return meaning.known and meaning.kind in _SETTINGS
