"""One training command: whether it runs, how it ended, and that it can be ended with all it started."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from logminer.engine.process import Control, hold, is_held, start, why_failed


@pytest.fixture
def control(tmp_path):
    return Control(tmp_path / "control")


def until(control, state, seconds=20):
    """Wait for a state."""
    deadline = time.monotonic() + seconds
    while control.state != state:
        assert time.monotonic() < deadline, control.state
        time.sleep(0.01)


def test_output_and_exit_code_are_kept(control, tmp_path):
    """Both streams stand in files, words reach the command as they are, and so do variables."""
    script = (
        "import os, sys; print(sys.argv[1], os.environ['X']); sys.stderr.write('oops'); sys.exit(3)"
    )
    child = start([sys.executable, "-c", script, "a b;$X"], control, tmp_path, {"X": "1"})
    until(control, "ended")
    child.wait()
    assert control.code == 3
    assert (tmp_path / "stdout.log").read_text() == "a b;$X 1\n"
    assert why_failed(control.code, tmp_path / "stderr.log") == "exit 3: oops"


def test_a_command_goes_through_its_states(control, tmp_path):
    """New, running, ended: asked of files, by whoever wants to know."""
    assert control.state == "new"
    child = start(["sh", "-c", "sleep 0.3"], control, tmp_path, {})
    assert control.state == "running"
    child.wait()
    assert (control.state, control.code) == ("ended", 0)
    control.clear()
    assert not control.folder.exists()


def test_a_group_that_is_killed_has_vanished(control, tmp_path):
    """Without an exit code nobody knows how it ended, and nothing is taken to run."""
    child = start(["sleep", "30"], control, tmp_path, {})
    while not (control.folder / "pid").exists():
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    until(control, "vanished")


def test_all_that_a_command_started_is_ended(control, tmp_path):
    """A request to end reaches the children of the command too."""
    script = "sleep 30 & echo $! > child; wait"
    child = start(["sh", "-c", f"cd '{tmp_path}'; {script}"], control, tmp_path, {})
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
        time.sleep(0.01)
    control.send(signal.SIGTERM)
    child.wait()
    grandchild = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{grandchild}/cmdline").exists() and time.monotonic() < deadline:
        if "sleep" not in Path(f"/proc/{grandchild}/cmdline").read_text():
            break  # a zombie without a parent that waits for it
        time.sleep(0.01)
    assert time.monotonic() < deadline


def test_a_missing_program_is_said(control, tmp_path):
    """The shell's own words are the reason, without where it was told."""
    start(["no-such-program"], control, tmp_path, {}).wait()
    why = why_failed(control.code, tmp_path / "stderr.log")
    assert why.startswith("exit 127 (no such command): no-such-program: ")


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (1, "RuntimeError: CUDA out of memory. Tried", "out of memory (exit 1): RuntimeError: CUDA out of memory. Tried"),
        (1, "MemoryError", "out of memory (exit 1): MemoryError"),
        (137, "", "ended by SIGKILL, perhaps for want of memory"),
        (143, "", "ended by SIGTERM"),
        (2, "  \n", "exit 2"),
    ],
)  # fmt: skip
def test_exit_codes_become_reasons(code, words, reason, tmp_path):
    """Signals have names, and lack of memory is recognised in what was said last."""
    (tmp_path / "stderr.log").write_text(words)
    assert why_failed(code, tmp_path / "stderr.log") == reason


def test_a_lock_lasts_as_long_as_its_holder(tmp_path):
    """It is held from ``hold`` until the descriptor is closed."""
    assert not is_held(tmp_path / "lock")
    descriptor = hold(tmp_path / "lock")
    assert is_held(tmp_path / "lock")
    os.close(descriptor)
    assert not is_held(tmp_path / "lock")
