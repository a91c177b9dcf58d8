"""Searching with a command: what reaches it, what is read back, how it ends, and that nothing is lost."""

import json
import signal
import subprocess
import sys
import time

import pytest
import yaml

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.space_spec import space_from_spec
from logminer.runner._asking import Fidelity
from logminer.runner._command import Command
from logminer.runner._outcome import NO_METRIC
from logminer.runner.search import Limits, search_command
from logminer.store import open_store
from logminer.workflows.history import View

SPEC = {"lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}
# Trains by a formula; says what it is asked to say. No import of weight: tests start many.
TRAIN = r"""
import json, math, os, sys, time
lr, out, how, epochs = float(sys.argv[1]), sys.argv[2], sys.argv[3], int(float(sys.argv[4]))
with open(os.path.join(os.path.dirname(out), "started.txt"), "a") as file:
    file.write(os.path.basename(out) + "\n")
if how == "slow":
    time.sleep(0.3)
if how == "hang":
    time.sleep(60)
if how == "exit" or (how == "some" and int(os.environ["LOGMINER_TRIAL"]) % 2):
    sys.exit("it broke")
print("some words first")
for epoch in range(epochs):
    value = abs(math.log10(lr) + 2) + 1 / (epoch + 1)
    print(json.dumps({"metric": "val_loss", "value": float("nan") if how == "nan" else value, "epoch": epoch}), flush=True)
    if how == "epochs":
        time.sleep(0.1)
"""


@pytest.fixture
def go(tmp_path):
    """Search in a folder of the test's own."""
    (tmp_path / "train.py").write_text(TRAIN)

    def go(how="fine", epochs="3", *, argv=None, **options):
        words = argv or (
            sys.executable,
            str(tmp_path / "train.py"),
            "{lr}",
            "{run_dir}",
            how,
            epochs,
        )
        options = {"study": "s", "strategy": "random", **options}
        view = options.pop("view", View(space=space_from_spec(SPEC)))
        limits = Limits(**options.pop("ends", {"trials": 3}))
        command = options.pop("command", None) or Command(words)
        return search_command(
            str(tmp_path / "db"), command, view, limits=limits, runs=tmp_path / "runs", **options
        )

    return go


def started(tmp_path):
    file = tmp_path / "runs/s/started.txt"
    return file.read_text().split() if file.exists() else []


def test_values_come_from_what_the_command_prints(go, tmp_path):
    """The metric is found by its name, the best trial is the lowest, and all runs are in the database."""
    result = go()
    assert result.trials["status"].tolist() == ["complete"] * 3
    assert result.best_value == result.trials["value"].min()
    assert result.best_config == {"lr": result.trials.loc[result.best_trial, "lr"]}
    assert result.why == "3 trials were started"
    with open_store(tmp_path / "db") as store:
        assert len(store.read.runs()) == 3
        assert set(store.read.params(["param"])["name"]) == {"lr"}


def test_the_same_command_goes_on(go, tmp_path):
    """What was run is not run again, and more trials add to it."""
    first = go()
    assert len(go().trials) == 3
    more = go(ends={"trials": 5})
    assert len(more.trials) == 5
    assert more.trials["lr"].nunique() == 5
    assert more.trials.loc[:2, "lr"].tolist() == first.trials["lr"].tolist()
    assert sorted(started(tmp_path)) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("how", "options", "reason"),
    [
        ("exit", {}, "exit 1: it broke"),
        ("nan", {}, "diverged: 'val_loss' ends in nan"),
        ("hang", {"timeout": 0.5}, "time limit of 0.5 s"),
    ],
)
def test_failures_have_reasons_and_the_search_gives_up_when_all_fail(go, how, options, reason):
    """A broken command costs a few trials, not the budget."""
    result = go(how, ends={"trials": 50, "failures": 2}, **options)
    assert result.failed
    assert set(result.trials["reason"]) == {reason}
    assert reason in result.why
    assert result.best_config is None


def test_some_failures_do_not_end_a_search(go):
    """Failed trials count as trials, and the others go on."""
    result = go("some", ends={"trials": 6, "failures": 2})
    assert not result.failed
    assert result.trials["status"].tolist() == ["complete", "failed"] * 3


def test_a_command_without_metrics_is_told_so(go):
    """The reason says what is missing."""
    result = go(argv=("true", "{lr}"), ends={"failures": 1})
    assert result.trials["reason"].tolist() == [NO_METRIC]
    named = View(space=space_from_spec(SPEC), metric="acc", mode="max")
    result = go(ends={"trials": 1, "failures": 1}, view=named, study="other")
    assert result.trials["reason"].tolist() == ["logged no 'acc', but val_loss"]


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ({"target": 10.0}, "the target 10 is reached"),
        ({"budget": 3}, "the budget of 3 is spent"),
        ({"patience": 2}, "no better trial among the last 2"),
        ({"patience_seconds": 0.5}, "no better trial for 0.5 s"),
        ({"seconds": 0.3}, "the time is up: 0.3 s"),
    ],
)
def test_every_limit_ends_a_search_and_says_so(go, ends, why):
    """Each is enough by itself."""
    assert go(ends=ends, workers=2).why.startswith(why)


