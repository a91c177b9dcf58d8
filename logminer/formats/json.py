"""JSON documents: a config, results, curves as lists, rows of a history, or a record of one run."""

import json
import re
from pathlib import Path

import numpy as np

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._encoding import is_binary, text_of
from logminer.formats._last_line import unfinished
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_mapping
from logminer.formats.documents.values import load_json
from logminer.formats.tables.row_log import goes_on, read_rows_on

NAMES = ("*.json",)
RESUMES = True

LARGE = 64_000_000  # bytes beyond which a document is read in pieces
BLOCK = 8_000_000

# Documents that lie about in every project and hold nothing of a run.
_OTHERS = (
    "package.json", "package-lock.json", "composer.json", "tsconfig.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "preprocessor_config.json", "generation_config.json",
    "manifest.json", "launch.json", "settings.json", "pyrightconfig.json",
)  # fmt: skip
_OTHER_KEYS = re.compile(
    rb'^\s*\{\s*"(nbformat|cells|lockfileVersion|\$schema|weight_map|annotations|categories|swagger|openapi|'
    rb'type"\s*:\s*"FeatureCollection|devDependencies|compilerOptions)"'
)


def sniff(probe: Probe) -> Match:
    """A document that begins as an object or an array; JSON lines and known other things are left alone."""
    head = text_of(probe.head).lstrip()
    if head[:1] not in {b"{", b"["} or is_binary(probe.head):
        return Match.NO
    if probe.name.lower() in _OTHERS or _OTHER_KEYS.match(head) or b'"weight_map"' in head:
        return Match.PARTS
    return Match.NO if is_lines(head) else Match.GENERIC


def is_lines(head: bytes) -> bool:
    """Whether a text is JSON lines: its first line is a whole object, and another one follows."""
    first, _, rest = head.replace(b"\r", b"\n").partition(b"\n")
    if not rest.lstrip().startswith(b"{") or not first.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def read(probe: Probe, resume: Resume) -> ParsedLog:
    """Read a document; an array beyond ``LARGE`` bytes in pieces of whole elements.

    Raises:
        ValueError: not JSON, too large an object, or neither parameters nor measurements in it.
    """
    if probe.size > LARGE or goes_on(resume):
        return _read_array(probe, resume)
    log = read_mapping(load_json(text_of(probe.read_bytes())), probe.root, probe.path)
    log.offset, log.anew = probe.size, bool(resume.offset)
    return log


def _read_array(probe: Probe, resume: Resume) -> ParsedLog:
    """The next elements of a large array: rows, or the numbers of one curve."""
    anew = bool(resume.offset) and not goes_on(resume)
    resume = Resume() if anew else resume
    with Path(probe.path).open("rb") as file:
        file.seek(resume.offset)
        data = file.read(BLOCK)
        last = not file.read(1)
    start = 0 if resume.offset else data.find(b"[") + 1
    if not resume.offset and data[: start - 1].removeprefix(b"\xef\xbb\xbf").strip():
        raise ValueError(
            f"a JSON object of more than {LARGE // 1_000_000} MB is not read; an array is, in pieces"
        )
    end, size, is_cut = _elements(data, start, last=last)
    try:
        loaded = load_json(b"[" + data[start:end] + b"]")
    except ValueError as error:
        what = f"{error} in the elements from here on; they are skipped"
        problem = Problem(probe.path, what, f"byte {resume.offset}")
        loaded, problems = [], [problem]
    else:
        problems = list[Problem]()
    if is_cut:
        problems.append(unfinished(probe.path, "its last element"))
    name = probe.name.partition(".")[0]
    rows = [row if isinstance(row, dict) else {name: row} for row in loaded if row is not None]
    log = read_rows_on(probe, resume, rows, problems, size=size)
    log.anew = anew
    return log


def _elements(data: bytes, start: int, *, last: bool) -> tuple[int, int, bool]:
    """Where the last whole element of an array ends, the bytes to step over, and whether the array is cut off behind it.

    Brackets are counted outside strings for all bytes at once; elements end at commas of depth 0.
    """
    text = np.frombuffer(data.replace(b"\\\\", b"__"), dtype=np.uint8)[start:]
    quote = text == ord('"')
    quote[1:] &= text[:-1] != ord("\\")
    inside = (np.cumsum(quote, dtype=np.uint8) & 1).astype(bool)
    opened = ((text == ord("{")) | (text == ord("["))) & ~inside
    closed = ((text == ord("}")) | (text == ord("]"))) & ~inside
    depth = np.cumsum(opened.astype(np.int8) - closed.astype(np.int8), dtype=np.int32)
    ended = np.flatnonzero(depth < 0)
    if len(ended):
        return start + int(ended[0]), len(data), False
    commas = np.flatnonzero((text == ord(",")) & (depth == 0) & ~inside)
    if last or not len(commas):  # cut off at the end, or one element larger than a block
        end = start + int(commas[-1]) if len(commas) else len(data)
        return end, len(data), last
    return start + int(commas[-1]), start + int(commas[-1]) + 1, False
