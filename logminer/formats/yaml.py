"""YAML documents: configs, and now and then results. Tags are never executed."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.core.problem import Problem
from logminer.formats._encoding import is_binary
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.mappings import read_config
from logminer.formats.documents.yaml_text import read_yaml

NAMES = ("*.yaml", "*.yml")

# Files of other tools that hold no run.
_OTHERS = (
    "docker-compose", "environment.y", "conda.y", "mkdocs", "dvc.lock", ".pre-commit", "action.y", "_config.y", "codecov",
    ".travis", ".gitlab-ci", "pnpm-lock",
)  # fmt: skip


def sniff(probe: Probe) -> Match:
    """Any text named YAML that is not another tool's own file."""
    if is_binary(probe.head):
        return Match.NO
    return Match.PARTS if probe.name.lower().startswith(_OTHERS) else Match.GENERIC


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read a document; its mapping is the config unless its name says results.

    Raises:
        ValueError: not YAML, a bomb, or no mapping.
    """
    problems = list[Problem]()
    loaded = read_yaml(probe, problems)
    log = read_config({} if loaded is None else loaded, probe.root, probe.path)
    log.problems += problems
    log.offset = probe.size
    return log
