"""What the path of a run tells: ``lr=0.1,bs=32``, ``lr__1.e-03__wd__0``, folder levels, or the user's pattern."""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from logminer.core.errors import UsageError
from logminer.core.names import is_known
from logminer.formats.documents.values import parse_scalar

_NAME = r"[A-Za-z][A-Za-z0-9_.\-]*"
_EQUALS = re.compile(rf"(?P<name>{_NAME})=(?P<value>[^=,;&]*?)(?=$|[,;& ]|[_-](?={_NAME}=))")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_GLUED = re.compile(rf"([A-Za-z]+)({_NUMBER.pattern})", re.IGNORECASE)
# Ray Tune's folders: <function>_<experiment>_<number>_<number>_lr=0.1000_<date>.
_TRIAL = re.compile(r".+?_[0-9a-f]{5,8}_\d{5}_\d+_(?=.*=)")
_DATE = re.compile(r"_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$")
_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def path_values(relative: str) -> dict[str, Any]:
    """Parameters written into the folder names of a run's path, relative to the folder ingested."""
    found: dict[str, Any] = {}
    for part in relative.split("/"):
        found.update(_part_values(part))
    return found


@lru_cache(maxsize=1 << 14)
def _part_values(part: str) -> Mapping[str, Any]:
    return _double_underscores(part) or _equals(part) or _glued(part)


def _double_underscores(part: str) -> dict[str, Any]:
    pieces = part.split("__")
    names, values = pieces[::2], pieces[1::2]
    if len(pieces) < 2 or len(pieces) % 2 or not all(re.fullmatch(_NAME, name) for name in names):
        return {}
    return {name: parse_scalar(value) for name, value in zip(names, values, strict=True)}


def _equals(part: str) -> dict[str, Any]:
    plain = _DATE.sub("", _TRIAL.sub("", part, count=1))
    return {found["name"]: parse_scalar(found["value"]) for found in _EQUALS.finditer(plain)}


def _glued(part: str) -> dict[str, Any]:
    """``lr0.01_bs32`` and ``lr_0.01_batch_size_32``: only names that are known, so that ``run_3`` stays a name."""
    found: dict[str, Any] = {}
    words: list[str] = []
    for piece in re.split(r"[_, ]+", part):
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


def path_levels(relative: str) -> dict[str, str]:
    """Folder names on the way to a run, numbered from the top: ``folder.1`` is the first."""
    parts = [part for part in relative.split("/") if part]
    return {f"folder.{i}": part for i, part in enumerate(parts, start=1)}


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern such as ``{study}/{workload}/trial_{trial}``, ready to match the end of a path.

    Raises:
        UsageError: the pattern names no field, or one twice.
    """
    names = _FIELD.findall(pattern)
    if not names:
        raise UsageError(
            f"--pattern '{pattern}' names no field",
            "write fields in braces: '{study}/trial_{trial}'",
        )
    if len(set(names)) < len(names):
        raise UsageError(
            f"--pattern '{pattern}' names a field twice", "give each field its own name"
        )
    pieces = _FIELD.split(pattern.strip("/"))
    written = "".join(
        f"(?P<{piece}>[^/]+?)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)
    )
    return re.compile(f"(?:.*/)?{written}")


def pattern_levels(relative: str, pattern: re.Pattern[str]) -> Mapping[str, Any] | None:
    """Fields of the pattern in a path, or None where it does not fit."""
    found = pattern.fullmatch(relative)
    return {name: parse_scalar(v) for name, v in found.groupdict().items()} if found else None


def relative_to(root: str, bases: Mapping[str, str]) -> tuple[str, str]:
    """The outermost ingested folder that holds ``root``, and the path from there to ``root``."""
    above = root
    base = root if root in bases else ""
    while above != (above := os.path.dirname(above)):
        if above in bases:
            base = above
    if not base:
        return os.path.dirname(root), os.path.basename(root)
    return base, os.path.relpath(root, base) if root != base else os.path.basename(root)
