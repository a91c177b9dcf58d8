"""DVCLive folder: ``plots/metrics/**/<name>.tsv``, metrics.json with the last values, params.yaml.

A TSV has columns ``step`` and the metric, and ``timestamp`` in milliseconds where asked for. See
https://dvc.org/doc/dvclive/how-it-works.
"""

from pathlib import Path

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats._points import PointColumns, as_step, numbers
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import read_object
from logminer.formats.documents.values import flatten
from logminer.formats.documents.yaml_text import read_yaml
from logminer.formats.tables.header_table import read_table
from logminer.formats.tables.table import wall_times, whole_steps, wide_points

NAMES = ("*.tsv", "metrics.json", "params.yaml", "dvc.yaml", "*.json")

_CURVES = (
    "/plots/metrics/",
    "/plots/scalars/",
    "/dvclive/scalars/",
)  # the latter two before DVCLive 2


def sniff(probe: Probe) -> Match:
    """A curve by its folder and header, the others by their neighbours."""
    if probe.suffix == ".tsv":
        header = probe.first_line.split("\t")
        return Match.EXACT if _base(probe.path) and "step" in header else Match.NO
    if probe.name == "metrics.json":
        known = "plots" in probe.siblings and '"step"' in probe.text
        return Match.EXACT if known or _in_live(probe) else Match.NO
    if probe.name in {"params.yaml", "dvc.yaml"}:
        live = _in_live(probe) and {"metrics.json", "plots"} & probe.siblings
        return Match.NO if not live else Match.EXACT if probe.name == "params.yaml" else Match.PARTS
    drawn = any(f"/plots/{kind}/" in probe.path for kind in ("sklearn", "custom"))
    return Match.PARTS if drawn and "/dvclive/" in probe.path else Match.NO


def _in_live(probe: Probe) -> bool:
    return Path(probe.folder).name == "dvclive"


def _base(path: str) -> tuple[str, str] | None:
    """The live folder a curve's file lies in, and its name."""
    for between in _CURVES:
        folder, found, name = path.rpartition(between)
        if found:
            return folder + ("/dvclive" if "dvclive" in between else ""), name.removesuffix(".tsv")
    return None


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One curve, the last values or the parameters."""
    curve = _base(probe.path)
    if probe.suffix == ".tsv" and curve:
        return _read_curve(probe, *curve)
    facts = RunFacts(probe.folder)
    log = ParsedLog([facts], offset=probe.size)
    if probe.name == "params.yaml":
        loaded = read_yaml(probe, log.problems)
        facts.params = flatten(loaded, probe.path, log.problems) if isinstance(loaded, dict) else {}
        return log
    last = read_object(probe)
    step, columns = as_step(last.pop("step", 0)), PointColumns()
    for name, value in numbers(last):
        columns.add(name, step, value)
    log.points = columns.points()
    return log


def _read_curve(probe: Probe, root: str, metric: str) -> ParsedLog:
    log = ParsedLog([RunFacts(root)], offset=probe.size)
    table = read_table(probe, "\t", log.problems)
    if not table.rows:
        return log
    steps = whole_steps(table.numbers["step"]) if "step" in table.numbers else None
    if steps is None:
        raise ValueError("no whole numbers in column 'step'")
    measured = next((name for name in table.numbers if name not in {"step", "timestamp"}), None)
    if measured:
        wall = wall_times(table, "timestamp")
        log.points = wide_points({metric: table.numbers[measured]}, steps, wall)
    return log
