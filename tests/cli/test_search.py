"""``logminer search`` as a user runs it."""

import json
import signal
import subprocess
import sys
import time

import pytest

SPACE = "lr: {type: float, low: 0.1, high: 1.0}\n"


@pytest.fixture
def started(tmp_path):
    """Start the command in a folder of the test's own."""
    (tmp_path / "space.yaml").write_text(SPACE)

    def started(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "logminer", "search", "--space", "space.yaml", "--strategy", "random", *words],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # Tests that run in the background inherit that Ctrl-C is ignored; a user's terminal does not ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    return started


def test_results_on_stdout_and_progress_on_stderr(started):
    """One line a trial, then why it ended and what is best; as JSON, all of it."""
    line = '{"metric": "loss", "value": {lr}}'
    out, err = started("--trials", "2", "--study", "a", "--", "echo", line).communicate()
    assert [word in out for word in ("ended: 2 trials", "study a: 2 complete", "best: 0.")] == [
        True
    ] * 3
    assert err.count("started") == err.count("complete") == 2
    out, _ = started(
        "--trials", "2", "--study", "a", "--format", "json", "--", "echo", line
    ).communicate()
    found = json.loads(out)
    assert found["best_value"] == min(trial["value"] for trial in found["trials"])


def test_a_broken_command_is_an_error(started):
    """The exit code says so, and the reason is that of the last trial."""
    process = started("--trials", "9", "--", "false", "{lr}")
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "all of the first 5 trials failed" in out
    assert "exit 1" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_trainings(started, tmp_path, number):
    """They are told to end, and may tidy up; the exit code is that of an interruption."""
    script = "trap 'touch $LOGMINER_RUN_DIR/tidied; exit' TERM; touch $LOGMINER_RUN_DIR/begun; while :; do sleep 0.05; done"
    process = started("--study", "a", "--", "sh", "-c", script, "{lr}")
    begun = tmp_path / "logminer-runs/a/0/begun"
    deadline = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert (tmp_path / "logminer-runs/a/0/tidied").exists()
