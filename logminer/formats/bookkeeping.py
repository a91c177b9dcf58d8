"""Files that tools keep for themselves, such as environments and profiles: skipped.

What stands in them are versions, timings and vocabularies, never hyperparameters or results.
"""

import re

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import NotALogError
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import spoken

NAMES = ("*.json", "*.yaml", "*.yml", "*.txt")

# Beyond those that the formats json, yaml and toml leave alone themselves.
_FILES = spoken(
    """
    conda-environment.yaml conda_env.yaml python_env.yaml deno.json renovate.json
    merges.txt chat_template.json processor_config.json image_processor_config.json
    video_preprocessor_config.json feature_extractor_config.json sentence_bert_config.json
    config_sentence_transformers.json modules.json quantize_config.json quantization_config.json
    requirements.txt constraints.txt pip_freeze.txt pip-freeze.txt requirements-dev.txt
    dev-requirements.txt .readthedocs.yaml compose.yaml dependabot.yml
    """
)
# What a document says of itself by its first keys, or by keys that nothing else has.
_JSON_KEYS = re.compile(r'"(traceEvents|deviceProperties|pyperf_version)"')
_CONDA = re.compile(r"^dependencies:\s*$", re.MULTILINE)
_CHANNELS = re.compile(r"^(channels|name|prefix):", re.MULTILINE)
_PINNED = re.compile(r"[A-Za-z0-9][\w.\[\]-]*\s*(==|>=|~=|@)\s*\S+")


def sniff(probe: Probe) -> Match:
    """By the name, which these tools fix, or by keys that only such a file has."""
    if probe.name.lower() in _FILES:
        return Match.PARTS
    if probe.suffix == ".json":
        return Match.PARTS if _JSON_KEYS.search(probe.text[:4096]) else Match.NO
    if probe.suffix in {".yaml", ".yml"} and not probe.name.startswith(
        ("conda.y", "environment.y")
    ):
        conda = _CONDA.search(probe.text) and _CHANNELS.search(probe.text)
        return Match.PARTS if conda else Match.NO
    if probe.suffix == ".txt":
        return Match.PARTS if _is_package_list(probe.text) else Match.NO
    return Match.NO


def _is_package_list(text: str) -> bool:
    lines = [
        line for line in text.splitlines()[:40] if line.strip() and not line.startswith(("#", "-"))
    ]
    return len(lines) > 1 and all(_PINNED.fullmatch(line.split(";")[0].strip()) for line in lines)


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Never called by ingest.

    Raises:
        NotALogError: always.
    """
    raise NotALogError(f"{probe.name} is kept by a tool for itself: nothing of a run is in it")
