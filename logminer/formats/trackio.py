"""trackio: a project's database ``<project>.db``, and ``inbox/<writer>/<number>.jsonl`` on network disks.

A run is keyed by its id, before 0.24 by its name. Lines of the inbox are imported into the project's database one day
and removed; they belong to the same run before and after. How a run ended is written nowhere.
Tables: trackio/sqlite_storage.py; lines: trackio/fragments.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.core.problem import Problem
from logminer.formats._points import PointColumns, as_step
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.json_text import records
from logminer.formats.documents.values import flatten, load_json, parse_time, scalar
from logminer.formats.trackers.sqlite import Database, damage_said, has_table, open_database
from logminer.formats.trackers.wandb_values import measured, public

NAMES = ("*.db", "*.jsonl")

_NOTED = {"_Username": "user", "_Group": "group"}
_LINE_KEYS = ('"kind":', '"project":', '"run":', '"log_id":')


def sniff(probe: Probe) -> Match:
    """A database with trackio's table of rows, or lines of its inbox."""
    if probe.suffix == ".jsonl":
        known = all(key in probe.first_line for key in _LINE_KEYS)
        return Match.EXACT if known else Match.NO
    known = has_table(probe, "metrics", "run_name", "timestamp", "step", "metrics")
    return Match.EXACT if known else Match.NO


@dataclass
class _Runs:
    """Runs and their rows, as far as they were read.

    Attributes:
        facts: by database and id of the run.
        damaged: rows that hold no object of JSON.
    """

    facts: dict[tuple[str, str], RunFacts] = field(default_factory=dict)
    damaged: int = 0
    _columns: PointColumns = field(default_factory=PointColumns)
    _places: dict[tuple[str, str], int] = field(default_factory=dict)

    def run(self, root: str, key: Any, name: Any) -> RunFacts:
        """The facts of a run, new ones where it is met for the first time."""
        place = root, str(name if key is None else key)
        if place not in self.facts:
            self._places[place] = len(self._places)
            meta = {"name": scalar(name)}
            self.facts[place] = RunFacts(*place, meta=meta, parent=Path(root).stem)
        return self.facts[place]

    def configure(self, facts: RunFacts, written: Any) -> None:
        """Take over a run's config, with what trackio notes in it."""
        config = self._object(written)
        noted = {word: scalar(config[key]) for key, word in _NOTED.items() if config.get(key)}
        facts.meta = {**facts.meta, **noted}
        facts.started = parse_time(config.get("_Created")) or facts.started
        facts.params = {**facts.params, **flatten(public(config))}

    def add(self, facts: RunFacts, written: Any, step: Any, time: Any) -> None:
        """Add the numbers of one row."""
        run, wall = self._places[facts.root, facts.key], parse_time(time)
        for name, value in measured(self._object(written), "/"):
            self._columns.add(name, as_step(step), value, wall, run)

    def _object(self, written: Any) -> Mapping[str, Any]:
        """An object, also one in a text of JSON; empty and counted for all else."""
        if isinstance(written, str | bytes):
            try:
                written = load_json(written)
            except ValueError:
                written = None
        if isinstance(written, Mapping):
            return written
        self.damaged += 1
        return {}

    def into(self, log: ParsedLog, path: str) -> ParsedLog:
        """The log with all that was read."""
        log.runs, log.points = list(self.facts.values()), self._columns.points()
        if self.damaged:
            log.problems.append(Problem(path, f"rows without a JSON object: {self.damaged}"))
        return log


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """All runs of a database, or what lines of the inbox say of theirs."""
    log, runs = ParsedLog(offset=probe.size), _Runs()
    if probe.suffix == ".jsonl":
        _read_lines(probe, log.problems, runs)
    else:
        with damage_said(probe.path, log.problems), open_database(probe.path) as database:
            _read_tables(database, probe.path, runs)
    return runs.into(log, probe.path)


def _read_tables(database: Database, root: str, runs: _Runs) -> None:
    if database.has("configs", "run_name", "config"):
        own = "run_id" if database.has("configs", "run_id") else "NULL"
        for key, name, config in database.rows(f"SELECT {own}, run_name, config FROM configs"):  # noqa: S608 - one of two words
            runs.configure(runs.run(root, key, name), config)
    own = "run_id" if database.has("metrics", "run_id") else "NULL"
    for key, name, time, step, row in database.rows(
        f"SELECT {own}, run_name, timestamp, step, metrics FROM metrics ORDER BY rowid"  # noqa: S608 - one of two words
    ):
        runs.add(runs.run(root, key, name), row, step, time)


def _read_lines(probe: Probe, problems: list[Problem], runs: _Runs) -> None:
    """The rows of one writer; they go to the databases of their projects, two folders above."""
    inbox = Path(probe.folder).parent
    folder = inbox.parent if inbox.name == "inbox" else Path(probe.folder)
    for _, line in records(probe.path, problems):
        if line is None or line.get("kind") != "metric":
            continue
        root = folder / _file(str(line.get("project")))
        facts = runs.run(str(root), line.get("run_id"), line.get("run"))
        if line.get("config"):
            runs.configure(facts, line["config"])
        runs.add(facts, line.get("metrics"), line.get("step"), line.get("timestamp"))


def _file(project: str) -> str:
    """What trackio calls a project's database."""
    kept = "".join(letter for letter in project if letter.isalnum() or letter in "-_")
    return f"{kept or 'default'}.db"
