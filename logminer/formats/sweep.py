"""A declared sweep: W&B's sweep.yaml, NNI's search space, Determined's experiment.

It declares, for the folder it stands in, the domain of each hyperparameter, the metric and its
direction; it holds no run. A folder that only gathers configs (``configs/``, ``sweeps/``) speaks
for the folder above.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import MAX_OBJECT
from logminer.formats.documents.values import load_json, spoken
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.trackers.objectives import objective_meta
from logminer.formats.trackers.spaces import Spec
from logminer.formats.trackers.sweeps import determined_space, nni_space, wandb_space

NAMES = ("*.yaml", "*.yml", "*.json")

_GATHERED = spoken("config configs conf cfg cfgs sweep sweeps wandb_sweeps hparams search_spaces")
_METHOD = re.compile(
    r"""^\s{0,4}["']?method["']?\s*:\s*["']?[a-zA-Z_]+["']?\s*,?\s*(#.*)?$""", re.MULTILINE
)
_PARAMETERS = re.compile(r"""^\s{0,4}["']?parameters["']?\s*:\s*\{?\s*(#.*)?$""", re.MULTILINE)
_SEARCHER = re.compile(r"^(searcher|hyperparameters):\s*$", re.MULTILINE)
_NNI = re.compile(r"""["']?_type["']?\s*:\s*["']?[a-z]+["']?""")


def sniff(probe: Probe) -> Match:
    """Keys that a tuner asks for: method and parameters, ``_type`` and ``_value``, or searcher."""
    if Path(probe.folder).name == ".hydra" or b"\0" in probe.head:
        return Match.NO
    text = probe.text
    sweep = _METHOD.search(text) and _PARAMETERS.search(text)
    nni = "_value" in text and _NNI.search(text)
    determined = len(set(_SEARCHER.findall(text))) == 2
    one_line = '"method"' in text and '"parameters"' in text and text.lstrip().startswith("{")
    if not (sweep or nni or determined or one_line):
        return Match.NO
    try:
        return Match.EXACT if _space(_load(probe)) else Match.NO
    except ValueError:
        return Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The space and the objective, for the folder.

    Raises:
        ValueError: neither JSON nor YAML.
    """
    loaded = _load(probe)
    folder = Path(probe.folder)
    root = folder.parent if folder.name.lower() in _GATHERED else folder
    facts = RunFacts(str(root), space=_space(loaded), meta=_objective(loaded))
    return ParsedLog([facts], offset=probe.size)


def _load(probe: Probe) -> Mapping[str, Any]:
    if probe.size > MAX_OBJECT:
        return {}
    data = probe.read_bytes()
    loaded = load_json(data) if probe.suffix == ".json" else load_yaml(data)
    return loaded if isinstance(loaded, Mapping) else {}


def _space(loaded: Mapping[str, Any]) -> dict[str, Spec]:
    if "method" in loaded and isinstance(loaded.get("parameters"), Mapping):
        return wandb_space(loaded["parameters"])
    if isinstance(loaded.get("searcher"), Mapping):
        inner = loaded.get("hyperparameters")
        return determined_space(inner) if isinstance(inner, Mapping) else {}
    for key in ("searchSpace", "search_space"):
        if isinstance(loaded.get(key), Mapping):
            return nni_space(loaded[key])
    return nni_space(loaded)


def _objective(loaded: Mapping[str, Any]) -> dict[str, str]:
    """The metric and its direction; W&B minimises where no goal is written, as NNI maximises."""
    metric, searcher = loaded.get("metric"), loaded.get("searcher")
    if isinstance(metric, Mapping) and isinstance(metric.get("name"), str):
        goal = str(metric.get("goal", "minimize")).lower()
        return objective_meta(
            {metric["name"]: "maximize" if goal.startswith("max") else "minimize"}
        )
    if isinstance(searcher, Mapping) and isinstance(searcher.get("metric"), str):
        smaller = searcher.get("smaller_is_better", True)
        return objective_meta({searcher["metric"]: "minimize" if smaller else "maximize"})
    tuner = loaded.get("tuner")
    arguments = tuner.get("classArgs") if isinstance(tuner, Mapping) else None
    mode = arguments.get("optimize_mode") if isinstance(arguments, Mapping) else None
    return {"direction": str(mode)} if mode in {"minimize", "maximize"} else {}
