"""Unity ML-Agents: ``configuration.yaml`` of a run, and the gauges in ``run_logs/timers.json``.

The gauges are the last values of the statistics that also go to TensorBoard, and get the names they
have there (``Environment/Cumulative Reward``). The timers beside them are a profile,
training_status.json lists checkpoints: neither holds a hyperparameter. See mlagents_envs/timers.py.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.formats._points import as_step
from logminer.formats._probe import Match, Probe
from logminer.formats._run_folder import run_folder
from logminer.formats.documents.json_text import load_object, read_object
from logminer.formats.documents.values import flatten, is_number, parse_scalar, parse_time
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.trackers.plans import config_beside, note_progress

NAMES = ("configuration.yaml", "timers.json", "training_status.json")

_SETTINGS = ("env_settings", "engine_settings", "checkpoint_settings", "torch_settings", "debug")
_SUMMARY = (".mean", ".sum")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def sniff(probe: Probe) -> Match:
    """The configuration by its behaviors, the profile by its gauges or version."""
    if probe.name == "configuration.yaml":
        ours = re.search(r"^behaviors:", probe.text, re.MULTILINE) is not None
        return Match.EXACT if ours else Match.NO
    if probe.name == "training_status.json":
        ours = "stats_format_version" in probe.text or '"final_checkpoint"' in probe.text
        return Match.PARTS if ours or Path(probe.folder).name == "run_logs" else Match.NO
    ours = '"gauges"' in probe.text or '"timer_format_version"' in probe.text
    return Match.EXACT if ours else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Parameters, or the last statistics, of a run."""
    facts = RunFacts(run_folder(probe.folder))
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "configuration.yaml":
        loaded = read_yaml(probe, log.problems)
        if not isinstance(loaded, dict):
            raise ValueError("configuration.yaml holds no mapping")
        settings = {key: loaded.pop(key) for key in _SETTINGS if key in loaded}
        facts.params = {k: v for k, v in flatten(loaded).items() if v is not None}
        facts.meta = {k: v for k, v in flatten(settings).items() if v is not None}
        return log
    loaded = read_object(probe)
    about = loaded.get("metadata")
    times = about if isinstance(about, Mapping) else {}
    facts.started = parse_time(_number(times.get("start_time_seconds")))
    facts.ended = parse_time(_number(times.get("end_time_seconds")))
    step = _note_end(facts, probe.folder)
    rows = [(name, step, facts.ended, value) for name, value in _gauges(loaded.get("gauges"))]
    log.points = Points.from_rows(rows)
    return log


def _number(written: Any) -> Any:
    return parse_scalar(written) if isinstance(written, str) else written


def _note_end(facts: RunFacts, folder: str) -> int:
    """The last step of the run, which has finished when every behavior made its ``max_steps``."""
    config = config_beside(facts.root, "configuration.yaml")
    try:
        status = load_object((Path(folder) / "training_status.json").read_bytes())
    except (OSError, ValueError):
        return 0
    steps = {
        name: as_step(last.get("steps"))
        for name, entry in status.items()
        if isinstance(entry, dict) and isinstance(last := entry.get("final_checkpoint"), dict)
    }
    planned = {name: config.get(f"behaviors.{name}.max_steps") for name in steps}
    shares = [steps[name] / most for name, most in planned.items() if is_number(most) and most > 0]
    if len(shares) == len(steps):
        note_progress(facts, min(shares, default=0.0), 1.0)
    return max(steps.values(), default=0)


def _gauges(gauges: Any) -> Iterator[tuple[str, float]]:
    """Statistics under TensorBoard's names, with the behavior's where there are several."""
    if isinstance(gauges, list):  # before 1.0
        gauges = {str(g.get("name")): g for g in gauges if isinstance(g, Mapping)}
    entries = {
        str(name): entry["value"]
        for name, entry in (gauges.items() if isinstance(gauges, Mapping) else ())
        if isinstance(entry, Mapping) and is_number(entry.get("value"))
    }
    behaviors = {name.partition(".")[0] for name in entries}
    for name, value in entries.items():
        behavior, _, rest = name.partition(".")
        statistic = next((rest.removesuffix(end) for end in _SUMMARY if rest.endswith(end)), rest)
        tag = _WORD.sub(" ", statistic.replace(".", "/"))
        yield (f"{behavior}/{tag}" if len(behaviors) > 1 else tag), float(value)
