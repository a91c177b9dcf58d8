"""Search: launch trainings with suggested configs, read the logs they write, stop and record them, remember all.

result = search(train, {"lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}, mode="max", n_trials=30)
result.best_config
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pandas as pd

from logminer.analyses.objective import read_name
from logminer.core.aims import Aim, Aims
from logminer.core.errors import LogminerError, NothingFoundError, UsageError
from logminer.core.objective import Mode, Summary
from logminer.core.prior import Prior
from logminer.core.space_spec import space_from_spec, space_to_spec
from logminer.engine.resources import Resources, size
from logminer.runner._asking import Asker, Fidelity
from logminer.runner._command import Command
from logminer.runner._ends import Limits
from logminer.runner._launch import Train, TrialContext
from logminer.runner._loop import Told
from logminer.runner._past import Past, past_of, with_published
from logminer.runner._plan import LEAST_WAIT, Plan
from logminer.runner._repeats import Repeats, seeds_apart
from logminer.runner._session import SearchInterrupted, SearchResult, searched
from logminer.store import open_store
from logminer.store.trials import StudyRow
from logminer.strategies import STRATEGIES
from logminer.transfer.past import prior_from_frame
from logminer.workflows.history import View
from logminer.workflows.settings import load_settings, own_formats

RUNS = "logminer-runs"


def search_command(
    db: str,
    command: Command,
    view: View | None = None,
    *,
    study: str | None = None,
    task: str | None = None,
    strategy: str = "auto",
    seed: int = 0,
    priors: Sequence[str] = (),
    limits: Limits | None = None,
    workers: int = 1,
    cores_per_worker: int | None = None,
    memory_per_worker: str | int | None = None,
    gpus_per_worker: float | None = None,
    engine: str = "local",
    fidelity: Fidelity | None = None,
    aims: Aims = Aims(),  # noqa: B008 -- it is frozen
    repeats: Repeats = Repeats(),  # noqa: B008
    search_seed: bool = False,
    stop: str | None = None,
    timeout: float | None = None,
    wait: float = 60.0,
    runs: str | PathLike[str] = RUNS,
    told: Told | None = None,
    say: Callable[[str], None] | None = None,
) -> SearchResult:
    """Search with a training command; called again with the same command, it goes on.

    Args:
        db: the database, whose logs are the past and which remembers the search.
        command: the command with its placeholders.
        view: how past runs are seen; its metric, mode and space hold for the search too.
        study: name of the study; from the command if not given.
        task: learn from the tasks related to this one.
        strategy: name of the strategy.
        seed: same seed and same trials, same suggestions.
        priors: published priors, by name or file.
        limits: when to end; without any, when interrupted.
        workers: trials at a time.
        cores_per_worker: cores that a trial runs on, and threads that numerical libraries are told to start.
        memory_per_worker: what a trial may hold, in bytes or as ``"4GB"``; one that wants more has failed.
        gpus_per_worker: accelerators that a trial sees; 0.5 lets two trials share one.
        engine: ``"local"``, or where search processes run: see ``engine.backend``. A cluster must see the database, the
            folder of runs and the command.
        fidelity: what budgets are of.
        aims: objectives, in place of the view's metric, and constraints.
        repeats: how often configs are run.
        search_seed: whether a seed among the hyperparameters is searched like the others, rather than telling repeats apart.
        stop: ``"curves"`` or ``"median"`` to stop single trials early, None to let them end.
        timeout: seconds that one trial may take.
        wait: seconds to wait for the database, but at least a minute.
        runs: folder below which each study has a folder.
        told: called with each trial that was started or has ended.
        say: called with what the search rests on, a line each.

    Raises:
        NothingFoundError: there is neither a space nor a past to take one from.
        UsageError: a placeholder, the strategy or the space makes no sense.
        SearchInterrupted: after Ctrl-C, with what was found until then.
    """
    view = view or View()
    STRATEGIES.load(strategy)
    resources = _resources(cores_per_worker, memory_per_worker, gpus_per_worker)
    resources.check(workers)
    if aims.objectives:
        view = replace(
            view, metric=aims.objectives[0].metric, mode=aims.objectives[0].mode or view.mode
        )
    aims = _with_modes(aims, view)
    name = study or _name_of(command)
    folder = Path(runs).absolute() / name
    wait = max(wait, LEAST_WAIT)
    if Path(db).exists():
        open_store(db, write=True, wait=wait).close()  # brings one of an older schema up to date
    past = past_of(db, view, folder, task=task, priors=priors, curves=stop == "curves", wait=wait)
    if past.space is None:
        raise NothingFoundError(
            "no search space, and no earlier logs to take one from",
            "give --space space.yaml, or read logs first: logminer ingest PATH",
        )
    command.check(past.space, fidelity.name if fidelity else None)
    space = past.space if view.space else command.used(past.space)
    if fidelity and fidelity.name in space.parameters:
        space = space.only(set(space.names) - {fidelity.name})
    space, repeats, said = (space, repeats, "") if search_seed else seeds_apart(space, repeats)
    notes = [*past.notes, *command.unseen(space), *filter(None, [said])]
    if len(aims.objectives) > 1:
        notes.append(f"{len(aims.objectives)} objectives: of the past only failures count")
        past = replace(past, prior=Prior(failures=past.prior.failures), chosen=None)
    if repeats.limit > 1 and not command.marks.intersection(("seed", *repeats.names)):
        notes.append(
            "the command has no {seed}: repeats differ by what chance the training has itself"
        )
    for note in notes if say else ():
        say(note)  # type: ignore[misc]
    row = StudyRow(
        name,
        space_to_spec(space),
        view.metric,
        view.mode,
        strategy,
        seed,
        str(folder),
        aims.to_dict(),
    )
    asker = Asker(
        space,
        strategy,
        seed,
        replace(past.prior, planned=limits.trials if limits else None),
        fidelity,
        past.chosen,
        _seeded(repeats, seed),
        _signs(aims),
    )
    plan = Plan(
        db, row, asker, command, limits or Limits(), workers, view.summary, stop, timeout, wait, past.objectives,
        past.curves, resources, own_formats(load_settings()), stopping=past.stopping,
    )  # fmt: skip
    return searched(plan, engine, told)


def search(
    train: Train,
    space: Any = None,
    *,
    mode: Mode | None = None,
    metric: str | None = None,
    summary: Summary = "best",
    n_trials: int | None = 50,
    strategy: str = "auto",
    seed: int = 0,
    history: pd.DataFrame | Prior | str | PathLike[str] | None = None,
    priors: Sequence[str] = (),
    stop: str | None = None,
    fidelity: tuple[str, float, float] | str | None = None,
    limits: Limits | None = None,
    workers: int = 1,
    cores_per_worker: int | None = None,
    memory_per_worker: str | int | None = None,
    gpus_per_worker: float | None = None,
    engine: str = "local",
    repeats: int | None = None,
    confident: bool = False,
    objectives: Sequence[str] = (),
    constraints: Sequence[str] = (),
    study: str | None = None,
    db: str | PathLike[str] | None = None,
    runs: str | PathLike[str] = RUNS,
) -> SearchResult:
    """Search with a Python function.

    Args:
        train: called with a ``TrialContext``; it returns the objective, or a mapping of metrics, or None where what
            it reported counts. What it raises makes a failed trial.
        space: a ``Space``, or what its YAML loads to; that behind the history's logs if not given.
        mode: ``"min"`` or ``"max"``; from the metric's name if not given, and ``"min"`` for a bare number.
        metric: which reported metric is the objective; proposed from their names if not given.
        summary: which value of the metric's curve counts.
        n_trials: trials of the study.
        strategy: name of the strategy.
        seed: same seed and same trials, same suggestions.
        history: earlier results: rows with ``task``, ``value`` and hyperparameters, a ``Prior``, or a database of logs.
        priors: published priors, by name or file.
        stop: ``"curves"`` or ``"median"`` to stop single trials early.
        fidelity: name, least and full amount of what a cheap trial has less of: ``("epochs", 1, 81)``.
        limits: further limits.
        workers: processes, each with a trial at a time; with one that has no limits, trials run in this process.
        cores_per_worker: cores that each runs on, and threads that numerical libraries start.
        memory_per_worker: what each may allocate, in bytes or as ``"4GB"``; a trial that wants more has failed.
        gpus_per_worker: accelerators that each sees; 0.5 lets two share one.
        engine: where they run: see ``engine.backend``. A cluster must see the database and the folder of runs.
        repeats: runs of each config, each with a ``TrialContext.seed`` of its own; with ``confident`` at most so many.
        confident: repeat the best config and its rivals, and no others, until they are told apart.
        objectives: several metrics with their directions, ``"accuracy:max"``, in place of ``metric`` and ``mode``.
        constraints: bounds on metrics: ``"latency_ms<=20"``.
        study: name of a study to begin or go on with; a new one if not given.
        db: the database that remembers the search; the project's if not given.
        runs: folder below which each study has a folder.

    Raises:
        NothingFoundError: there is neither a space nor a past to take one from.
        UsageError: the strategy, space or history makes no sense.
        LogminerError: every trial failed.
        SearchInterrupted: after Ctrl-C, with what was found until then.
    """
    settings = load_settings()
    STRATEGIES.load(strategy)
    home = fspath(db) if db is not None else str(settings.values["db"])
    name = study or _new_name(train)
    folder = Path(runs).absolute() / name
    aims = Aims.parse(objectives, constraints)
    if aims.objectives:
        metric, mode = aims.objectives[0].metric, aims.objectives[0].mode or mode
    view = View(metric=metric, mode=mode)
    aims = _with_modes(aims, view)
    past = with_published(_past_of(history, space, view, folder, stop), priors, view.param_aliases)
    assert past.space is not None
    amount = _fidelity(fidelity)
    several = len(aims.objectives) > 1
    prior = Prior(failures=past.prior.failures) if several else past.prior
    where, again, _ = seeds_apart(past.space, Repeats(repeats, confident))
    row = StudyRow(
        name, space_to_spec(where), metric, mode, strategy, seed, str(folder), aims.to_dict()
    )
    asker = Asker(
        where, strategy, seed, prior, amount, None if several else past.chosen,
        _seeded(again, seed), _signs(aims),
    )  # fmt: skip
    resources = _resources(cores_per_worker, memory_per_worker, gpus_per_worker)
    resources.check(workers)
    bounds = replace(limits or Limits(), trials=n_trials)
    plan = Plan(
        home, row, asker, train, bounds, workers, summary, stop, hints=past.objectives, past=past.curves,
        resources=resources, own=own_formats(settings), stopping=past.stopping,
    )  # fmt: skip
    result = searched(plan, engine, None)
    if result.failed:
        raise LogminerError(result.why, f"see {folder}")
    return result


def _resources(cores: int | None, memory: str | int | None, gpus: float | None = None) -> Resources:
    return Resources(cores, size(memory) if isinstance(memory, str) else memory, gpus)


def _with_modes(aims: Aims, view: View) -> Aims:
    """Aims whose directions are known where there are several objectives: a front needs them from the first trial.

    Raises:
        UsageError: nothing says which way an objective is better.
    """
    if len(aims.objectives) < 2:
        return aims
    found = []
    for place, aim in enumerate(aims.objectives):
        reading = read_name(aim.metric, view.vocabulary)
        mode = (
            aim.mode or (view.mode if place == 0 else None) or (reading.mode if reading else None)
        )
        if mode is None:
            raise UsageError(
                f"the name of '{aim.metric}' does not tell which way is better",
                f"say --metric {aim.metric}:min or --metric {aim.metric}:max",
            )
        found.append(Aim(aim.metric, mode))
    return replace(aims, objectives=tuple(found))


def _signs(aims: Aims) -> dict[str, float]:
    """Factors that turn several objectives into losses; empty for one."""
    return {a.metric: a.sign for a in aims.objectives} if len(aims.objectives) > 1 else {}


def _seeded(repeats: Repeats, seed: int) -> Repeats:
    """Repeats whose seeds begin with the study's own, where the space has none."""
    return repeats if repeats.names else replace(repeats, seeds=(seed,))