def test_time_up_puts_the_running_trials_back(go, tmp_path):
    """They are ended, wait, and are run when the search goes on."""
    result = go("hang", ends={"seconds": 3.0})
    assert result.trials["status"].tolist() == ["waiting"]
    result = go("fine", ends={"trials": 1})
    assert result.trials["status"].tolist() == ["complete"]
    assert started(tmp_path) == ["0", "0"]


def test_a_search_may_end_before_it_begins(go):
    """When the time is up at once, no trial is started, and that is said."""
    result = go(ends={"seconds": 0.0})
    assert result.why == "the time is up: 0 s"
    assert len(result.trials) == 0


def test_all_strategies_drive_a_command(go):
    """Budgets reach the command, and halving promotes within the named range."""
    for strategy in ("grid", "tpe", "successive_halving", "asha", "hyperband", "pbt"):
        fidelity = Fidelity.parse("epochs=1:9")
        result = go(
            epochs="{epochs}", study=strategy, strategy=strategy, fidelity=fidelity, ends={"trials": 4}, workers=4
        )  # fmt: skip
        assert set(result.trials["status"]) == {"complete"}, strategy


def test_a_promotion_resumes_the_earlier_run(go, tmp_path):
    """The promoted trial is told where its earlier self is, finds its checkpoints, and spends the difference."""
    script = tmp_path / "climb.py"
    script.write_text(
        "import os, sys, json\n"
        "lr, out, epochs, *rest = sys.argv[1:]\n"
        "file = os.path.join(os.environ['LOGMINER_CHECKPOINT_DIR'], 'epoch')\n"
        "done = int(open(file).read()) if os.path.exists(file) else 0\n"
        "assert bool(done) == bool(rest), rest\n"
        "assert not rest or os.path.exists(os.path.join(rest[1], 'hparams.json'))\n"
        "for epoch in range(done, int(epochs)): print(json.dumps({'epoch': epoch, 'loss': float(lr)}))\n"
        "open(file, 'w').write(epochs)\n"
    )
    argv = (
        sys.executable,
        str(script),
        "{lr}",
        "{run_dir}",
        "{epochs}",
        "--resume",
        "{resume_dir}",
    )
    fidelity = Fidelity.parse("epochs=1:27")
    result = go(argv=argv, strategy="asha", fidelity=fidelity, ends={"trials": 8}).trials
    assert set(result["status"]) == {"complete"}, result["reason"].tolist()
    climbed = result[result["budget"] == 3]
    assert len(climbed) >= 1
    assert climbed["spent"].tolist() == [2.0] * len(climbed)


def test_the_median_stops_a_trial(go):
    """A run that is clearly worse ends early, says why, and counts with what it had reached."""
    view = View(space=space_from_spec({"lr": [0.01, 0.011, 0.012, 1e-4]}))
    result = go("epochs", "12", view=view, strategy="grid", stop="median", ends={"trials": 4})
    trials = result.trials.set_index("lr")
    assert trials.loc[1e-4, "status"] == "stopped"
    assert trials.loc[1e-4, "reason"].startswith("worse than the median of 3 others")
    assert trials.loc[1e-4, "value"] > 2
    assert (trials.drop(1e-4)["status"] == "complete").all()


def test_a_space_is_taken_from_the_logs(go, tmp_path):
    """With logs and no space file, the placeholders choose the part of the space that is searched."""
    first = go(ends={"trials": 12}, workers=4)
    assert not first.failed
    result = go(view=View(), study="later")
    assert {"lr"} == set(result.best_config)
    with pytest.raises(UsageError, match="did you mean 'lr'"):
        go(argv=("true", "{lrr}"), view=View())


def test_without_space_and_logs_nothing_is_started(go):
    """The message says what to give."""
    with pytest.raises(NothingFoundError, match="no search space"):
        go(view=View())


