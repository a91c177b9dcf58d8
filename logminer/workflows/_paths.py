"""What the path of a run tells: ``lr=0.1,bs=32``, ``lr__1.e-03__wd__0``, folder levels, or the user's pattern."""

import os
import re
from collections.abc import Mapping
from typing import Any

from logminer.core.errors import UsageError
from logminer.formats.documents.name_values import name_values
from logminer.formats.documents.values import parse_scalar

_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def path_values(relative: str) -> dict[str, Any]:
    """Parameters written into the folder names of a run's path, relative to the folder ingested."""
    found: dict[str, Any] = {}
    for part in relative.split("/"):
        found.update(name_values(part))
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
