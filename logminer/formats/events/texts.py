"""Hyperparameters in the texts people log to TensorBoard: a JSON object, or a table of names and values."""

import re
from typing import Any

from logminer.formats.documents.values import flatten, load_json, parse_scalar, scalar

_SUFFIX = "/text_summary"  # SummaryWriter.add_text puts it behind the tag
_NAMES = re.compile(
    r"(^|[/_ -])(h(yper)?[-_ ]?param(eter)?s?|args?|arguments|config(uration)?|flags|params?|settings)$",
    re.IGNORECASE,
)
_HEADS = {"param", "parameter", "hyperparameter", "hparam", "key", "name", "argument"}
_RULE = re.compile(r"^[\s|:-]+$")


def tag_name(tag: str) -> str:
    """A text's tag as its writer named it."""
    return tag.removesuffix(_SUFFIX)


def params_in_text(tag: str, text: str) -> dict[str, Any]:
    """The hyperparameters a text states, empty if it is not recognised as stating any.

    A table with a heading such as ``|param|value|`` is recognised under any tag, a JSON object under a
    tag such as ``hparams``, ``args`` or ``config``.
    """
    table = _table(text)
    if table is not None:
        return table
    stripped = text.strip().removeprefix("```json").strip("`\n ")
    if not (_NAMES.search(tag_name(tag)) and stripped.startswith("{")):
        return {}
    try:
        loaded = load_json(stripped)
    except ValueError:
        return {}
    return flatten(loaded) if isinstance(loaded, dict) else {}


def _table(text: str) -> dict[str, Any] | None:
    """Rows of a Markdown table of names and values, None if it is none."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 3 or not _RULE.match(lines[1]) or "|" not in lines[1]:
        return None
    if _cells(lines[0])[0].lower() not in _HEADS:
        return None
    rows = (_cells(line) for line in lines[2:])
    return {row[0]: scalar(parse_scalar(row[1])) for row in rows if len(row) > 1 and row[0]}


def _cells(line: str) -> list[str]:
    row = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().strip("`*") for cell in row.split("|", 1)]
