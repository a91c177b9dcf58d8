"""What commands list: tables that fit, the same rows in every format, chosen and sorted."""

import csv
import io
import json
import time

import pytest
from cli_run import run
from csv_runs import write_run

from logminer.cli._output import clock


@pytest.mark.parametrize(
    "args",
    [
        ("runs", "--only-varying", "--limit", "5"), ("tasks",), ("metrics",), ("params",), ("space",),
        ("top", "-n", "2"), ("top", "--overall"), ("zoom",), ("formats",), ("config",), ("sql", "select count(*) as n from run"),
    ],
)  # fmt: skip
def test_listings_print_a_table_that_fits(args, demo_file):
    """No line is wider than the terminal, and nothing but the table is on stdout."""
    done = run(*args, db=demo_file)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert max(len(line) for line in (done.stdout + done.stderr).splitlines()) <= 80


def test_formats_of_a_listing_agree(demo_file):
    """JSON, JSON lines, CSV and Markdown hold the same rows."""
    outputs = {
        form: run("tasks", "--format", form, db=demo_file).stdout
        for form in ("json", "jsonl", "csv", "md")
    }
    rows = json.loads(outputs["json"])
    assert rows == [json.loads(line) for line in outputs["jsonl"].splitlines()]
    assert [row["task"] for row in rows] == [
        row["task"] for row in csv.DictReader(io.StringIO(outputs["csv"]))
    ]
    assert len(outputs["md"].splitlines()) == len(rows) + 2


