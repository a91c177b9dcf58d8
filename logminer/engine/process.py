"""One training command: in a process group of its own, with its output in files, outliving who started it.

A shell of one line runs the command and writes its exit code to a file; the command holds a file lock from its
first moment to its last. So whether it runs, how it ended, and whether it vanished can be told by any process at any
time, also after the one that started it was killed: no process number is trusted that may have been given
to another since.
"""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# The shell outlives a request to end, so as to write down how the command took it.
_SHELL = 'trap : TERM INT HUP; echo $$ >"$0/pid"; "$@"; echo $? >"$0/exit.new"; mv "$0/exit.new" "$0/exit"'
_TAIL = 4096
_MOST_WORDS = 200
_MEMORY = ("out of memory", "outofmemory", "memoryerror", "cannot allocate memory", "bad_alloc")

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
        """Signal the whole process group, if it still runs."""
        if not is_held(self.folder / "lock"):
            return
        with suppress(OSError, ValueError):
            os.killpg(int((self.folder / "pid").read_text(encoding="utf-8")), number)

    def clear(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def start(
    argv: Sequence[str], control: Control, folder: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a command.

    Args:
        argv: program and arguments; no shell looks at them.
        control: its control files.
        folder: where ``stdout.log`` and ``stderr.log`` are written.
        environment: variables added to those of this process.

    Returns:
        The shell around the command, to be polled so that it leaves no zombie.
    """
    control.folder.mkdir(parents=True, exist_ok=True)
    lock = hold(control.folder / "lock")
    try:
        with (folder / "stdout.log").open("ab") as out, (folder / "stderr.log").open("ab") as err:
            return subprocess.Popen(  # noqa: S603 -- running the command the user gave is the task
                ["/bin/sh", "-c", _SHELL, str(control.folder), *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **environment},
                pass_fds=(lock,),
                start_new_session=True,
            )
    finally:
        os.close(lock)  # the command holds it from here on


def hold(path: Path) -> int:
    """Take a file lock that lasts until the descriptor is closed, or its process has gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def is_held(path: Path) -> bool:
    """Whether some process holds the lock."""
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


def why_failed(code: int, stderr: Path) -> str:
    """What an exit code other than 0 means, with the last words on stderr."""
    words = _last_words(stderr)
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
