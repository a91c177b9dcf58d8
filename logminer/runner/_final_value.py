"""The result of a training that keeps no log: the last thing it printed, or a small file that holds it.

Only where no format finds the metric: a line that names it (``Sharpe ratio: 0.15``), a last line that is a number and nothing
else, or a file called ``result``, ``score``, ``metric``, ``objective`` or ``value`` with one of these.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_PRINTED = "stdout.log"
_STEMS = {"result", "score", "metric", "objective", "value"}
_SUFFIXES = {"", ".txt", ".out"}
_TAIL = 20_000  # bytes of what was printed that may hold the result
_MOST_LINES = 50
_MOST_BYTES = 4096  # of a file with a result
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)"
_BARE = re.compile(rf"({_NUMBER})", re.IGNORECASE)
UNNAMED = "result"
"""What a number is called that nothing names."""
HOW_TO_SAY = """let the script end with one of these lines:
    print("accuracy:", accuracy)
    print(json.dumps({"accuracy": accuracy}))
    Path(os.environ["LOGMINER_RUN_DIR"], "result.txt").write_text(str(accuracy))
with the name of its own metric; --metric NAME says which one counts"""


def final_value(folder: Path, metric: str | None) -> tuple[str, float] | None:
    """The name and value of a trial's result, or None.

    Args:
        folder: the trial's.
        metric: the name to look for; None takes a number that nothing names.
    """
    texts = [*_small_files(folder), *_printed(folder)]
    named = _named(metric) if metric else None
    for text in texts:
        for line in reversed(text if named else []):
            if named and (found := named.search(line)):
                return metric or UNNAMED, float(found[1])
        if text and (bare := _BARE.fullmatch(text[-1].strip())):
            return metric or UNNAMED, float(bare[1])
    return None


def _named(metric: str) -> re.Pattern[str]:
    """The metric's name, its words parted in whatever way, and a number behind it."""
    words = [re.escape(word) for word in re.split(r"[\s_/.-]+", metric) if word]
    name = r"[\s_/.-]*".join(words)
    return re.compile(
        rf"(?<!\w){name}(?!\w)\W{{0,4}}?(?:is|of)?\s*({_NUMBER})(?![\w.]*\w)", re.IGNORECASE
    )


def _printed(folder: Path) -> Iterator[list[str]]:
    path = folder / _PRINTED
    if path.is_file():
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            yield _lines(file.read())


def _small_files(folder: Path) -> Iterator[list[str]]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        is_result = path.stem.lower() in _STEMS and path.suffix in _SUFFIXES
        if is_result and path.is_file() and path.stat().st_size <= _MOST_BYTES:
            yield _lines(path.read_bytes())


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.strip()][-_MOST_LINES:]
