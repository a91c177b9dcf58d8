"""One line, a hint and an exit code when something is wrong; help and closed pipes."""

import os
import re
import subprocess
import sys

import pytest
from cli_run import run


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


def test_help_fits_and_cuts_no_description():
    """Every command is listed with its whole first sentence, within 80 columns."""
    done = run("--help")
    assert "..." not in done.stdout.split("Commands:")[1]
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