def _new_name(train: Train) -> str:
    called = re.sub(r"\W+", "", getattr(train, "__name__", "")).replace("lambda", "")
    return f"{called or 'search'}-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}"


def _past_of(history: Any, space: Any, view: View, folder: Path, stop: str | None) -> Past:
    given = None if space is None else space_from_spec(space)
    if isinstance(history, str | PathLike):
        if not Path(history).exists():
            raise NothingFoundError(
                f"no database at {history}", "lm.ingest(PATH, db=...) creates one"
            )
        view = replace(view, space=given)
        past = past_of(fspath(history), view, folder, curves=stop == "curves", wait=LEAST_WAIT)
    else:
        past = Past(given)
    if past.space is None:
        raise NothingFoundError("no search space", "give one, or a history to take it from")
    if isinstance(history, Prior):
        return replace(past, prior=history)
    if isinstance(history, pd.DataFrame):
        sign = -1.0 if view.mode == "max" else 1.0
        return replace(past, prior=prior_from_frame(history, past.space, sign))
    return past


def _fidelity(given: tuple[str, float, float] | str | None) -> Fidelity | None:
    if given is None or isinstance(given, str):
        return Fidelity.parse(given) if given else None
    return Fidelity(*given)


def _name_of(command: Command) -> str:
    """A study's name from its command: the same for the same command."""
    script = next((w for w in command.argv if w.endswith((".py", ".sh"))), command.argv[0])
    text = "\0".join(command.argv) + str(command.template or "")
    return f"{Path(script).stem}-{blake2b(text.encode(), digest_size=3).hexdigest()}"


__all__ = [
    "Limits",
    "SearchInterrupted",
    "SearchResult",
    "TrialContext",
    "search",
    "search_command",
]
