"""The verbs of the command line for Python: each opens the database, asks, and closes it.

``db`` is the database file (default: ``logminer.duckdb``, or what ``logminer.toml`` or ``LOGMINER_DB``
says). ``view`` options (``task_by``, ``metric``, ``mode``, ``summary``, ``space``) say how runs are
compared; what is not given is proposed from the logs.
"""

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pandas as pd

from logminer.analyses.roles import Roles
from logminer.core.roles import Role
from logminer.core.space_spec import space_from_spec
from logminer.store import Store, open_store
from logminer.workflows import ingest as _ingest
from logminer.workflows import look
from logminer.workflows import suggest as _suggest
from logminer.workflows.history import Mined, View, mine_history
from logminer.workflows.ingest_result import IngestResult
from logminer.workflows.roles import read_recorded
from logminer.workflows.roles import set_role as _set_role
from logminer.workflows.settings import load_settings, own_formats

Path_ = str | PathLike[str]


def ingest(
    paths: Path_ | Sequence[Path_], *, db: Path_ | None = None, pattern: str = "", workers: int = 1
) -> IngestResult:
    """Read all training logs below one or several paths into the database.

    Args:
        paths: files and folders.
        db: the database file, created if there is none.
        pattern: names of folder levels, e.g. ``"{study}/{workload}/trial_{trial}"``.
        workers: processes that parse; -1 for all cores.

    Raises:
        NothingFoundError: a path does not exist or holds no file.
        StoreLockedError: another process is writing to the database.
    """
    several = [paths] if isinstance(paths, str | PathLike) else list(paths)
    logs = [fspath(path) for path in several]
    own = own_formats(load_settings(logs=logs))
    with _store(db, write=True) as store:
        return _ingest.ingest(store, logs, pattern=pattern, workers=workers, own=own)


def runs(
    *, db: Path_ | None = None, task: str | None = None, only_varying: bool = False, **view: Any
) -> pd.DataFrame:
    """One row a run, of one task or all: ``id``, ``run``, ``task``, ``value``, ``steps``, ``status``, then its parameters."""
    with _store(db) as store:
        return look.runs(store, _view(view), task=task, only_varying=only_varying)


def show(run: str, *, db: Path_ | None = None) -> look.RunView:
    """Everything stored of the run with this name, id or path."""
    with _store(db) as store:
        return look.show(store, run, _view({}))


def metrics(*, db: Path_ | None = None) -> pd.DataFrame:
    """One row a metric: ``metric``, ``runs``, ``points``, ``min``, ``max``, ``not_finite``."""
    with _store(db) as store:
        return look.metrics(store, _view({}))


def params(*, db: Path_ | None = None, only_varying: bool = False) -> pd.DataFrame:
    """One row a recorded name: ``name``, ``kind``, ``runs``, ``values``, ``examples``."""
    with _store(db) as store:
        return look.params(store, _view({}), only_varying=only_varying)


def roles(*, db: Path_ | None = None, **view: Any) -> Roles:
    """What each recorded name is taken for, with the evidence."""
    with _store(db) as store:
        return read_recorded(store, _view(view)).roles


def set_role(name: str, role: Role | None, *, db: Path_ | None = None) -> None:
    """Say what a recorded name is, in every command from now on; None lets logminer decide again.

    Raises:
        UsageError: no run records the name, or there is no such role.
    """
    with _store(db, write=True) as store:
        _set_role(store, name, role)


def tasks(*, db: Path_ | None = None, **view: Any) -> pd.DataFrame:
    """One row a task with its objective, best run and the reasons."""
    with _store(db) as store:
        return look.tasks(mine_history(store, _view(view), everything=True))


def mine(*, db: Path_ | None = None, task: str | None = None, **view: Any) -> Mined:
    """The runs of related tasks as a History, with the decisions it rests on."""
    with _store(db) as store:
        return mine_history(store, _view(view), task=task)


def space(*, db: Path_ | None = None, task: str | None = None, **view: Any) -> Any:
    """The search space behind the logs, with the evidence for each decision."""
    return mine(db=db, task=task, **view).inferred


def top(*, db: Path_ | None = None, task: str | None = None, **view: Any) -> Any:
    """Top performers per task and over tasks."""
    from logminer.analyses import top as analysis

    history = mine(db=db, task=task, **view).history
    return analysis.analyse(history.of(task) if task else history)


def importance(*, db: Path_ | None = None, task: str | None = None, **view: Any) -> Any:
    """Share of the objective's variance that each hyperparameter explains (fANOVA)."""
    from logminer.analyses import importance as analysis

    history = mine(db=db, task=task, **view).history
    return analysis.analyse(history.of(task) if task else history)


def suggest(
    n: int = 5, *, task: str | None = None, hold_out: str | None = None, db: Path_ | None = None,
    strategy: str = "auto", seed: int = 0, repeat: bool = False, **view: Any,
) -> _suggest.Advice:  # fmt: skip
    """Next configs to try, warm-started by all related tasks.

    Args:
        n: number of configs.
        task: the task to search on; with several logged and none named, a new one like them.
        hold_out: a logged task to be treated as new.
        db: the database file; without one, ``space`` must be given.
        strategy: name of the search strategy.
        seed: same seed and same logs, same answer.
        repeat: whether configs that were run may come again.
        view: ``task_by``, ``metric``, ``mode``, ``summary``, ``space``.
    """
    options: dict[str, Any] = {
        "task": task,
        "hold_out": hold_out,
        "n": n,
        "strategy": strategy,
        "seed": seed,
        "repeat": repeat,
    }
    seen = _view(view)
    if seen.space is not None and not _db(db).exists():
        return _suggest.suggest(None, seen, **options)
    with _store(db) as store:
        return _suggest.suggest(store, seen, **options)


def report(
    path: Path_ = "report.html",
    *,
    db: Path_ | None = None,
    task: str | None = None,
    n: int = 5,
    **view: Any,
) -> Path:
    """Write the report as one self-contained page and return its path."""
    from logminer.reports import gather, write_report

    with _store(db) as store:
        return write_report(gather(store, _view(view), task=task, n=n), Path(path))


def sql(query: str, *, db: Path_ | None = None) -> pd.DataFrame:
    """Answer of a SQL query over ``run``, ``run_param``, ``metric``, ``point``, ``curve``, ``source``, ``problem``."""
    with _store(db) as store:
        return store.read.sql(query)


def _db(db: Path_ | None) -> Path:
    return Path(db if db is not None else load_settings().values["db"])


def _store(db: Path_ | None, *, write: bool = False) -> Store:
    return open_store(_db(db), write=write)


def _view(options: dict[str, Any]) -> View:
    """The options of a view, with the project's settings behind them."""
    settings = load_settings()
    chosen = {name: settings.values[name] for name in ("task_by", "metric", "mode", "summary")}
    chosen |= {name: value for name, value in options.items() if value is not None}
    by = chosen["task_by"]
    chosen["task_by"] = tuple(by.split(",")) if isinstance(by, str) else tuple(by)
    if "space" in chosen:
        chosen["space"] = space_from_spec(chosen["space"])
    return View(
        **{
            "param_aliases": settings.param_aliases,
            "metric_aliases": settings.metric_aliases,
            "roles": settings.roles,
            "vocabulary": settings.vocabulary,
            **chosen,
        }
    )
