"""``logminer search`` as a user runs it."""

import json
import signal
import subprocess
import sys
import time

import pytest
from processes import logminer

SPACE = "lr: {type: float, low: 0.1, high: 1.0}\n"


@pytest.fixture
def started(tmp_path):
    """Start the command in a folder of the test's own."""
    (tmp_path / "space.yaml").write_text(SPACE)

    def started(*words):
        return subprocess.Popen(
            logminer("search", "--space", "space.yaml", "--strategy", "random", *words),
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
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
    assert "(loss, to minimise)" in out
    assert "logs of each: logminer-runs/a/NUMBER" in out
    out, _ = started(
        "--trials", "2", "--study", "a", "--format", "json", "--", "echo", line
    ).communicate()
    found = json.loads(out)
    assert found["best_value"] == min(trial["value"] for trial in found["trials"])


def test_a_direction_that_nothing_tells_is_said(started):
    """A name that nobody knows may as well be maximised; with --mode, or a known name, nothing is said."""
    line = '{"metric": "zorp", "value": {lr}}'
    words = ("--trials", "1", "--metric", "zorp", "--", "echo", line)
    _, err = started("--study", "a", *words).communicate()
    assert "zorp does not tell which way is better" in " ".join(err.split())
    assert "--mode max" in " ".join(err.split())
    _, err = started("--study", "b", "--mode", "max", *words).communicate()
    assert "does not tell" not in err
    line = '{"metric": "val_loss", "value": {lr}}'
    _, err = started("--study", "c", "--trials", "1", "--", "echo", line).communicate()
    assert "does not tell" not in err


def test_a_broken_command_is_an_error(started):
    """The exit code says so, and the reason is that of the last trial."""
    process = started("--trials", "9", "--", "false", "{lr}")
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "the first 5 trials all failed" in out
    assert "exit 1" in out


def test_a_parameter_that_the_command_does_not_name_is_said(started):
    """It is searched all the same: it reaches the command as a variable."""
    script = """echo '{"metric": "loss", "value": '$LOGMINER_PARAM_LR'}'"""
    out, err = started("--trials", "1", "--", "sh", "-c", script).communicate()
    assert "'lr' is not in the command, which finds it in LOGMINER_PARAM_LR alone" in err
    assert "1 complete" in out


def test_trials_by_hand(started, tmp_path):
    """What suggest hands out is told, and a search of the same study goes on with both."""

    def said(*words):
        done = subprocess.run(
            [sys.executable, "-m", "logminer", *words],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    study = "--study a --space space.yaml --mode min --metric loss"
    handed = said("suggest", *study.split(), "-n", "2")
    assert "trial 0  lr=" in handed
    assert "then: logminer tell a 1 VALUE" in handed
    assert said("tell", "a", "0", "0.01") == "trial 0 of a complete: 0.01\n"
    assert said("tell", "a", "1", "--failed", "no disk") == "trial 1 of a failed: no disk\n"
    assert "is complete already" in said("tell", "a", "0", "0.02")
    out, _ = started(
        "--trials", "3", "--study", "a", "--", "echo", '{"metric": "loss", "value": {lr}}'
    ).communicate()
    assert "study a: 2 complete, 1 failed" in out
    assert "best: 0.01 by trial 0" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_trainings(started, tmp_path, number):
    """They are told to end, and may tidy up; what was found is said, and that it was an interruption."""
    script = "trap 'touch $LOGMINER_RUN_DIR/tidied; exit' TERM; touch $LOGMINER_RUN_DIR/begun; while :; do sleep 0.05; done"
    process = started("--study", "a", "--", "sh", "-c", script, "{lr}")
    begun = tmp_path / "logminer-runs/a/0/begun"
    deadline = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (tmp_path / "logminer-runs/a/0/tidied").exists()
    assert out.startswith("ended: interrupted")
    assert "study a: 1 waiting" in out
