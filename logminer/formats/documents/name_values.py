"""Hyperparameters written into a name: ``lr=0.1,bs=32``, ``lr__1.e-03__wd__0``, ``lr0.01_bs32``."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from logminer.core.names import is_known
from logminer.formats.documents.values import parse_scalar

_NAME = r"[A-Za-z][A-Za-z0-9_.\-]*"
_EQUALS = re.compile(rf"(?P<name>{_NAME})=(?P<value>[^=,;&]*?)(?=$|[,;& ]|[_-](?={_NAME}=))")
# "LR: 0.001, Dropout: 0.5", as f-strings write it; a lone colon may be that of a title or a time.
_COLON = re.compile(r"(?P<name>[A-Za-z][\w .\-]{0,60}?) ?: ?(?P<value>[^,;:|]{1,60})")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_GLUED = re.compile(rf"([A-Za-z]+)({_NUMBER.pattern})", re.IGNORECASE)
# Ray Tune's folders: <function>_<experiment>_<number>_<number>_lr=0.1000_<date>.
_TRIAL = re.compile(r".+?_[0-9a-f]{5,8}_\d{5}_\d+_(?=.*=)")
_PIECES = re.compile(r"[_, ]+|-(?=[A-Za-z])")  # a minus before a digit belongs to a number
_DATE = re.compile(r"_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$")


@lru_cache(maxsize=1 << 14)
def name_values(name: str) -> Mapping[str, Any]:
    """Values that a name of a folder, a file or a run tells, by their names; empty when it tells none."""
    return _double_underscores(name) or _equals(name) or _colons(name) or _glued(name)


def _double_underscores(part: str) -> dict[str, Any]:
    pieces = part.split("__")
    names, values = pieces[::2], pieces[1::2]
    if len(pieces) < 2 or len(pieces) % 2 or not all(re.fullmatch(_NAME, name) for name in names):
        return {}
    return {name: parse_scalar(value) for name, value in zip(names, values, strict=True)}


def _equals(part: str) -> dict[str, Any]:
    plain = _DATE.sub("", _TRIAL.sub("", part, count=1))
    return {found["name"]: parse_scalar(found["value"]) for found in _EQUALS.finditer(plain)}


def _colons(part: str) -> dict[str, Any]:
    """Pairs with colons that make up the whole name, the first of them known."""
    pieces = [_COLON.fullmatch(piece.strip()) for piece in re.split(r"[,;|]", part)]
    pairs = [(piece["name"], piece["value"].strip()) for piece in pieces if piece]
    if len(pairs) < len(pieces) or not any(is_known(name) for name, _ in pairs):
        return {}
    return {name: parse_scalar(value) for name, value in pairs}


def _glued(part: str) -> dict[str, Any]:
    """``lr0.01_bs32`` and ``lr_0.01_batch_size_32``: only names that are known, so that ``run_3`` stays a name."""
    found: dict[str, Any] = {}
    words: list[str] = []
    for piece in _PIECES.split(part):
        name, value = ["_".join(words[-n:]) for n in (3, 2, 1) if len(words) >= n], piece
        if (glued := _GLUED.fullmatch(piece)) and not is_known(piece):
            name, value = (
                [*("_".join([*words[-n:], glued[1]]) for n in (2, 1) if len(words) >= n), glued[1]],
                glued[2],
            )
        known = next((n for n in name if is_known(n)), None)
        if known and _NUMBER.fullmatch(value):
            found[known] = parse_scalar(value)
            words = []
        else:
            words.append(piece)
    return found
