"""DeepOBS: one JSON file a run with losses and accuracies as lists, by epoch and by minibatch.

Layout: ``<problem>/<optimizer>/<settings>/random_seed__…json``, written by the DeepOBS runners
(Schneider, Balles & Hennig, "DeepOBS: A Deep Learning Optimizer Benchmark Suite", ICLR 2019).
"""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.parsed import ParsedLog, Points, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import flatten, is_number, load_json

NAMES = ("*.json",)

_KEYS = (b'"train_losses"', b'"minibatch_train_losses"', b'"test_losses"', b'"testproblem"')
_FIRST = re.compile(rb'^\s*\{\s*"(train|test|valid|minibatch_train)_(losses|accuracies)"\s*:\s*\[')
_NAME = re.compile(r"random_seed__-?\d+__\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.json")
_WHEN = re.compile(r"__(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.json$")
_CURVES = re.compile(r"(?:(minibatch)_)?(train|test|valid)_(losses|accuracies)")


def sniff(probe: Probe) -> Match:
    """A file named for its seed and date, or lists of losses first and a test problem near the start."""
    if not _FIRST.match(probe.head):
        return Match.NO
    named = _NAME.fullmatch(probe.name) is not None
    return Match.EXACT if named or all(key in probe.head for key in _KEYS) else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Read one run; the step of an epoch curve is the epoch, that of a minibatch curve the minibatch.

    Raises:
        ValueError: not JSON, or no object.
    """
    data = probe.read_bytes()
    record = load_json(data)
    if not isinstance(record, Mapping):
        raise ValueError("a DeepOBS log is a JSON object")  # noqa: TRY004
    curves = {
        key: values
        for key, values in record.items()
        if _CURVES.fullmatch(key) and isinstance(values, list)
    }
    facts = {k: v for k, v in record.items() if k not in curves and k != "train_log_interval"}
    params = flatten(facts)
    run = RunFacts(
        str(PurePath(probe.path).with_suffix("")),
        params={k: v for k, v in params.items() if v is not None and v != "{}"},
    )
    if when := _WHEN.search(probe.name):
        run.meta = {"date": "{}-{}-{}T{}:{}:{}".format(*when.groups())}
    every = record.get("train_log_interval", 1)
    every = int(every) if is_number(every) and every >= 1 else 1
    problems: list[Problem] = []
    points = []
    for key, values in curves.items():
        column = _column(key, values, probe.path, problems)
        stride = every if key.startswith("minibatch") else 1
        points.append(
            Points.from_wide({key: column}, np.arange(len(column), dtype=np.int64) * stride)
        )
    return ParsedLog([run], Points.concat(points), problems, len(data))


def _column(key: str, values: list[Any], path: str, problems: list[Problem]) -> NDArray[np.float64]:
    """A curve's values; null counts as NaN, and so does what is no number, which is said."""
    try:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    except (TypeError, ValueError):
        sound = [v is None or is_number(v) for v in values]
    what = f"{sound.count(False)} values of '{key}' are no numbers and count as NaN"
    problems.append(Problem(path, what))
    return np.array([v if is_number(v) else np.nan for v in values], dtype=np.float64)
