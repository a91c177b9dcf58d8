"""What became of trials reaches everything that is asked later: listings, rankings, suggestions and the next search."""

import sys
from pathlib import Path

import pytest

from logminer.analyses import top
from logminer.core.errors import UsageError
from logminer.core.space_spec import space_from_spec
from logminer.runner import studies
from logminer.runner._board import BY_HAND, Board
from logminer.runner._command import Command
from logminer.runner.claims import claim, tell
from logminer.runner.search import Limits, search_command
from logminer.store import open_store
from logminer.store.trials import StudyRow
from logminer.workflows.history import View, mine_history
from logminer.workflows.look import runs
from logminer.workflows.suggest import suggest

SPEC = {
    "lr": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "width": {"type": "int", "low": 8, "high": 4096, "log": True},
}
VIEW = View(space=space_from_spec(SPEC))
# The widest nets look best until they run out of memory.
TRAIN = """
import json, os, sys
lr, width, below = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.makedirs(below, exist_ok=True)
with open(os.path.join(below, "metrics.jsonl"), "w") as log:
    for epoch in range(3):
        print(json.dumps({"epoch": epoch, "val_loss": abs(lr - 0.01) + width**-0.5 + 0.1 / (epoch + 1)}), file=log, flush=True)
        if width > 200 and epoch:
            raise MemoryError("no room")
"""


@pytest.fixture
def go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TRAIN)

    def go(study, trials=10, below="{run_dir}", *more, view=VIEW, **options):
        command = Command((sys.executable, "train.py", "{lr}", "{width}", below, *more))
        return search_command(
            "db", command, view, study=study, limits=Limits(trials=trials), runs="runs", **options
        )

    return go


@pytest.mark.parametrize("below", ["{run_dir}", "{run_dir}/logs/version_0"])
def test_failed_trials_are_failed_runs_and_never_lead(go, below):
    """Wherever below the trial's folder its logs are."""
    result = go("first", 10, below)
    failed = result.trials["status"] == "failed"
    assert 0 < failed.sum() < 10
    with open_store("db") as store:
        table = runs(store, VIEW)
        assert len(table) == 10
        assert (table["status"] == "failed").sum() == failed.sum()
        assert table.loc[table["status"] == "failed", "width"].min() > 200
        leader = top.analyse(mine_history(store, VIEW).history).overall.iloc[0]
        best = mine_history(store, VIEW).history
        assert (
            best.config_dicts()[best.config_ids.tolist().index(leader["config"])]
            == result.best_config
        )
        advice = suggest(store, VIEW, n=6)
    assert all(s.config["width"] <= 400 for s in advice.suggestions)
    assert any("ran out of memory" in note and "width > " in note for note in advice.notes)


@pytest.mark.parametrize("strategy", ["auto", "random", "tpe", "genetic", "forest", "sobol"])
def test_the_next_search_stays_out_of_the_corner(go, strategy):
    """On a related task, with any strategy; where it begins between two widths nobody knows."""
    first = go("first", 14).trials
    said = []
    second = go("second", 4, "{run_dir}", "--data", "b", strategy=strategy, say=said.append)
    assert (second.trials["width"] < first["width"][first["status"] == "failed"].min()).all()
    assert any("ran out of memory" in line for line in said)


def test_a_new_metric_begins_with_what_fits_of_the_past(go):
    """The space and the failures hold; results by another metric do not."""
    go("first", 14)
    said = []
    view = View(space=VIEW.space, metric="sharpe", mode="max")
    Path("other.py").write_text("import json; print(json.dumps({'epoch': 1, 'sharpe': 0.5}))")
    command = Command((sys.executable, "other.py", "{lr}", "{width}"))
    result = search_command(
        "db", command, view, study="new", limits=Limits(trials=3), runs="runs", say=said.append
    )
    assert (result.trials["status"] == "complete").all()
    assert result.trials["width"].max() <= 400
    assert any("no earlier run logged 'sharpe'" in line for line in said)


def test_the_same_command_goes_on_once_the_script_is_mended(go, tmp_path):
    """Giving up is about this call, not for ever."""
    (tmp_path / "train.py").write_text("raise ImportError('no module foo')")
    first = go("s", 10)
    assert first.failed
    assert len(first.trials) == 5
    (tmp_path / "train.py").write_text(TRAIN)
    second = go("s", 8)
    assert len(second.trials) == 8
    assert not second.failed


def test_reset_trials_are_run_again_and_teach_nothing_before(go, tmp_path):
    """Each in a folder of its own; what they logged when they failed is no failure of theirs any more."""
    (tmp_path / "train.py").write_text("raise ImportError('no module foo')")
    go("s", 5)
    (tmp_path / "train.py").write_text(TRAIN)
    with open_store("db", write=True) as store:
        assert studies.reset_failed(store, "s") == 5
        assert studies.list_studies(store).loc[0, "waiting"] == 5
    again = go("s", 5)
    assert set(again.trials["reason"].str.contains("foo")) == {False}
    assert again.trials["folder"].str.endswith(".2").all()


def test_a_told_value_is_a_run_of_the_past(go):
    """By hand, without any log."""
    claimed = claim(
        "db", "hand", View(space=VIEW.space, metric="acc", mode="max"), n=2, runs="runs"
    )
    tell("db", "hand", claimed.trials[0].number, 0.75)
    tell("db", "hand", claimed.trials[1].number, failed="out of memory")
    from logminer.workflows.ingest import ingest

    with open_store("db", write=True) as store:
        ingest(store, ["runs"])
        history = mine_history(store, VIEW).history
    assert history.trials["value"].dropna().tolist() == [0.75]
    assert sorted(history.trials["status"]) == ["failed", "finished"]
    assert next(iter(history.objectives.values())).mode == "max"


def test_studies_are_renamed_and_removed(go, tmp_path):
    """Trials go with their study; a new study of the old name leaves the old logs alone."""
    go("s", 2)
    with open_store("db", write=True) as store:
        studies.rename_study(store, "s", "t")
        assert studies.show_study(store, "t").trials["number"].tolist() == [0, 1]
        with pytest.raises(UsageError, match="already"):
            studies.rename_study(store, "t", "t")
        studies.remove_study(store, "t")
        assert studies.list_studies(store).empty
    again = go("s", 1)
    assert again.trials["folder"].tolist() == [str(tmp_path / "runs/s/0.2")]


def test_a_study_that_is_worked_on_is_left_alone(tmp_path):
    """Its trials would come back under a name that is gone."""
    board = Board(str(tmp_path / "db"), StudyRow("s", SPEC, None, None, "random", 0, str(tmp_path)))
    with board.present():
        with board.turn():
            board.put_study(board.study)
        board.rest(now=True)
        with (
            open_store(tmp_path / "db", write=True) as store,
            pytest.raises(UsageError, match="a search works on"),
        ):
            studies.remove_study(store, "s")
    assert board.owner != BY_HAND
