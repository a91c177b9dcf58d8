"""JSON files that hold one object, and logs of one object or array a line that are read on as they grow."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from logminer.core.problem import Problem
from logminer.formats._probe import Probe
from logminer.formats.documents.values import load_json

MAX_OBJECT = 100_000_000
MAX_LINE = 100_000_000
_NAMED = 20  # damaged lines said by their place


def load_object(data: bytes | str) -> dict[str, Any]:
    """The one object a JSON text holds.

    Raises:
        ValueError: it is no JSON, or no object.
    """
    loaded = load_json(data)
    if not isinstance(loaded, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004
    return loaded


def read_object(probe: Probe) -> dict[str, Any]:
    """The one object a JSON file holds.

    Raises:
        ValueError: it is no JSON, no object, or too large to be held at once.
    """
    if probe.size > MAX_OBJECT:
        raise ValueError(f"a JSON object of more than {MAX_OBJECT // 1_000_000} MB is not read")
    return load_object(probe.read_bytes())


def records(
    path: str, problems: list[Problem], offset: int = 0, kind: type = dict
) -> Iterator[tuple[int, Any]]:
    """Each line's JSON with the byte position after it; None for a blank line or one that made a problem.

    A last line without a line feed counts once its JSON closes; until then it is being written.

    Args:
        path: the file.
        problems: where lines that are no JSON, or not of ``kind``, are said.
        offset: where to start.
        kind: what each line is to hold, ``dict`` or ``list``.

    Raises:
        ValueError: a line is too large to be held at once.
    """
    with Path(path).open("rb") as file:
        file.seek(offset)
        while line := file.readline(MAX_LINE):
            if len(line) == MAX_LINE:
                raise ValueError(f"a line of more than {MAX_LINE // 1_000_000} MB is not read")
            start, offset = offset, offset + len(line)
            loaded, what = _load(line, kind)
            if what and not line.endswith(b"\n"):
                return
            if what:
                problems.append(Problem(path, what, f"byte {start}-{offset}"))
            yield offset, loaded


def objects(
    texts: Iterable[tuple[int, bytes]], path: str, what: str
) -> tuple[list[Mapping[str, Any]], list[Problem]]:
    """JSON objects, each in a line or a part of one; damaged ones are said, the first few by their place.

    Args:
        texts: number of the line, and the text.
        path: the file.
        what: what is said of one that is damaged.
    """
    found: list[Mapping[str, Any]] = []
    damaged: list[int] = []
    for number, text in texts:
        try:
            loaded = load_json(text)
        except ValueError:
            loaded = None
        if isinstance(loaded, Mapping):
            found.append(loaded)
        else:
            damaged.append(number)
    problems = [Problem(path, what, f"line {number}") for number in damaged[:_NAMED]]
    if len(damaged) > _NAMED:
        problems.append(Problem(path, f"{what}, and {len(damaged) - _NAMED} more like it"))
    return found, problems


def _load(line: bytes, kind: type) -> tuple[Any, str]:
    """A line's JSON, or None and what is wrong with it; nothing is wrong with a blank line."""
    if not line.strip():
        return None, ""
    try:
        loaded = load_json(line)
    except ValueError as error:
        return None, str(error)
    if isinstance(loaded, kind):
        return loaded, ""
    return None, f"the line is not {'an object' if kind is dict else 'an array'} of JSON"
