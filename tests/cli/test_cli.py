"""Every command, as a user runs it: results on stdout, one line and an exit code when it fails."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest
import yaml

from logminer.cli import main


@dataclass
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def run(*args, db=None):
    """Run ``logminer`` as its script does, 80 columns wide, without the cost of a new process."""
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["logminer", *args])
        for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "LOGMINER_DB": str(db or "")}.items():
            patch.setenv(name, value)
        with (
            redirect_stdout(streams[0]),
            redirect_stderr(streams[1]),
            pytest.raises(SystemExit) as ended,
        ):
            main()
    out, err = (stream.buffer.getvalue().decode() for stream in streams)
    return Done(ended.value.code or 0, out, err)


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


def test_what_an_answer_leaves_out_is_said(tmp_path):
    """Tasks that search other things are named, and can be asked for."""
    for i in range(4):
        for project, config in (("vision", {"lr": i, "wd": i}), ("poker", {"clip": i, "gamma": i})):
            folder = tmp_path / "logs" / project / f"trial_{i}"
            folder.mkdir(parents=True)
            (folder / "config.json").write_text(json.dumps(config))
            (folder / "log.csv").write_text(f"step,val_loss\n0,{i}\n1,{i / 2}\n")
    db = tmp_path / "x.duckdb"
    assert run("ingest", str(tmp_path / "logs"), db=db).returncode == 0
    for command in ("space", "top", "importance"):
        assert "1 unrelated task left out; --task names one: " in run(command, db=db).stderr
        assert "left out;" not in run(command, "--task", "vision", db=db).stderr
    assert "gamma" in run("space", "--task", "poker", db=db).stdout
    assert "lr" in run("space", "--task", "vision", db=db).stdout


def test_suggestions_in_every_format(demo_file):
    """The same configs as text, JSON, YAML, CSV and arguments."""
    outputs = {
        form: run("suggest", "--task", "digits_mlp", "-n", "2", "--format", form, db=demo_file)
        for form in ("text", "json", "yaml", "csv", "argv")
    }
    assert all(done.returncode == 0 for done in outputs.values())
    configs = [s["config"] for s in json.loads(outputs["json"].stdout)["suggestions"]]
    assert configs == [s["config"] for s in yaml.safe_load(outputs["yaml"].stdout)["suggestions"]]
    assert len(list(csv.DictReader(io.StringIO(outputs["csv"].stdout)))) == 2
    assert outputs["argv"].stdout.splitlines()[0].startswith("--")
    assert "because" not in outputs["text"].stdout
    assert "35 runs of digits_mlp itself" in outputs["text"].stderr


def test_a_report_is_written(demo_file, tmp_path):
    """One file that names the tasks and needs no network."""
    path = tmp_path / "page.html"
    done = run("report", "-o", str(path), db=demo_file)
    assert done.returncode == 0, done.stderr
    page = path.read_text()
    assert "clusters_mlp" in page
    assert 'src="http' not in page


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("ingest", "/nowhere/at/all"), 5, "no such file or folder"),
        (("suggest", "--metric", "acuracy"), 2, "did you mean"),
        (("show", "no_such_run"), 5, "no run 'no_such_run'"),
        (("runs", "--where", "nonsense"), 2, "is no condition"),
        (("runs", "--columns", "nme"), 2, "did you mean 'name'|columns are"),
        (("sql", "select nothing from nowhere"), 2, "SQL"),
        (("runs", "--where", "layers>many"), 2, "'many' is no number"),
        (("sql", ""), 2, "the query is empty"),
        (
            ("top", "-n", "0"),
            2,
            r"\Aerror: invalid value for '-n'.*\nhint: logminer top --help\n\Z",
        ),
        (("ingest",), 2, r"\Aerror: missing argument 'PATHS...'\nhint: logminer ingest --help\n\Z"),
        (("suggst",), 2, "did you mean 'suggest'"),
        (("suggest", "--strategy", "baysian"), 2, "no strategy 'baysian'"),
        (("space", "--space", "/nowhere.yaml"), 2, "/nowhere.yaml"),
        (
            ("report", "-o", "x.docx"),
            2,
            r"x.docx: no report ends in '.docx'\nhint: endings are .html, ",
        ),
        (("report", "-o", "/no/such/x.html"), 2, "there is no folder /no/such"),
    ],
)
def test_errors_are_one_line_and_an_exit_code(args, code, message, demo_copy):
    """Without --debug no traceback is shown, and the database is still whole."""
    done = run(*args, db=demo_copy)
    assert done.returncode == code
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert run("tasks", db=demo_copy).returncode == 0


@pytest.mark.parametrize("args", [(), ("priors",)])
def test_a_group_without_a_command_shows_its_help(args):
    """Its page as it is, not as an error."""
    done = run(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: logminer")
    assert "hint" not in done.stderr


def test_a_missing_database_says_what_to_do(tmp_path):
    """Reading from nothing exits with 5 and names the command to run first."""
    done = run("runs", db=tmp_path / "none.duckdb")
    assert done.returncode == 5
    assert "logminer ingest" in done.stderr


def test_ingest_reports_problems_with_exit_code_3(tmp_path):
    """A damaged file is named on stderr; --strict makes it an error."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/metrics.csv").write_text("step,loss\n0,1\n1,2\n")
    (tmp_path / "logs/hparams.json").write_text("{broken")
    done = run("ingest", str(tmp_path / "logs"), db=tmp_path / "a.duckdb")
    assert done.returncode == 3
    assert "hparams.json" in done.stderr
    listed = json.loads(run("problems", "--format", "json", db=tmp_path / "a.duckdb").stdout)
    assert [row["path"].rpartition("/")[2] for row in listed] == ["hparams.json"]
    assert (
        run("ingest", "--strict", str(tmp_path / "logs"), db=tmp_path / "b.duckdb").returncode == 1
    )


