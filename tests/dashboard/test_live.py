"""``logminer serve`` as people run it: a process, a socket, logs that grow."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from asked import PATIENCE, get, listening, patiently
from live_site import append_point, serving, write_run, write_tree
from processes import logminer

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


def steps_of(url, events, run, end, count):
    """Steps beyond ``end`` that a page learns from its stream, until there are so many; and the last id.

    As a page does, it asks again for a curve that is reset: a young log is, once.
    """
    steps, last = [], None
    for number, name, data in events:
        last = number or last
        for curve in data["curves"] if name == "points" else ():
            assert curve["run"] == run
            if "reset" in curve:
                whole = get(url, "/api/curves", metric="val_loss", run=run)["curves"][0]["step"]
                steps = [step for step in whole if step > end]
            else:
                steps += [step for step in curve["step"] if step not in steps]
        if len(steps) >= count and number:
            return steps, last
    raise AssertionError("the stream ended")


def write_seen(url, folder, step, run):
    """Append a point and wait until the server has it, so that the log's next growth is no surprise to it."""
    append_point(folder, step, 0.1)
    query = {"metric": "val_loss", "run": run}
    return patiently(
        lambda: get(url, "/api/curves", **query),
        lambda found: found["curves"][0]["step"][-1] == step,
    )


def test_an_appended_point_is_sent_once(url, logs):
    """What a run writes comes as its new points, and nothing that was sent before."""
    run, folder = run_named(url, "digits/run_00"), logs / "digits" / "run_00"
    shown = write_seen(url, folder, 21, run)
    with listening(url, revision=shown["revision"], metric="val_loss", run=run) as events:
        sent = []
        for step in (22, 23, 24):
            append_point(folder, step, 0.1)
            sent += next(d["curves"] for _, name, d in events if name == "points")
    assert [curve["step"] for curve in sent] == [[22], [23], [24]]
    again = get(url, "/api/curves", metric="val_loss", run=run)["curves"][0]
    assert again["step"] == list(range(1, 25))


def test_who_comes_back_misses_nothing(url, logs):
    """With the last id it saw, a page gets what came while it was away, and that only."""
    run, folder = run_named(url, "digits/run_01"), logs / "digits" / "run_01"
    shown = write_seen(url, folder, 21, run)
    wanted = {"metric": "val_loss", "run": run}
    with listening(url, revision=shown["revision"], **wanted) as events:
        append_point(folder, 22, 0.1)
        first, last = steps_of(url, events, run, 21, 1)
    write_seen(url, folder, 23, run)
    # The address still holds the old revision, as a browser's does: the header counts.
    with listening(url, last=last, revision=shown["revision"], **wanted) as events:
        append_point(folder, 24, 0.1)
        rest, _ = steps_of(url, events, run, 22, 2)
    assert first + rest == [22, 23, 24]


def test_two_pages_hear_the_same(url, logs):
    """Each has a stream of its own."""
    run, folder = run_named(url, "digits/run_02"), logs / "digits" / "run_02"
    shown = get(url, "/api/curves", metric="val_loss", run=run)
    query = {"revision": shown["revision"], "metric": "val_loss", "run": run}
    with listening(url, **query) as one, listening(url, **query) as other:
        append_point(folder, 21, 0.1)
        assert steps_of(url, one, run, 20, 1)[0] == steps_of(url, other, run, 20, 1)[0] == [21]


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
            assert steps_of(url, events, 1, 20, 1)[0] == [21]


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


def test_a_missing_package_is_named(demo_file):
    """Without the extra the command says how to get it."""
    script = (
        "import sys; sys.modules['uvicorn'] = None; from logminer.cli import main; "
        f"sys.argv = ['logminer', 'serve', '--db', {str(demo_file)!r}]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "'uvicorn'" in done.stderr
    assert "in logminer's checkout: pip install '.[web]'" in done.stderr


def test_beyond_loopback_a_token_is_made_up(demo_file):
    """The address that is printed holds it, and without it nothing is shown."""
    process = subprocess.Popen(
        logminer("serve", "--db", demo_file, "--host", "0.0.0.0", "--port", 0),
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
