"""Launching trials: a command as a process of its own, or a Python function in this process."""

import json
import math
import os
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any, Protocol

from logminer.core.errors import UsageError
from logminer.core.space import Config, Space
from logminer.engine.accelerators import devices, slots, visible
from logminer.engine.process import Control, hold, own_slot, start, why_failed
from logminer.engine.resources import Resources
from logminer.runner._command import Command, variables
from logminer.store.trials import TrialRow

CHECKPOINTS = "checkpoints"
INTERRUPTED = "interrupted"
"""Why a trial was stopped that is to be started again."""
_LAST_MOMENT = 5.0  # seconds
_SOON = 0.05  # seconds until it is looked again whether an accelerator is free
_METRICS = "metrics.jsonl"
RETURNED = {"min": "loss", "max": "score"}
"""What a number that a function returns without naming it is called: names whose direction is known."""


class Launcher(Protocol):
    """How the trials of a search are run."""

    @property
    def resumes(self) -> bool:
        """Whether a trial can go on from the checkpoint of another."""

    def start(self, row: TrialRow, control: Control, values: Mapping[str, Any]) -> None:
        """Start a trial in its folder.

        Args:
            row: the trial.
            control: its control files.
            values: by placeholder.
        """

    def reap(self) -> None:
        """Forget processes that have ended."""

    def close(self) -> None:
        """Wait for processes that are just ending, when the search is over."""

    def end(self, control: Control, *, hard: bool) -> None:
        """Make a trial end that was asked to stop: at once if ``hard``, else when it has tidied up."""

    def why_failed(self, row: TrialRow, code: int) -> str:
        """Why a trial ended with this exit code, empty if all is well."""

    def value(self, control: Control) -> float | None:
        """The objective that the trial itself handed over, if it did."""


@dataclass
class CommandLauncher:
    """Runs a training command.

    Attributes:
        command: with placeholders.
        space: whose parameters become variables.
        home: the folder where it runs.
        resources: cores, memory and accelerators it may use.
        seeds: names of hyperparameters that are the seed.
    """

    command: Command
    space: Space
    home: str | None = None
    resources: Resources = field(default_factory=Resources)
    seeds: tuple[str, ...] = ()
    _children: list["Popen[bytes]"] = field(default_factory=list)

    @property
    def resumes(self) -> bool:
        """Whether the command has a placeholder for a checkpoint."""
        return self.command.resumes

    def start(self, row: TrialRow, control: Control, values: Mapping[str, Any]) -> None:
        """Write the trial's files and start its command; one that cannot start has failed."""
        folder = Path(row.folder)
        facts = {**self.command.constants, **row.config}
        if self.seeds or row.repeat or "seed" in self.command.marks:
            facts |= dict.fromkeys(self.seeds or ("seed",), values["seed"])
        _write(folder / "hparams.json", facts)
        given = {**values, "config_json": str(folder / "hparams.json")}
        if self.command.template:
            target = folder / f"config{self.command.template.suffix}"
            target.write_text(self.command.config_file(given), encoding="utf-8")
            given["config_file"] = str(target)
        with self._worker(control) as (lock, slot):
            given["worker"] = slot
            told = variables(given, [*self.space.names, *self.seeds])
            if self.resources.gpus is not None:
                told |= visible(slot, self.resources.gpus, devices())
            try:
                argv = self.command.fill(given)
            except (
                UsageError
            ) as error:  # a trial that another command, or another's database, left waiting
                control.folder.mkdir(parents=True, exist_ok=True)
                (folder / "stderr.log").write_text(f"{error}\n", encoding="utf-8")
                control.leave(error.exit_code)
                return
            self._children.append(
                start(
                    argv,
                    control,
                    folder,
                    told,
                    resources=self.resources,
                    home=self.home,
                    held=(lock,),
                )
            )

    @contextmanager
    def _worker(self, control: Control) -> Iterator[tuple[int, int]]:
        """A number that no trial beside this one has, and with it its accelerators."""
        gpus = self.resources.gpus
        most = slots(len(devices()), gpus) if gpus is not None else None
        while True:
            try:
                with own_slot(control.folder.parent / "workers", most) as found:
                    yield found
                    return
            except BlockingIOError:  # a trial that is just ending
                time.sleep(_SOON)

    def reap(self) -> None:
        """Leave no zombies."""
        self._children = [child for child in self._children if child.poll() is None]

    def close(self) -> None:
        """The shell around a command outlives by a moment the exit code that it leaves."""
        for child in self._children:
            with suppress(TimeoutExpired):
                child.wait(_LAST_MOMENT)
        self.reap()

    def end(self, control: Control, *, hard: bool) -> None:
        """Signal the process group."""
        control.send(signal.SIGKILL if hard else signal.SIGTERM)

    def why_failed(self, row: TrialRow, code: int) -> str:
        """From the exit code and the last words on stderr."""
        return why_failed(code, Path(row.folder) / "stderr.log") if code else ""

    def value(self, control: Control) -> float | None:  # noqa: ARG002 -- a command's value is in its logs
        """None: it is read from the logs."""
        return None


