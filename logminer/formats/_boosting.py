"""Evaluation results of gradient boosting libraries: ``{data set: {metric: [value a round]}}`` as JSON."""

import re

from logminer.core.parsed import ParsedLog, RunFacts
from logminer.formats._json import read_object
from logminer.formats._points import PointColumns
from logminer.formats._probe import Probe
from logminer.formats._values import is_number

NAMES = ("*eval*.json", "*result*.json", "*xgb*.json", "*xgboost*.json", "*lgb*.json", "*lightgbm*.json",
         "*history*.json", "*boost*.json")  # fmt: skip

_START = re.compile(r'\s*\{\s*"([^"]+)"\s*:\s*\{\s*"([^"]+)"\s*:\s*\[\s*[-0-9NI]')


def first_curve(probe: Probe) -> tuple[str, str] | None:
    """Data set and metric of the first curve of a file of this shape, the metric without its parameter."""
    found = _START.match(probe.text)
    return (found[1], re.split(r"[@:]", found[2])[0].removesuffix("-")) if found else None


def read_curves(probe: Probe) -> ParsedLog:
    """One run with a metric ``<data set>/<metric>`` a curve; the step is the round.

    Results of cross validation end in ``-mean`` and ``-stdv`` and stay so.
    """
    columns = PointColumns()
    for place, metrics in read_object(probe).items():
        for name, values in metrics.items() if isinstance(metrics, dict) else ():
            for step, value in enumerate(values if isinstance(values, list) else ()):
                if is_number(value):
                    columns.add(f"{place}/{name}", step, value)
    return ParsedLog([RunFacts(probe.root)], columns.points(), offset=probe.size)
