"""What commands list: tables that fit, the same rows in every format, chosen and sorted."""

import csv
import io
import json

import pytest
from cli_run import run
from csv_runs import write_run


@pytest.mark.parametrize(
    "args",
    [
        ("runs", "--only-varying", "--limit", "5"), ("tasks",), ("metrics",), ("params",), ("space",),
        ("top", "-n", "2"), ("formats",), ("config",), ("sql", "select count(*) as n from run"),
    ],
)  # fmt: skip
def test_listings_print_a_table_that_fits(args, demo_file):
    """No line is wider than the terminal, and nothing but the table is on stdout."""
    done = run(*args, db=demo_file)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


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
