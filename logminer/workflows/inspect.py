"""Looking into one file without storing anything."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from logminer.core.parsed import ParsedLog, Resume
from logminer.engine.reading import read_batch
from logminer.formats import LogFormat, Match, Probe
from logminer.workflows.recognise import Recogniser


@dataclass(frozen=True)
class Inspection:
    """What a file is.

    Attributes:
        claims: formats that claim the file, and how surely.
        format: the format that reads it, or None.
        why: why nothing was read; empty otherwise.
        log: what was read, or None.
        metrics: ``metric``, ``points``, ``first``, ``last``, ``last_step``.
    """

    claims: Mapping[str, Match]
    format: str | None
    why: str
    log: ParsedLog | None
    metrics: pd.DataFrame


def inspect(
    path: str, only: str | None = None, own: Mapping[str, LogFormat] | None = None
) -> Inspection:
    """Recognise and read one file.

    Args:
        path: the file.
        only: name of the one format to ask, or None for all.
        own: formats of the project itself.
    """
    probe, recognise = Probe.of(path), Recogniser(only, own)
    claims = {name: match for name, match in recognise.claims(probe).items() if match}
    form, match, problems = recognise(probe)
    if form is None or match is Match.PARTS:
        why = problems[0].what if problems else f"{form or 'no format'}: nothing to mine in it"
        return Inspection(
            claims, form, why if form else "no format recognises it", None, pd.DataFrame()
        )
    log = read_batch(recognise.reader(form), [(probe, Resume())])[0]
    if isinstance(log, Exception):
        return Inspection(claims, form, str(log), None, pd.DataFrame())
    return Inspection(claims, form, "", log, _metrics(log))


def _metrics(log: ParsedLog) -> pd.DataFrame:
    points = log.points
    frame = pd.DataFrame({"metric": points.metric, "step": points.step, "value": points.value})
    frame["metric"] = frame["metric"].map(dict(enumerate(points.names)))
    grouped = frame.groupby("metric", sort=False)
    return grouped.agg(
        points=("value", "size"),
        first=("value", "first"),
        last=("value", "last"),
        last_step=("step", "max"),
    ).reset_index()
