"""What a file of mappings declares by its name (``hparams.json``, ``results.json``, ``meta.json``)."""

from pathlib import PurePath
from typing import Literal

from logminer.core.concepts import index
from logminer.core.names import words
from logminer.core.vocabulary import describe

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
