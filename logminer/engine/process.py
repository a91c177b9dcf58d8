"""One training command: in a process group of its own, with its output in files, outliving who started it.

A shell of one line runs the command and writes its exit code to a file; the command holds a file lock from its
first moment to its last. So whether it runs, how it ended, and whether it vanished can be told by any process at any
time, also after the one that started it was killed: no process number is trusted that may have been given
to another since.
"""

import os
import platform
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from logminer.core.errors import LogminerError
from logminer.engine.resources import Resources, on_cores, share, used_by_group

# The shell outlives a request to end, so as to write down how the command took it.
_SHELL = 'trap : TERM INT HUP; echo $$ >"$0/pid"; "$@"; echo $? >"$0/exit.new"; mv "$0/exit.new" "$0/exit"'
_TAIL = 4096
_MOST_WORDS = 200
_MEMORY = (
    "out of memory", "outofmemory", "memoryerror", "cannot allocate memory", "can't allocate memory", "bad_alloc",
)  # fmt: skip

_SHELL_SAYS = re.compile(r"^.*?: (line )?1: ")

State = Literal["new", "running", "ended", "vanished"]


@dataclass(frozen=True)
class Control:
    """The files by which a trial is watched and told to stop.

    Attributes:
        folder: a folder of their own, removed when the trial's end is recorded.
    """

    folder: Path

    @property
    def state(self) -> State:
        """``new`` before it was started, ``vanished`` when it neither runs nor has left an exit code."""
        running = is_held(
            self.folder / "lock"
        )  # asked first: the exit code is written before it is let go
        if (self.folder / "exit").exists():
            return "ended"
        if running:
            return "running"
        return "vanished" if (self.folder / "pid").exists() else "new"

    @property
    def code(self) -> int:
        """Exit code; as in a shell, 128 + n for one that signal n ended."""
        text = (self.folder / "exit").read_text(encoding="utf-8").split()
        return int(text[0]) if text else 1

    def leave(self, code: int) -> None:
        """Write the exit code of what had no shell around it."""
        new = self.folder / "exit.new"
        new.write_text(f"{code}\n", encoding="utf-8")
        new.replace(self.folder / "exit")

    @property
    def asked_to_stop(self) -> str:
        """Why the trial is to stop, empty if it may go on."""
        try:
            return (self.folder / "stop").read_text(encoding="utf-8")
        except OSError:
            return ""

    def ask_to_stop(self, why: str) -> None:
        """Leave word, for the trial itself and for who may record its end."""
        new = self.folder / "stop.new"
        new.write_text(why, encoding="utf-8")
        new.replace(self.folder / "stop")

    def send(self, number: signal.Signals) -> None:
        """Signal the whole process group, if it still runs, and runs on this machine."""
        if group := self._group:
            with suppress(OSError):
                os.killpg(group, number)

    @property
    def memory(self) -> int:
        """Bytes that the command holds with all it has started; 0 where that cannot be told."""
        group = self._group
        return used_by_group(group) if group else 0

    @property
    def _group(self) -> int:
        """Number of the process group, 0 if it has gone; on another machine the number means another's."""
        if not is_held(self.folder / "lock"):
            return 0
        with suppress(OSError, ValueError):
            if (self.folder / "host").read_text(encoding="utf-8") == platform.node():
                return int((self.folder / "pid").read_text(encoding="utf-8"))
        return 0

    def clear(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def start(
    argv: Sequence[str],
    control: Control,
    folder: Path,
    environment: Mapping[str, str],
    *,
    resources: Resources = Resources(),  # noqa: B008 -- it is frozen
    home: str | None = None,
    held: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start a command.

    Args:
        argv: program and arguments; no shell looks at them.
        control: its control files.
        folder: where ``stdout.log`` and ``stderr.log`` are written.
        environment: variables added to those of this process.
        resources: cores and memory it may use.
        home: the folder where it runs; this process's if not given.
        held: descriptors of locks that the command holds as long as it runs.

    Returns:
        The shell around the command, to be polled so that it leaves no zombie.
    """
    control.folder.mkdir(parents=True, exist_ok=True)
    (control.folder / "host").write_text(platform.node(), encoding="utf-8")
    fence = f"ulimit -d {resources.memory // 1024}; " if resources.memory else ""
    lock = hold(control.folder / "lock")
    try:
        with (
            (folder / "stdout.log").open("ab") as out,
            (folder / "stderr.log").open("ab") as err,
            own_cores(control.folder.parent / "cores", resources.cores) as (slot, cores),
            on_cores(cores),
        ):
            return subprocess.Popen(  # noqa: S603 -- running the command the user gave is the task
                ["/bin/sh", "-c", fence + _SHELL, str(control.folder), *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=home,
                env={**os.environ, **resources.variables, **environment},
                pass_fds=(lock, *slot, *held),
                start_new_session=True,
            )
    finally:
        os.close(lock)  # the command holds it from here on


@contextmanager
def own_cores(
    folder: Path, cores: int | None
) -> Iterator[tuple[tuple[int, ...], frozenset[int] | None]]:
    """The first cores of this machine that no other worker of the study has, as long as the block lasts.

    Yields:
        The descriptor of the lock on them, for a process to hold that is to keep them longer, and the cores; none
        where there are more workers than cores, which the system then shares out.
    """
    lock, mine = _free_cores(folder, cores)
    try:
        yield lock, mine
    finally:
        for descriptor in lock:
            os.close(descriptor)


def _free_cores(folder: Path, cores: int | None) -> tuple[tuple[int, ...], frozenset[int] | None]:
    slot = 0
    while cores and (mine := share(slot, cores)):
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(BlockingIOError):
            return (hold(folder / f"{platform.node()}-{slot}", wait=False),), mine
        slot += 1
    return (), None


@contextmanager
def own_slot(folder: Path, most: int | None = None) -> Iterator[tuple[int, int]]:
    """The first number from 0 that no other running worker of this machine has.

    Args:
        folder: where locks on numbers are.
        most: how many there are, or None for as many as are wanted.

    Yields:
        The descriptor of the lock, for a process to hold that is to keep the number longer, and the number.

    Raises:
        BlockingIOError: all are taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    slot = 0
    while True:
        try:
            lock = hold(folder / f"{platform.node()}-{slot}", wait=False)
            break
        except BlockingIOError:
            slot += 1
            if most is not None and slot >= most:
                raise
    try:
        yield lock, slot
    finally:
        os.close(lock)


def hold(path: Path, *, wait: bool = True) -> int:
    """Take a file lock that lasts until the descriptor is closed, or its process has gone.

    Raises:
        BlockingIOError: another has it, and this one does not ``wait``.
    """
    fcntl = _locks()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


def is_held(path: Path) -> bool:
    """Whether some process holds the lock."""
    fcntl = _locks()
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _locks() -> Any:
    """The module of POSIX file locks.

    Raises:
        LogminerError: this system has none.
    """
    try:
        import fcntl
    except ModuleNotFoundError as error:
        raise LogminerError(
            "searches need POSIX file locks, which this system does not have",
            "Linux, macOS or WSL; ingest, suggest and report need none",
        ) from error
    return fcntl


def why_failed(code: int, stderr: Path) -> str:
    """What an exit code other than 0 means, with the last words on stderr."""
    words = _last_words(stderr)
    if code in (126, 127):  # the shell names itself and the line of its script first
        words = _SHELL_SAYS.sub("", words)
    said = f": {words}" if words else ""
    if any(sign in words.lower() for sign in _MEMORY):
        return f"out of memory (exit {code}){said}"
    if code > 128:
        try:
            name = signal.Signals(code - 128).name
        except ValueError:
            return f"exit {code}{said}"
        perhaps = ", perhaps for want of memory" if name == "SIGKILL" else ""
        return f"ended by {name}{perhaps}{said}"
    missing = {126: " (not executable)", 127: " (no such command)"}.get(code, "")
    return f"exit {code}{missing}{said}"


def _last_words(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    full = [line.strip() for line in lines if line.strip()]
    return full[-1][:_MOST_WORDS] if full else ""
