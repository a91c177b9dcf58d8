"""TOML of bounded cost: what a stranger's file may ask of the parser."""

import re
import tomllib
from typing import Any

MAX_BYTES = 4_000_000
MAX_PARTS = 60  # of a dotted key: the parser takes time and memory by their square
MAX_DEPTH = 100  # brackets within brackets
_QUOTED = re.compile(r"""\"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_KEYS = re.compile(r"[^={},\[\]#]+(?=[=\]])")


def refuse_costly(text: str) -> None:
    """Refuse a text that would take the parser more than its length lets expect.

    Raises:
        ValueError: it is too large, too deep, or has a key of too many parts; the message is one line.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"TOML of more than {MAX_BYTES // 1_000_000} MB is not read")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") >= MAX_PARTS and _most_parts(line) > MAX_PARTS:
            raise ValueError(f"line {number} has a key of more than {MAX_PARTS} parts")
    if text.count("[") + text.count("{") > MAX_DEPTH and _deepest(text) > MAX_DEPTH:
        raise ValueError(f"TOML nested more than {MAX_DEPTH} deep")


def load_toml(text: str) -> dict[str, Any]:
    """What a TOML text says.

    Raises:
        ValueError: not TOML, or too costly; the message is one line.
    """
    refuse_costly(text)
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"not TOML: {str(error) or 'nested too deeply'}") from None


def _most_parts(line: str) -> int:
    """Parts of the longest key of a line; what stands in quotes counts once."""
    return max((key.count(".") + 1 for key in _KEYS.findall(_QUOTED.sub("q", line))), default=0)


def _deepest(text: str) -> int:
    """How deep the brackets of a text are nested, those in quotes left out."""
    depth = deepest = 0
    for mark in re.finditer(r"[\[\]{}]", _QUOTED.sub("", text)):
        depth += 1 if mark[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
