"""``logminer ingest``: what it counts, and its exit codes."""

import json

from cli_run import run


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
    assert "not read: 1 file\n       1 format csv: no training log\n" in done.stdout


def test_logs_without_a_run_are_nothing_found(tmp_path):
    """A folder of configs alone is read, and exits with 5 because nothing was trained."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/hparams.json").write_text('{"lr": 0.1}')
    done = run("ingest", str(tmp_path / "logs"), db=tmp_path / "a.duckdb")
    assert done.returncode == 5
    assert "no run was found" in done.stderr


def test_the_last_line_counts_what_was_not_read_whole(tmp_path):
    """A file with a log's name that nothing recognises, one that went bad and a row half written are counted, now and later."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_text('{"step": 0, "loss": 1.0}\n{"step": 1, "loss": 0.5}\n')
    done = run("ingest", str(logs), db=tmp_path / "a.duckdb")
    assert done.stdout.splitlines()[-1] == "every log was read whole"
    (logs / "a.jsonl").write_bytes(bytes(300))
    (logs / "b.csv").write_bytes(b"\x89PNG\0\1\2\3" * 9)
    (logs / "c.jsonl").write_text('{"step": 0, "loss": 1.0}\n{"step": 1, "loss": 0.')
    (logs / "notes.bin").write_bytes(b"\0\1\2\3")
    for _ in range(2):
        done = run("ingest", str(logs), db=tmp_path / "a.duckdb")
        last = done.stdout.splitlines()[-1]
        assert last == "not read whole: 1 problem, 1 unrecognised log, 1 unfinished end"
        assert len(last) < 80
    told = json.loads(run("ingest", str(logs), "--format", "json", db=tmp_path / "a.duckdb").stdout)
    assert told["shortfall"] == {"problems": 1, "unrecognised": 1, "unfinished": 1}
    checked = run("doctor", db=tmp_path / "a.duckdb").stdout
    assert "not read whole: 1 problem, 1 unrecognised log, 1 unfinished end" in checked
    (logs / "a.jsonl").write_text('{"step": 0, "loss": 1.0}\n')
    run("ingest", "--only", "jsonl", str(logs / "a.jsonl"), db=tmp_path / "a.duckdb")
    said = run("problems", db=tmp_path / "a.duckdb").stderr
    assert said.startswith("no problems: not read whole: 1 unrecognised log, 1 unfinished end")
