"""JSON documents: a config, results, curves as lists, rows of a history, or a record of one run."""

import json
import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._mappings import read_mapping
from logminer.formats._probe import Match, Probe
from logminer.formats._values import load_json

NAMES = ("*.json",)

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
    head = probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] not in {b"{", b"["} or b"\0" in head:
        return Match.NO
    if probe.name.lower() in _OTHERS or _OTHER_KEYS.match(head) or b'"weight_map"' in head:
        return Match.PARTS
    return Match.NO if is_lines(head) else Match.GENERIC


def is_lines(head: bytes) -> bool:
    """Whether a text is JSON lines: its first line is a whole object, and another one follows."""
    first, _, rest = head.partition(b"\n")
    if not rest.lstrip().startswith(b"{") or not first.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read a document.

    Raises:
        ValueError: not JSON, or neither parameters nor measurements in it.
    """
    data = probe.read_bytes()
    log = read_mapping(load_json(data), probe.root, probe.path)
    log.offset = len(data)
    return log
