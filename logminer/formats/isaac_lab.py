"""Isaac Lab's runs: ``params/agent.yaml`` and ``params/env.yaml`` of the folder above.

The agent's config is the hyperparameters. Of the environment's, the terms of the reward are chosen
too; the rest describes the task and is recorded.
"""

from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.documents.values import flatten, spoken
from logminer.formats.documents.yaml_text import read_yaml

NAMES = ("agent.yaml", "env.yaml")

_CHOSEN = ("rewards.", "reward.")
_CIRCUMSTANCES = spoken(
    "device run_name experiment_name logger wandb_project neptune_project load_run load_checkpoint resume"
)


def sniff(probe: Probe) -> Match:
    """One of the pair in a folder ``params``."""
    return Match.EXACT if run_folder(probe.folder) != probe.folder else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The agent's or the environment's config, with what is a fact of the run apart."""
    facts = RunFacts(run_folder(probe.folder))
    log = ParsedLog([facts], offset=probe.size)
    loaded = read_yaml(probe, log.problems)
    flat = flatten(loaded, probe.path, log.problems) if isinstance(loaded, dict) else {}
    flat = {name: value for name, value in flat.items() if value is not None}
    if probe.name == "agent.yaml":
        facts.params = {k: v for k, v in flat.items() if k not in _CIRCUMSTANCES}
        facts.meta = {k: v for k, v in flat.items() if k in _CIRCUMSTANCES}
        facts.parent = _text(flat.get("experiment_name"))
    else:
        facts.params = {k: v for k, v in flat.items() if k.startswith(_CHOSEN)}
        facts.meta = {f"env.{k}": v for k, v in flat.items() if not k.startswith(_CHOSEN)}
    return log


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
