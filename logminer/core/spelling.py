"""How names are written: folders, words, and what is left without case and separators."""

import re
import unicodedata
from functools import lru_cache

# A dot between digits (mAP@0.5) or before a blank (Val. Loss) parts no folders.
_SEGMENTS = re.compile(r"/|::|__|(?<=[a-zA-Z]):(?=[a-zA-Z])|\.(?<=[\w\])]\.)(?=\S)(?!(?<=\d\.)\d)")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+|[^\W\d_a-zA-Z]+")
_SEPARATORS = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """A name without accents and typographic forms: ``pérdida`` is ``perdida``, ``R²`` is ``R2``."""
    if name.isascii():
        return name
    apart = unicodedata.normalize("NFKD", name)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def segments(name: str) -> list[str]:
    """The folders of a dotted or slashed name and what it ends in; never empty."""
    return [part for part in _SEGMENTS.split(name) if part] or [name]


@lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, split at punctuation and at capital letters."""
    return tuple(word.lower() for word in _WORDS.findall(plain(name)))


def key(name: str) -> str:
    """A name without case and separators, as spellings are compared."""
    return _SEPARATORS.sub("", plain(name).lower())