class TrialContext:
    """What a training function is handed: its config, and the way to talk to the search.

    Attributes:
        config: active hyperparameters by name.
        budget: fidelity granted (epochs, say), or None for a full run.
        run_dir: a folder for the trial's files.
        checkpoint_dir: a folder for checkpoints; a promoted trial finds those of its earlier self there.
        number: number of the trial.
        seed: for all that is random in the training; another in each repeat of a config.
        resumes: whether ``checkpoint_dir`` holds what to go on from.
    """

    def __init__(
        self, row: TrialRow, control: Control, values: Mapping[str, Any], look: Callable[[], None]
    ) -> None:
        self.config: Config = {**row.config, **values.get("config", {})}
        self.budget: float | None = values.get("budget")
        self.seed: int = values.get("seed", 0)
        self.run_dir = Path(row.folder)
        self.checkpoint_dir = self.run_dir / CHECKPOINTS
        self.number = row.number
        self.resumes = row.resumes is not None and any(self.checkpoint_dir.iterdir())
        self._control = control
        self._look = look
        self._step = 0
        self._reported: set[str] = set()
        self._file = (self.run_dir / _METRICS).open("a", encoding="utf-8")

    def report(self, step: int, **metrics: float) -> None:
        """Record metrics at a step (an epoch, say); they are written to ``metrics.jsonl``."""
        row = {"step": int(step), "time": time.time(), **{k: float(v) for k, v in metrics.items()}}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        self._step = int(step)
        self._reported |= set(metrics)
        self._look()

    def conclude(self, values: Mapping[str, float]) -> None:
        """Record final values of metrics that were not reported."""
        left = {name: value for name, value in values.items() if name not in self._reported}
        if left:
            self.report(self._step, **left)

    def should_stop(self) -> bool:
        """Whether the search has given this trial up: save what you want to keep, and return."""
        return bool(self._control.asked_to_stop)

    def close(self) -> None:
        """Close the file of metrics."""
        self._file.close()


Train = Callable[[TrialContext], float | Mapping[str, float] | None]


@dataclass
class FunctionLauncher:
    """Runs a Python function in this process, to its end, before ``start`` returns.

    Attributes:
        function: called with a ``TrialContext``.
        metric: name of the objective, also of a number that it returns.
        look: called whenever it reports, so that the search can look at it and ask it to stop.
        seeds: names of hyperparameters that are the seed.
    """

    function: Train
    metric: str
    look: Callable[[], None] = lambda: None
    seeds: tuple[str, ...] = ()
    resumes: bool = True

    def start(self, row: TrialRow, control: Control, values: Mapping[str, Any]) -> None:
        """Call the function; whatever it raises is the trial's failure."""
        folder = Path(row.folder)
        seed = dict.fromkeys(self.seeds or (("seed",) if row.repeat else ()), values["seed"])
        _write(folder / "hparams.json", {**row.config, **seed})
        control.folder.mkdir(parents=True, exist_ok=True)
        lock = hold(control.folder / "lock")
        (control.folder / "pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        context = TrialContext(
            row, control, {**values, "config": seed if self.seeds else {}}, self.look
        )
        code = 1
        try:
            self._keep(self.function(context), context, control)
            code = 0
        except KeyboardInterrupt:
            control.ask_to_stop(INTERRUPTED)
            raise
        except Exception:  # noqa: BLE001 -- a training may raise anything
            (folder / "stderr.log").write_text(traceback.format_exc(), encoding="utf-8")
        finally:
            context.close()
            control.leave(code)
            os.close(lock)

    def _keep(
        self, found: float | Mapping[str, float] | None, context: TrialContext, control: Control
    ) -> None:
        """Record what the function returned, among the metrics too where it did not report them."""
        if found is None:
            return
        values = found if isinstance(found, Mapping) else {self.metric: found}
        context.conclude(values)
        value = values.get(self.metric)
        if value is not None:
            (control.folder / "value").write_text(repr(float(value)), encoding="utf-8")

    def reap(self) -> None:
        """Nothing to reap."""

    def close(self) -> None:
        """Nothing to wait for."""

    def end(self, control: Control, *, hard: bool) -> None:
        """It ends when it asks ``should_stop``."""

    def why_failed(self, row: TrialRow, code: int) -> str:
        """The exception."""
        if not code:
            return ""
        words = why_failed(code, Path(row.folder) / "stderr.log")
        return words.removeprefix("exit 1: ").replace(" (exit 1)", "", 1)

    def value(self, control: Control) -> float | None:
        """What the function returned: a number, or the objective by name."""
        try:
            return float((control.folder / "value").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None


def prepare(row: TrialRow, before: TrialRow | None) -> dict[str, Any]:
    """Make a trial's folder and say what its placeholders stand for.

    Args:
        row: the trial.
        before: the trial it goes on from; its checkpoints are copied, so that neither spoils the other's.
    """
    folder = Path(row.folder)
    checkpoints = folder / CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    if before is not None and (Path(before.folder) / CHECKPOINTS).is_dir():
        shutil.copytree(Path(before.folder) / CHECKPOINTS, checkpoints, dirs_exist_ok=True)
    return {
        "run_dir": str(folder.absolute()),
        "resume_dir": str(Path(before.folder).absolute()) if before is not None else None,
        "checkpoint_dir": str(checkpoints.absolute()),
        "trial": row.number,
    }


def _write(path: Path, values: Mapping[str, Any]) -> None:
    plain = {k: v.item() if hasattr(v, "item") else v for k, v in values.items()}
    safe = {
        k: repr(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in plain.items()
    }
    path.write_text(json.dumps(safe, indent=2) + "\n", encoding="utf-8")
