"""JSON files that hold one object, and logs of one object or array a line that are read on as they grow."""

from collections.abc import Iterator
from typing import Any

from logminer.core.problem import Problem
from logminer.formats._values import load_json


def load_object(data: bytes | str) -> dict[str, Any]:
    """The one object a JSON text holds.

    Raises:
        ValueError: it is no JSON, or no object.
    """
    loaded = load_json(data)
    if not isinstance(loaded, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004
    return loaded


def whole_lines(data: bytes) -> bytes:
    """The lines that were written to their end; a last one without a line feed counts once its JSON closes."""
    end = data.rfind(b"\n") + 1
    try:
        load_json(data[end:])
    except ValueError:
        return data[:end]
    return data


def records(
    lines: bytes, path: str, problems: list[Problem], offset: int = 0, kind: type = dict
) -> Iterator[tuple[int, Any]]:
    """The JSON of each line with its byte position; what is none, or not of ``kind``, becomes a problem.

    Args:
        lines: whole lines.
        path: file named in the problems.
        problems: where they are added.
        offset: position of ``lines`` in the file.
        kind: what each line is to hold, ``dict`` or ``list``.
    """
    noun = "an object" if kind is dict else "an array"
    for line in lines.splitlines(keepends=True):
        start, offset = offset, offset + len(line)
        if not line.strip():
            continue
        try:
            loaded = load_json(line)
        except ValueError as error:
            problems.append(Problem(path, str(error), f"byte {start}-{offset}"))
            continue
        if isinstance(loaded, kind):
            yield start, loaded
        else:
            problems.append(
                Problem(path, f"the line is not {noun} of JSON", f"byte {start}-{offset}")
            )