def test_rows_can_be_chosen_and_sorted(demo_file):
    """Conditions, order and columns apply to every listing; numbers sort as numbers, missing values last."""
    done = run(
        "runs", "--where", "task=digits_mlp", "--where", "value>0.9", "--sort", "-value", "--columns", "run,value",
        "--format", "json", db=demo_file,
    )  # fmt: skip
    rows = json.loads(done.stdout)
    values = [row["value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert min(values) > 0.9
    assert set(rows[0]) == {"run", "value"}
    by_momentum = json.loads(
        run("runs", "--sort", "momentum", "--format", "json", db=demo_file).stdout
    )
    assert by_momentum[0]["momentum"] is not None
    assert by_momentum[-1]["momentum"] is None


def test_a_guessed_direction_is_said(tmp_path):
    """Tasks and suggestions say in one line for which metric the direction is a guess, unless one is given."""
    for i in range(4):
        write_run(tmp_path / f"runs/r{i}", f"step,delta1\n0,0.1\n1,0.{i + 2}\n", lr=10.0**-i)
    db = tmp_path / "logs.duckdb"
    run("ingest", str(tmp_path / "runs"), db=db)
    said = "min is a guess for delta1: say --metric delta1 --mode max if not"
    for args in (("tasks",), ("suggest", "-n", "1", "--strategy", "random")):
        assert said in run(*args, db=db).stderr.splitlines()
        told = run(*args, "--metric", "delta1", "--mode", "max", db=db)
        assert told.returncode == 0
        assert "guess" not in told.stderr
    assert " max " in run("tasks", "--mode", "max", db=db).stdout


def test_what_an_answer_leaves_out_is_said(tmp_path):
    """Tasks that search other things are named, and can be asked for."""
    for i in range(4):
        for project, config in (("vision", {"lr": i, "wd": i}), ("poker", {"clip": i, "gamma": i})):
            folder = tmp_path / "logs" / project / f"trial_{i}"
            write_run(folder, f"step,val_loss\n0,{i}\n1,{i / 2}\n", **config)
    db = tmp_path / "x.duckdb"
    assert run("ingest", str(tmp_path / "logs"), db=db).returncode == 0
    for command in ("space", "top", "importance"):
        assert "1 unrelated task left out; --task names one: " in run(command, db=db).stderr
        assert "left out;" not in run(command, "--task", "vision", db=db).stderr
    assert "gamma" in run("space", "--task", "poker", db=db).stdout
    assert "lr" in run("space", "--task", "vision", db=db).stdout


def test_runs_of_one_task_can_be_listed(demo_file):
    """Like the other listings, runs takes a task; what does not vary within it is left out; an unknown one is named."""
    listed = run("runs", "--task", "digits_mlp", "--only-varying", "--format", "json", db=demo_file)
    rows = json.loads(listed.stdout)
    assert {row["task"] for row in rows} == {"digits_mlp"}
    assert "epochs" not in rows[0]
    unknown = run("runs", "--task", "digits_mlq", db=demo_file)
    assert unknown.returncode == 2
    assert "did you mean 'digits_mlp'" in unknown.stderr


def test_a_narrow_table_of_runs_shows_the_hyperparameters_that_go_with_the_value(demo_file):
    """They have room before what is the same in all runs; a column sorted by is always shown."""
    wide = ("--only-varying", "--sort", "-value", "--limit", "9")
    head = run("runs", *wide, db=demo_file).stdout.splitlines()[0].split()
    assert {"run", "value", "learning_rate", "width"} <= set(head)
    assert "status" not in head
    by_batch = run("runs", "--sort", "batch_size", "--limit", "9", db=demo_file).stdout
    assert "batch_size" in by_batch.splitlines()[0].split()


def test_a_column_blank_in_all_rows_shown_has_room_last(tmp_path):
    """Hyperparameters of other runs than those listed take no room from theirs."""
    for i in range(6):
        write_run(
            tmp_path / f"logs/a/run_{i}",
            f"step,val_loss\n0,{i}\n",
            **{f"alpha_{j}_of_the_first": i for j in range(6)},
        )
        write_run(tmp_path / f"logs/b/run_{i}", f"step,val_loss\n0,{i}\n", beta=i % 3)
    db = tmp_path / "x.duckdb"
    run("ingest", str(tmp_path / "logs"), db=db)
    for name, expected in (("a", "alpha_0_of_the_first"), ("b", "beta")):
        head = run("runs", "--where", f"run~{name}/", db=db).stdout.splitlines()[0].split()
        assert expected in head


def test_top_shows_the_whole_config_of_each_winner(demo_file):
    """Where a table has no room for all columns, each config stands below what it reached; elsewhere it is a table."""
    best = json.loads(
        run("top", "-n", "1", "--task", "digits_mlp", "--format", "json", db=demo_file).stdout
    )[0]
    shown = run("top", "-n", "1", "--task", "digits_mlp", db=demo_file).stdout
    assert shown.startswith("digits_mlp, to maximise validation/accuracy\n 1  0.96937 ± 0.0024  ")
    assert "(3 runs)" in shown
    for name in ("learning_rate", "batch_size", "weight_decay", "layers", "activation"):
        assert f"{name}={best[name]}" in shown
    assert shown.index("learning_rate=") < shown.index("activation=")
    table = run("top", "--columns", "task,place,mean", db=demo_file).stdout
    assert table.splitlines()[0].split() == ["task", "place", "mean"]


def test_top_in_blocks_keeps_conditions_order_and_limit(demo_file):
    """What is chosen of the rows holds for blocks as it does for tables."""
    done = run("top", "--where", "place<=2", "--sort", "-task", "--limit", "3", db=demo_file)
    heads = [line.partition(",")[0] for line in done.stdout.splitlines() if ", to " in line]
    assert heads[0] == "parity_mlp"
    assert len([line for line in done.stdout.splitlines() if line[:2].strip().isdigit()]) == 3


def test_a_problem_is_said_within_the_width_and_its_path_whole(tmp_path):
    """What does not fit on one line stands below the path, which can be copied in one piece."""
    folder = tmp_path / "logs" / ("a name with blanks " * 4).strip()
    write_run(folder, "")
    done = run("ingest", str(tmp_path / "logs"), db=tmp_path / "x.duckdb")
    path = f"  {folder / 'metrics.csv'}:"
    assert [path, "    an empty file: nothing was logged"] == done.stderr.splitlines()[1:]


def test_show_says_times_as_people_read_them(tmp_path, monkeypatch):
    """Start and end are dates of the local clock; JSON keeps the numbers; a time of no calendar is left as it is."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    run_folder = tmp_path / "mlruns/1/abc"
    (run_folder / "metrics").mkdir(parents=True)
    (run_folder / "meta.yaml").write_text(
        "artifact_uri: x\nrun_id: abc\nlifecycle_stage: active\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000060000\n"
    )
    (run_folder / "metrics/loss").write_text("1700000000000 0.5 0\n")
    db = tmp_path / "x.duckdb"
    run("ingest", str(tmp_path / "mlruns"), db=db)
    shown = run("show", "abc", db=db).stdout
    assert "   started  2023-11-14 22:13:20 UTC\n     ended  2023-11-14 22:14:20 UTC\n" in shown
    assert json.loads(run("show", "abc", "--format", "json", db=db).stdout)["started"] == 1.7e9
    assert clock(1e300) == "1e+300"


def test_advice_to_stop_says_what_is_out_of_reach(tmp_path):
    """Of an accuracy, a run far below the others is told to stop as it will not beat the best, which is the highest."""
    for i in range(8):
        rise = "".join(f"{k},{(0.8 + i / 80) * (1 - 0.6**k):.4f}\n" for k in range(1, 13))
        write_run(tmp_path / f"logs/run_{i}", "epoch,val_acc\n" + rise, lr=10.0**-i)
    low = "".join(f"{k},{0.3 * (1 - 0.6**k):.4f}\n" for k in range(1, 7))
    write_run(tmp_path / "logs/run_8", "epoch,val_acc\n" + low, lr=0.5)
    db = tmp_path / "x.duckdb"
    run("ingest", str(tmp_path / "logs"), db=db)
    (row,) = json.loads(run("curves", "--format", "json", db=db).stdout)
    assert row["expected"] < 0.6
    assert row["advice"] == "stop: 0% to beat the best, 0.8856"


def test_backtest_says_how_far_it_is_and_what_its_rows_are(demo_copy):
    """Somebody who waits reads a line at the start, and the rows that look alike are told apart; quiet says no progress."""
    args = ("backtest", "--strategies", "random", "-n", "2", "--seeds", "1")
    done = run(*args, db=demo_copy)
    first = done.stderr.splitlines()[0]
    assert first.startswith("0 of 10 searches replayed in ")
    assert first.endswith("; now on cancer_mlp")
    for row in (
        "auto, cold: ",
        "random: tries what did best",
        "random order: takes logged configs",
    ):
        assert f"\n{row}" in done.stderr
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 80
    assert "searches" not in run("-q", *args, db=demo_copy).stderr


def test_stopping_rules_are_replayed_beside_runs_that_logged_one_value(tmp_path):
    """A task whose runs logged nothing but a value at step 0 costs no warning; the rule is said, and begins the table."""
    for task, steps in (("curves", 12), ("ends", 1)):
        for i in range(8):
            rows = "".join(
                f"{k},{(0.8 + i / 80) * (1 - 0.6 ** (k + 1)):.4f}\n" for k in range(steps)
            )
            write_run(
                tmp_path / f"logs/{task}/run_{i}",
                "step,val_acc\n" + rows,
                lr=10.0**-i,
                dataset=task,
            )
    db = tmp_path / "x.duckdb"
    run("ingest", str(tmp_path / "logs"), db=db)
    done = run("backtest", "--stopping", db=db)
    assert done.returncode == 0
    assert done.stderr.startswith("stopping rule: ")
    assert done.stderr.count("\n") <= 3
    assert max(map(len, done.stderr.splitlines())) <= 80
    assert done.stdout.split()[0] == "rule"


def test_a_hyperparameter_with_the_name_of_a_fact_is_told_apart(tmp_path):
    """A run that was given so many steps is listed with them, beside the last step it logged."""
    for i in range(1, 4):
        write_run(
            tmp_path / f"logs/run_{i}",
            f"step,val_loss\n0,1\n7,0.{i}\n",
            steps=i * 100,
            status=f"s{i}",
        )
    db = tmp_path / "x.duckdb"
    run("ingest", str(tmp_path / "logs"), db=db)
    rows = json.loads(run("runs", "--format", "json", db=db).stdout)
    assert [(row["steps"], row["config.steps"], row["config.status"]) for row in rows] == [
        (7, 100 * i, f"s{i}") for i in range(1, 4)
    ]
    assert "config.steps" in run("runs", db=db).stdout
