"""What folders say: which files are one run, and parameters from above and from paths."""

import os

from csv_runs import ROWS, read_in, write_run


def test_files_side_by_side_are_runs_of_their_own(store, tmp_path):
    """``run_1.csv`` and ``run_2.csv`` are two runs; ``train.csv`` beside ``val.csv`` is one."""
    (tmp_path / "flat").mkdir()
    for i in (1, 2):
        (tmp_path / f"flat/run_{i}.csv").write_text(ROWS)
    parts = tmp_path / "flat/parts"
    parts.mkdir()
    (parts / "train.csv").write_text("step,train_loss\n0,1\n1,2\n")
    (parts / "val.csv").write_text("step,val_loss\n0,1\n1,2\n")
    read_in(store, tmp_path / "flat")
    assert sorted(store.read.runs()["name"]) == ["parts", "run_1", "run_2"]


def test_parameters_of_a_folder_above_hold_below(store, tmp_path):
    """A config beside the folders that log is inherited by their runs, and is no run itself."""
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/config.json").write_text('{"lr": 0.5, "depth": 3}')
    for name in ("first", "second"):
        write_run(tmp_path / f"exp/{name}", lr=0.1)
    read_in(store, tmp_path / "exp")
    runs = store.read.runs()
    assert sorted(runs["name"]) == ["first", "second"]
    params = store.read.params(["param"])
    values = params.groupby("name")["value"].agg(list).to_dict()
    assert values == {"lr": [0.1, 0.1], "depth": [3, 3]}


def test_parameters_are_read_from_paths(store, tmp_path):
    """Names and values in folder names become parameters; a pattern names the levels."""
    folder = tmp_path / "runs/mnist/lr=0.01,bs=32"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(ROWS)
    read_in(store, tmp_path / "runs")
    params = store.read.params(["path"]).set_index("name")["value"].to_dict()
    assert params == {"lr": 0.01, "bs": 32}
    read_in(store, tmp_path / "runs", pattern="{dataset}/{config}")
    levels = store.read.params(["level"]).set_index("name")["value"].to_dict()
    assert levels == {"dataset": "mnist", "config": "lr=0.01,bs=32"}


def test_a_link_back_to_the_start_doubles_nothing(store, tmp_path):
    """A file directly in the folder that is read counts once, though a link below leads to it again."""
    run = write_run(tmp_path / "runs")
    (run / "sub").mkdir()
    (run / "sub/up").symlink_to(run)
    result = read_in(store, run)
    assert (result.runs, result.points) == (1, 6)


def test_loops_and_special_files_are_passed_over(store, tmp_path):
    """A link to a folder above and a pipe neither hang nor double anything."""
    run = write_run(tmp_path / "runs/a")
    (run / "up").symlink_to(tmp_path / "runs")
    os.mkfifo(run / "pipe.csv")
    (run / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    result = read_in(store, tmp_path / "runs")
    assert (result.runs, result.points) == (1, 6)
    assert [problem.path for problem in result.problems] == [str(run / "gone.csv")]