def test_a_data_set_beside_the_logs_is_counted_and_no_problem(tmp_path):
    """The summary says what the file is, and the exit code is 0."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/metrics.csv").write_text("step,loss\n0,1\n1,2\n")
    (tmp_path / "logs/iris.csv").write_text("sepal,petal\n5.1,1.4\n4.9,1.3\n")
    done = run("ingest", "--strict", str(tmp_path / "logs"), db=tmp_path / "a.duckdb")
    assert (done.returncode, done.stderr) == (0, "")
    assert "not read: 1 files\n       1 csv: no training log\n" in done.stdout


def test_curves_of_unfinished_runs(demo_file, tmp_path):
    """Each run cut short is forecast with advice, and drawn with the others of its task."""
    done = run(
        "curves",
        "--task",
        "digits_mlp",
        "-o",
        str(tmp_path / "pictures"),
        "--format",
        "json",
        db=demo_file,
    )
    (row,) = json.loads(done.stdout)
    assert row["low"] < row["expected"] < row["high"]
    assert row["advice"].startswith(("go on", "stop"))
    assert (tmp_path / "pictures/curves-1.png").read_bytes().startswith(b"\x89PNG")


def test_logs_without_a_run_are_nothing_found(tmp_path):
    """A folder of configs alone is read, and exits with 5 because nothing was trained."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/hparams.json").write_text('{"lr": 0.1}')
    done = run("ingest", str(tmp_path / "logs"), db=tmp_path / "a.duckdb")
    assert done.returncode == 5
    assert "no run was found" in done.stderr


def test_help_fits_and_cuts_no_description():
    """Every command is listed with its whole first sentence, within 80 columns."""
    done = run("--help")
    assert "..." not in done.stdout.split("Commands:")[1]
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_a_fault_is_one_line_that_asks_for_a_report(demo_file, monkeypatch):
    """Whatever goes wrong inside, no traceback is shown without --debug."""
    monkeypatch.setattr("logminer.workflows.look.tasks", lambda _: 1 / 0)
    done = run("tasks", db=demo_file)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "report it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_quiet(demo_file):
    """``logminer runs | head`` ends without a word."""
    command = f"{sys.executable} -m logminer runs --format jsonl | head -1"
    done = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LOGMINER_DB": str(demo_file)},
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_a_suggestion_claimed_is_not_proposed_again(demo_copy):
    """--claim remembers what was handed out; without it the answer stays the same."""
    ask = ("suggest", "--task", "digits_mlp", "-n", "1", "--format", "json")

    def config(*more):
        return json.loads(run(*ask, *more, db=demo_copy).stdout)["suggestions"][0]["config"]

    first = config()
    assert config() == first
    assert config("--claim") == first
    assert config() != first


def test_names_in_flags_do_not_steer_the_terminal(tmp_path):
    """Escape codes in a hyperparameter's name are not printed where people or shells read it."""
    space = tmp_path / "space.yaml"
    space.write_text('"l\\e[31mr": {low: 0.1, high: 1.0}\n')
    for form in ("text", "argv", "json", "yaml"):
        done = run(
            "suggest", "-n", "1", "--space", str(space), "--format", form, db=tmp_path / "no.duckdb"
        )
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout + done.stderr


def test_without_logs_a_space_is_enough(tmp_path):
    """Suggestions come from the given space, and the note says so."""
    (tmp_path / "space.yaml").write_text(
        "lr: {low: 1.0e-5, high: 0.1, log: true}\nlayers: [1, 2, 3]\n"
    )
    done = run(
        "suggest",
        "--space",
        str(tmp_path / "space.yaml"),
        "-n",
        "3",
        "--format",
        "json",
        db=tmp_path / "no.duckdb",
    )
    found = json.loads(done.stdout)
    assert len(found["suggestions"]) == 3
    assert all(1e-5 <= s["config"]["lr"] <= 0.1 for s in found["suggestions"])
    assert "no logs" in found["notes"][0]
