"""``logminer serve`` as people run it: a process, a socket, logs that grow."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from asked import PATIENCE, get, listening, patiently
from live_site import append_point, serving, write_run, write_tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as in POSIX")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "logs"
    write_tree(folder, runs=3)
    return folder


@pytest.fixture(scope="module")
def url(logs):
    with serving(logs.parent / "live.duckdb", logs) as (url, _):
        patiently(lambda: get(url, "/api/state"), lambda state: len(state["tasks"]) == 2)
        yield url


def command(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "logminer", *map(str, args)], check=False, capture_output=True, text=True,
        timeout=PATIENCE, **options,
    )  # fmt: skip


def run_named(url, name):
    table = get(url, "/api/runs")
    return next(
        i for i, text in zip(table["id"], table["name"], strict=True) if text.endswith(name)
    )


def points_of(events, run, count):
    """Steps that a stream tells of a run, until there are so many, and the last id it gave."""
    steps, last = [], None
    for number, name, data in events:
        last = number or last
        if name == "points":
            for curve in data["curves"]:
                assert curve["run"] == run
                steps += curve["step"]
        if len(steps) >= count and number:
            return steps, last
    raise AssertionError("the stream ended")


def test_an_appended_point_is_sent_once(url, logs):
    """What a run writes comes as its row and its new points, and nothing else."""
    run = run_named(url, "digits/run_00")
    shown = get(url, "/api/curves", metric="val_loss", run=run)
    end = shown["curves"][0]["step"][-1]
    with listening(url, revision=shown["revision"], metric="val_loss", run=run) as events:
        for step in range(end + 1, end + 4):
            append_point(logs / "digits" / "run_00", step, 0.1)
        steps, _ = points_of(events, run, 3)
    assert steps == [end + 1, end + 2, end + 3]
    again = get(url, "/api/curves", metric="val_loss", run=run)["curves"][0]
    assert again["step"] == [*shown["curves"][0]["step"], *steps]


def test_who_comes_back_misses_nothing(url, logs):
    """With the last id it saw, a page gets what came while it was away, and that only."""
    run = run_named(url, "digits/run_01")
    shown = get(url, "/api/curves", metric="val_loss", run=run)
    end, wanted = shown["curves"][0]["step"][-1], {"metric": "val_loss", "run": run}
    with listening(url, revision=shown["revision"], **wanted) as events:
        append_point(logs / "digits" / "run_01", end + 1, 0.1)
        first, last = points_of(events, run, 1)
    append_point(logs / "digits" / "run_01", end + 2, 0.1)
    patiently(
        lambda: get(url, "/api/curves", **wanted)["curves"][0]["step"][-1],
        lambda step: step == end + 2,
    )
    # The address still holds the old revision, as a browser's does: the header counts.
    with listening(url, last=last, revision=shown["revision"], **wanted) as events:
        append_point(logs / "digits" / "run_01", end + 3, 0.1)
        rest, _ = points_of(events, run, 2)
    assert first + rest == [end + 1, end + 2, end + 3]


def test_two_pages_hear_the_same(url, logs):
    """Each has a stream of its own."""
    run = run_named(url, "digits/run_02")
    shown = get(url, "/api/curves", metric="val_loss", run=run)
    query = {"revision": shown["revision"], "metric": "val_loss", "run": run}
    end = shown["curves"][0]["step"][-1]
    with listening(url, **query) as one, listening(url, **query) as other:
        append_point(logs / "digits" / "run_02", end + 1, 0.1)
        assert points_of(one, run, 1)[0] == points_of(other, run, 1)[0] == [end + 1]


def test_a_new_run_is_sent_as_a_row(url, logs):
    """It joins the table, with its parameters, while the others are not sent again."""
    revision = get(url, "/api/runs")["revision"]
    with listening(url, revision=revision) as events:
        write_run(logs / "words" / "run_new", {"lr": 0.5, "optimizer": "lion", "batch_size": 64})
        rows = next(data["rows"] for _, name, data in events if name == "runs" and data["rows"])
    new = next(row for row in rows if row["name"].endswith("run_new"))
    assert new["params"]["optimizer"] == "lion"
    assert new["step"] == 20


def test_another_process_may_write(logs, tmp_path):
    """Without paths the database is watched: what another process ingests appears."""
    write_run(tmp_path / "runs" / "a", {"lr": 0.1})
    db = tmp_path / "logs.duckdb"
    assert command("ingest", tmp_path / "runs", "--db", db).returncode == 0
    with serving(db) as (url, _):
        shown = patiently(lambda: get(url, "/api/runs"), lambda table: len(table["id"]) == 1)
        with listening(url, revision=shown["revision"], metric="val_loss", run=1) as events:
            append_point(tmp_path / "runs" / "a", 21, 0.1)
            assert command("ingest", tmp_path / "runs", "--db", db).returncode == 0
            assert points_of(events, 1, 1)[0] == [21]


@pytest.mark.parametrize("streams", [0, 1])
def test_ctrl_c_ends_at_once(tmp_path, streams):
    """Open pages do not hold the server up; the exit code is that of an interruption."""
    write_run(tmp_path / "runs" / "a", {"lr": 0.1})
    with serving(tmp_path / "logs.duckdb", tmp_path / "runs") as (url, process):
        state = patiently(lambda: get(url, "/api/state"), lambda state: state["tasks"])
        if streams:
            with listening(url, revision=state["revision"]) as events:
                process.send_signal(signal.SIGINT)
                list(events)  # ends: the server closed the stream
        else:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


def test_a_port_in_use_is_one_line(tmp_path, demo_file):
    """With the next step in the hint."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("serve", "--db", demo_file, "--port", port)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"error: port {port} is in use"
    assert "--port 0" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--db", "nowhere.duckdb"), 5, "no database at nowhere.duckdb"),
        (("nowhere", "--db", "new.duckdb"), 5, "no such file or folder: nowhere"),
        (("--host", "no.such.host.invalid"), 2, "no such address"),
    ],
)
def test_what_cannot_be_served_is_said(tmp_path, demo_file, args, code, says):
    """Before anything listens."""
    db = () if "--db" in args else ("--db", demo_file)
    done = command("serve", *args, *db, "--port", 0, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr


def test_a_missing_package_is_named(demo_file, monkeypatch, capsys):
    """Without the extra the command says how to get it."""
    from logminer.cli import main

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for name in [name for name in sys.modules if name.startswith("logminer.dashboard.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "argv", ["logminer", "serve", "--db", str(demo_file)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "'uvicorn'" in told
    assert "pip install 'logminer[web]'" in told


def test_beyond_loopback_a_token_is_made_up(demo_file):
    """The address that is printed holds it, and without it nothing is shown."""
    process = subprocess.Popen(
        [sys.executable, "-m", "logminer", "serve", "--db", demo_file, "--host", "0.0.0.0", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with process:
        try:
            url = process.stdout.readline().strip()
            _, token = url.split("?token=")
            port = int(url.split("/?")[0].rsplit(":", 1)[1])
            assert len(token) >= 24
            assert "token" in get(f"http://127.0.0.1:{port}", "/api/state")["error"]["what"]
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
