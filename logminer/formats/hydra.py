"""Hydra output folder: ``.hydra/config.yaml`` and hydra.yaml describe the job in the folder above.

The composed config gives the parameters; plain references such as ``${model.lr}`` are followed, values that were
missing (``???``) left out. A job of a multirun names its sweep folder as parent; multirun.yaml of that folder declares
what was swept over. See hydra/core/utils.py.
"""

import re
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import flatten, scalar
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.trackers.objectives import monitor_meta
from logminer.formats.trackers.overrides import sweeper_space

NAMES = ("config.yaml", "hydra.yaml", "overrides.yaml", "multirun.yaml")

_REFERENCE = re.compile(r"\$\{([A-Za-z0-9_.\-/]+)\}")
_CHAIN = 8  # references to references that are followed


def sniff(probe: Probe) -> Match:
    """A file in ``.hydra``, or the multirun.yaml of a sweep."""
    if probe.name == "multirun.yaml":
        return Match.EXACT if probe.first_line.startswith("hydra:") else Match.NO
    if Path(probe.folder).name != ".hydra":
        return Match.NO
    return Match.PARTS if probe.name == "overrides.yaml" else Match.EXACT  # repeated in hydra.yaml


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The parameters, or the facts, of the job."""
    log = ParsedLog(offset=probe.size)
    loaded = read_yaml(probe, log.problems)
    if probe.name == "multirun.yaml":
        log.runs.append(_sweep(probe.folder, loaded))
        return log
    facts = RunFacts(str(Path(probe.folder).parent))
    log.runs.append(facts)
    if not isinstance(loaded, dict):
        return log  # an empty config
    if probe.name == "config.yaml":
        facts.params = _resolved(flatten(loaded, probe.path, log.problems))
        target = monitor_meta(loaded).get("target_metric")
        # The mode stands among the parameters; as a direction it would make each sweep a tuner's study.
        facts.meta = {"target_metric": target} if target else {}
    else:
        _note(facts, loaded.get("hydra"))
    return log


def _sweep(folder: str, loaded: Any) -> RunFacts:
    """What a sweep declares for the jobs in the folders below it."""
    facts = RunFacts(folder)
    if isinstance(loaded, dict) and isinstance(hydra := loaded.get("hydra"), dict):
        facts.space = sweeper_space(hydra)
        direction = _part(hydra, "sweeper").get("direction")
        if direction in {"minimize", "maximize"}:
            facts.meta = {"direction": direction}
    return facts


def _resolved(config: dict[str, Any]) -> dict[str, Any]:
    for _ in range(_CHAIN):
        followed = {name: _follow(value, config) for name, value in config.items()}
        if followed == config:
            break
        config = followed
    return {name: value for name, value in config.items() if value != "???"}


def _follow(value: Any, config: dict[str, Any]) -> Any:
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return config.get(whole[1], value)
    return scalar(_REFERENCE.sub(lambda found: str(config.get(found[1], found[0])), value))


def _note(facts: RunFacts, hydra: Any) -> None:
    if not isinstance(hydra, dict):
        return
    job, runtime, overrides = (_part(hydra, name) for name in ("job", "runtime", "overrides"))
    task = overrides.get("task")
    words = [job.get("name"), *(task if isinstance(task, list) else [])]
    facts.command = " ".join(str(word) for word in words if word) or None
    choices = _part(runtime, "choices")
    chosen = {k: v for k, v in choices.items() if not str(k).startswith("hydra/")}
    noted = {"hydra": {"version": runtime.get("version"), "job": job.get("name")}}
    facts.meta = flatten({**noted, "choice": chosen} if chosen else noted)
    if str(hydra.get("mode")).endswith("MULTIRUN") or job.get("num") is not None:
        sweep = Path(facts.root).parent
        facts.parent = f"{sweep.parent.name}/{sweep.name}"


def _part(mapping: dict[Any, Any], name: str) -> dict[Any, Any]:
    part = mapping.get(name)
    return part if isinstance(part, dict) else {}
