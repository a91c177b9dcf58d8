"""Optuna's storage on a database server, ``optuna+postgresql://host/db`` or ``optuna+mysql://…``, or in an SQLite file.

A hundred trials of a study are an entry: trials that have ended never change, so of a study that goes on only blocks
with trials that are new, run or wait are read again. The tables are asked by SELECTs in read-only transactions, and
never through Optuna itself, which may create or migrate them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from logminer.core.errors import ServerError, UsageError, install_extra
from logminer.core.parsed import ParsedLog, Resume
from logminer.formats.documents.values import parse_time
from logminer.formats.trackers.optuna import Study
from logminer.formats.trackers.optuna_tables import StoredTrials, Tables, read_studies
from logminer.servers._address import host_and_port, server_parts
from logminer.servers._protocol import Entry, version_of

if TYPE_CHECKING:
    from logminer.servers._database import Database

LOGIN = "set PGPASSWORD or MYSQL_PWD, or use ~/.pgpass or ~/.my.cnf"
USER_IN_ADDRESS = True

_USUAL_PORTS = {"postgresql": 5432, "mysql": 3306, "sqlite": None}
_ALSO_CALLED = {"postgres": "postgresql", "mariadb": "mysql"}
_SOCKETS = ("host", "unix_socket")  # options that say where the server is
_BLOCK = 100  # trials
_FIRST = f"t.number - t.number % {_BLOCK}"
_OPEN = "('RUNNING', 'WAITING')"
# What grows while a trial runs.
_GROWING = (
    "trial_params", "trial_values", "trial_intermediate_values", "trial_user_attributes",
    "trial_system_attributes",
)  # fmt: skip


def connect(address: str) -> "Storage":
    """The storage of an address; it is not asked yet. After ``#`` stands the name of the only study to read.

    Raises:
        UsageError: the address makes no sense or holds a password, or a package is not installed.
    """
    parts = server_parts(address, user=USER_IN_ADDRESS, login=LOGIN)
    written, _, driver = parts.scheme.partition("+")[2].partition("+")
    kind = _ALSO_CALLED.get(written, written)
    database = unquote(parts.path[1:])
    if kind not in _USUAL_PORTS or not database:
        raise UsageError(
            f"{parts.scheme}:// names no database with Optuna's tables",
            "write optuna+postgresql://USER@HOST/DATABASE, optuna+mysql://… or optuna+sqlite:///FILE",
        )
    try:
        from sqlalchemy.engine import URL

        from logminer.servers._database import Database
    except ImportError:
        raise UsageError(
            f"{parts.scheme}://: SQLAlchemy is not installed", install_extra("optuna")
        ) from None
    options = dict(parse_qsl(parts.query))
    if kind == "sqlite":
        database = os.path.abspath(database)
        root = f"optuna+sqlite:///{database}"
    else:
        where = "".join(f"?{name}={options[name]}" for name in _SOCKETS if name in options)
        root = f"optuna+{kind}://{host_and_port(parts, _USUAL_PORTS[kind])}/{database}{where}"
    url = URL.create(
        f"{kind}+{driver}" if driver else kind,
        username=unquote(parts.username) if parts.username else None,
        host=parts.hostname,
        port=parts.port,
        database=database,
        query=options,
    )
    return Storage(Database(url, root, LOGIN), root, unquote(parts.fragment) or None)


@dataclass
class _Block:
    """What tells whether some trials changed.

    Attributes:
        ids: lowest and highest number in the tables, of the trials in each state.
        known: counts and times, by state and by table.
    """

    ids: list[int] = field(default_factory=list)
    known: list[list[Any]] = field(default_factory=list)

    def version(self, study: Study) -> int:
        """Hash of all that is known of the trials, and of what is read of their study."""
        of_study = [study.name, study.directions, study.metric_names(), study.attributes]
        written = orjson.dumps([of_study, sorted(map(str, self.known))], default=str)
        return version_of(written)

    def changed(self) -> int:
        """The latest time among them as a Unix time in nanoseconds, 1 where there is none."""
        times = [parse_time(time) for row in self.known for time in row if isinstance(time, str)]
        return max([1, *(int(seconds * 1e9) for seconds in times if seconds)])


class Storage:
    """All studies of a database, or one of them.

    Args:
        database: what is asked.
        root: its address in one spelling, without user and options.
        study: name of the only study to read, or None for all.
    """

    format = "optuna"
    noun = "trial block"
    batch = 10

    def __init__(self, database: "Database", root: str, study: str | None) -> None:
        self._database, self._root, self._study = database, root, study
        self.address = root if study is None else _of_study(root, study)
        self._studies: dict[int, Study] = {}
        self._conditions: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._database.close()

    def entries(self) -> Iterator[Entry]:
        """Every block of trials, by study and number."""
        blocks = self._database.ask(self._blocks)
        names = {study.name for study in self._studies.values()}
        if self._study is not None and self._study not in names:
            raise ServerError(
                f"{self._root} has no study '{self._study}'", "check the name behind the #"
            )
        for (number, first), block in sorted(blocks.items()):
            study = self._studies.get(number)
            if study is None or self._study not in (None, study.name):
                continue
            path = f"{_of_study(self._root, study.name)}/{first}-{first + _BLOCK - 1}"
            self._conditions[path] = (
                f"t.trial_id BETWEEN {min(block.ids)} AND {max(block.ids)} AND t.study_id = {number} "
                f"AND t.number BETWEEN {first} AND {first + _BLOCK - 1}"
            )
            yield Entry(path, 1, block.version(study), block.changed())

    def read_many(self, jobs: Sequence[tuple[str, Resume]]) -> list[ParsedLog | Exception]:
        """Read blocks, one after another."""
        return [self._read_or_error(path) for path, _ in jobs]

    def _read_or_error(self, path: str) -> ParsedLog | Exception:
        try:
            trials = self._database.ask(lambda tables: self._trials(tables, path))
            log = trials.log(self._root)
        except ServerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one block, the others are read
            return error
        log.offset = 1
        return log

    def _trials(self, tables: Tables, path: str) -> StoredTrials:
        trials = StoredTrials()
        trials.read(tables, self._studies, self._conditions[path])
        return trials

    def _blocks(self, tables: Tables) -> dict[tuple[int, int], "_Block"]:
        """What tells whether blocks changed, by the study's number in the tables and the block's first trial."""
        for table, column in (("trials", "number"), ("trial_params", "distribution_json")):
            if not tables.has(table, "trial_id", column):
                raise ServerError(
                    f"{self._root} holds no storage of Optuna (no table '{table}')",
                    "check the name of the database",
                )
        self._studies = read_studies(tables)
        blocks: dict[tuple[int, int], _Block] = {}
        for study, first, low, high, *counted in tables.rows(
            f"SELECT t.study_id, {_FIRST}, MIN(t.trial_id), MAX(t.trial_id), t.state, COUNT(*), "  # noqa: S608
            "MIN(t.datetime_start), MAX(t.datetime_start), MAX(t.datetime_complete) FROM trials t "
            f"GROUP BY t.study_id, {_FIRST}, t.state"
        ):
            if study is not None and first is not None:
                block = blocks.setdefault((study, int(first)), _Block())
                block.ids += [low, high]
                block.known.append(counted)
        for (study, first), table, found in self._growing(tables):
            if (study, first) in blocks:
                blocks[study, first].known.append([table, found])
        return blocks

    def _growing(self, tables: Tables) -> Iterator[tuple[tuple[int, int], str, Any]]:
        """What there is so far of trials that have not ended."""
        asked = [(table, "COUNT(*)") for table in _GROWING if tables.has(table, "trial_id")]
        if tables.has("trial_heartbeats", "trial_id", "heartbeat"):
            asked.append(("trial_heartbeats", "MAX(a.heartbeat)"))
        for table, what in asked:
            for study, first, found in tables.rows(
                f"SELECT t.study_id, {_FIRST}, {what} FROM {table} a "  # noqa: S608 - constants of this module
                f"JOIN trials t ON t.trial_id = a.trial_id WHERE t.state IN {_OPEN} "
                f"GROUP BY t.study_id, {_FIRST}"
            ):
                if study is not None and first is not None:
                    yield (study, int(first)), table, found


def _of_study(root: str, name: str) -> str:
    return f"{root}#{quote(name, safe='')}"