def test_config_files_and_variables(go, tmp_path):
    """A template keeps types, a placeholder in quotes or not; variables hold what the command line does."""
    template = tmp_path / "in.yaml"
    template.write_text("optim: {lr: '{lr}', name: sgd}\nlr: {lr}\nnote: at {lr}\n")
    script = tmp_path / "show.py"
    script.write_text(
        "import json, os, sys\nprint(json.dumps({'metric': 'loss', 'value': 1.0}))\n"
        "open(os.path.join(os.environ['LOGMINER_RUN_DIR'], 'seen.json'), 'w').write(json.dumps([sys.argv[1:], "
        "open(sys.argv[1]).read(), json.load(open(os.environ['LOGMINER_CONFIG'])), os.environ['LOGMINER_PARAM_LR']]))"
    )
    command = Command((sys.executable, str(script), "{config_file}", "--data", "wine"), template)
    result = go(command=command, ends={"trials": 1})
    assert result.trials["status"].tolist() == ["complete"]
    lr = result.best_config["lr"]
    _, text, facts, variable = json.loads((tmp_path / "runs/s/0/seen.json").read_text())
    loaded = yaml.safe_load(text)
    assert float(loaded["optim"]["lr"]) == float(loaded["lr"]) == float(variable) == lr
    assert loaded["note"] == f"at {lr}"
    assert facts == {"data": "wine", "lr": lr}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"lr": 0.1, "b": None}, ["t", "--lr", "0.1"]),
        ({"lr": 0.1, "b": 2}, ["t", "--lr", "0.1", "--b", "2", "--c=2"]),
        ({"lr": None, "b": 2}, ["t", "--b", "2", "--c=2"]),
    ],
)
def test_what_has_no_value_is_left_out_with_its_flag(values, expected):
    """A parameter that does not apply leaves no trace on the command line."""
    assert Command(("t", "--lr", "{lr}", "--b", "{b}", "--c={b}")).fill(values) == expected


def test_toml_templates_are_filled(tmp_path):
    """Quoted or not, a placeholder becomes a TOML value."""
    template = tmp_path / "in.toml"
    template.write_text('a = "{a}"\nb = {b}\n')
    assert Command(("t",), template).config_file({"a": "x", "b": 0.5}) == 'a = "x"\nb = 0.5\n'


def searching(tmp_path, how, *, trials, workers=1):
    """A script that runs the search of ``go``, in a process of its own."""
    command = [str(tmp_path / "train.py"), "{lr}", "{run_dir}", how, "2"]
    script = tmp_path / "searching.py"
    script.write_text(
        "import sys\n"
        "from logminer.core.space_spec import space_from_spec\n"
        "from logminer.runner._command import Command\n"
        "from logminer.runner.search import Limits, search_command\n"
        "from logminer.workflows.history import View\n"
        f"search_command({str(tmp_path / 'db')!r}, Command((sys.executable, *{command!r})),"
        f" View(space=space_from_spec({SPEC!r})), study='s', strategy='random', workers={workers},"
        f" limits=Limits(trials={trials}), runs={str(tmp_path / 'runs')!r})"
    )
    return script


def test_two_searches_share_a_study(go, tmp_path):
    """No trial is handed out twice, and together they make as many as were asked for."""
    script = searching(tmp_path, "fine", trials=8)
    others = [subprocess.Popen([sys.executable, str(script)]) for _ in range(2)]
    assert [other.wait(100) for other in others] == [0, 0]
    assert sorted(started(tmp_path)) == sorted(str(n) for n in range(8))
    assert go(ends={"trials": 8}).trials["lr"].nunique() == 8


def test_a_search_killed_at_any_moment_goes_on_where_it_was(go, tmp_path):
    """Its trainings end without it, are found ended or still running, and none is run twice."""
    script = searching(tmp_path, "slow", trials=9, workers=3)
    for count in (1, 4):
        child = subprocess.Popen([sys.executable, str(script)])
        deadline = time.monotonic() + 60
        while len(started(tmp_path)) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
    result = go("slow", "2", ends={"trials": 9})
    assert result.trials["status"].tolist() == ["complete"] * 9
    assert sorted(started(tmp_path)) == sorted(str(n) for n in range(9))


@pytest.mark.parametrize("always", [False, True])
def test_a_worker_that_vanishes_is_run_once_more(go, tmp_path, always):
    """Killed with all its processes, a trial starts again in a folder of its own; the second time it has failed."""
    script = tmp_path / "die.py"
    script.write_text(
        "import os, signal, sys\n"
        f"if {always} or not os.environ['LOGMINER_RUN_DIR'].endswith('.2'): os.killpg(os.getpgid(0), signal.SIGKILL)\n"
        'print(\'{"metric": "loss", "value": 1}\')\n'
    )
    result = go(argv=(sys.executable, str(script), "{lr}"), ends={"trials": 2})
    reason = "vanished without an exit code, 2 times" if always else ""
    assert result.trials["status"].tolist() == ["failed" if always else "complete"] * 2
    assert result.trials["reason"].tolist() == [reason] * 2
    assert result.failed == always
    assert (tmp_path / "runs/s/1.2").is_dir()
