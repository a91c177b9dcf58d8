"""Servers that are gone, busy, slow, hostile, or something else: one clear line, and nothing stored is lost."""

import socket
import threading
import time

import pytest
from cli_run import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tracking_server import TrackingServer, serving

from logminer.core.errors import ServerError
from logminer.core.parsed import ParsedLog, Resume
from logminer.servers import SERVERS, _http, mlflow
from logminer.workflows.ingest import ingest
from logminer.workflows.unfinished import unfinished

PAGE = (200, {"Content-Type": "text/html"}, b"<html><title>Log in</title></html>")
JSON = {"Content-Type": "application/json"}
BUSY = (429, {"Retry-After": "0"}, b"")
GONE = (503, {}, b"upstream")


def fails_at(path, fault, after=0):
    """A fault of every request to a path but the first few; others are answered."""
    met = []

    def fault_of(asked, _):
        met.append(asked)
        return fault if asked == path and met.count(path) > after else None

    return [fault_of] * 500


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (PAGE, "answers experiments/search with text/html, not with a JSON object"),
        ((200, JSON, b"[1, 2]"), "not with a JSON object"),
        ((200, JSON, b'{"experiments": {"a": 1}}'), "not as MLflow does"),
        ((200, {}, b"\xff\xfe\x00"), "not with a JSON object"),
        ((200, {}, b""), "answers experiments/search with nothing"),
        ((302, {"Location": "https://login.example/?ticket=abc"}, b""), "redirects to https://login.example"),
        ((404, {}, b"no"), "is no MLflow tracking server (status 404)"),
        ((401, {}, b"Authorization required"), "refuses access (status 401)"),
        ((403, JSON, b'{"error_code": "PERMISSION_DENIED", "message": "Permission\\ndenied"}'), "refuses access (status 403: Permission denied)"),
        ((400, JSON, b'{"message": "bad"}'), "refuses to list runs: status 400: bad"),
        ((500, JSON, b'{"message": "disk full"}'), "answers with status 500: disk full"),
        (GONE, "answers with status 503"),
    ],
)  # fmt: skip
def test_what_is_no_tracking_server_is_said_in_one_line(tracking, tmp_path, fault, said):
    """With an exit code of its own; the database stays as it was."""
    db = tmp_path / "logs.duckdb"
    assert run("ingest", tracking.address, db=db).returncode == 0
    tracking.faults.extend([fault] * 10)
    done = run("ingest", tracking.address, db=db)
    assert done.returncode == 1
    error = " ".join(done.stderr.split("hint:")[0].split())
    assert error.startswith(f"error: {tracking.address} ")
    assert said in error
    assert "ticket" not in done.stderr
    assert "3" in run("sql", "SELECT count(*) FROM run", db=db).stdout


def test_nobody_listens(store):
    """A port without a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"mlflow+http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerError, match="cannot be reached"):
        ingest(store, [address])


def test_a_server_that_never_answers_is_left(store, monkeypatch):
    """It takes the connection, and that is all."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.2")
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ServerError, match="does not answer in time"),
    ):
        ingest(store, [f"mlflow+http://127.0.0.1:{silent.getsockname()[1]}"])


def test_an_answer_that_never_ends_is_left(store, monkeypatch):
    """A byte now and then keeps no one waiting for ever."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.1")
    ended = threading.Event()

    def drip(server):
        while not ended.is_set():
            try:
                with server.accept()[0] as connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                    while not ended.wait(0.02):
                        connection.sendall(b" ")
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        thread = threading.Thread(target=drip, args=[server], daemon=True)
        thread.start()
        with pytest.raises(ServerError, match="does not answer in time"):
            ingest(store, [f"mlflow+http://127.0.0.1:{server.getsockname()[1]}"])
        ended.set()
        thread.join(5)


def test_an_answer_of_any_size_is_not_taken(tracking, store, monkeypatch):
    """Memory is bounded."""
    monkeypatch.setattr(_http, "MAX_ANSWER", 1000)
    tracking.faults.append((200, JSON, b" " * 2000))
    with pytest.raises(ServerError, match="MB at once"):
        ingest(store, [tracking.address])


def test_a_busy_server_is_asked_again(store, tracking, monkeypatch):
    """As late as it asks for, within bounds."""
    waited = []
    monkeypatch.setattr(_http, "WAITS", (0.5, 1.0, 2.0))
    monkeypatch.setattr(time, "sleep", waited.append)
    tracking.faults.extend(
        [BUSY, (503, {"Retry-After": "3"}, b""), (429, {"Retry-After": "86400"}, b"")]
    )
    assert ingest(store, [tracking.address]).points == 15
    assert waited == [0.5, 3.0, _http.LONGEST_WAIT]


@pytest.mark.parametrize("path", ["experiments/search", "runs/search", "metrics/get-history"])
def test_a_server_that_gives_the_same_page_for_ever_is_left(store, tracking, path):
    """A token that comes back leads nowhere."""
    name = path.partition("/")[0] if "search" in path else "metrics"
    body = b'{"%s": [], "next_page_token": "again"}' % name.encode()
    tracking.faults.extend(fails_at(path, (200, JSON, body)))
    with pytest.raises(ServerError, match="not as MLflow does"):
        ingest(store, [tracking.address])


def test_a_server_that_is_lost_is_gone_on_with(store, tracking, monkeypatch):
    """What was read is stored and shown; the next ingest asks for the rest alone."""
    monkeypatch.setattr(mlflow.TrackingServer, "batch", 1)
    tracking.faults.extend(
        fails_at("metrics/get-history", GONE, after=2)
    )  # of a run with two metrics
    with pytest.raises(ServerError, match="answers with status 503"):
        ingest(store, [tracking.address])
    assert store.read.counts()["points"] == 8
    assert unfinished(store) == [tracking.address]
    tracking.faults.clear()
    tracking.asked.clear()
    assert ingest(store, [tracking.address]).served["MLflow run"] == 2
    assert [c["run_id"][0] for c in tracking.asked_for("runs/get")] == ["b", "c"]
    assert (store.read.counts()["points"], unfinished(store)) == (15, [])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ((500, JSON, b'{"message": "cannot read"}'), "status 500: cannot read"),
        ((403, {}, b""), "status 403"),
        ((200, JSON, b'{"metrics": [1, 2]}'), "is no list of values"),
        ((200, JSON, b'{"metrics": "x"}'), "is no list of values"),
    ],
)
def test_one_run_that_cannot_be_read_costs_no_other(store, tracking, fault, said):
    """It is a problem with its address, and is asked for again as soon as that may help."""

    def of_b(path, content):
        return fault if path == "metrics/get-history" and content["run_id"][0] == "b" else None

    tracking.faults.extend([of_b] * 50)
    result = ingest(store, [tracking.address])
    assert (result.runs, len(result.problems)) == (2, 1)
    assert result.problems[0].path == f"{tracking.address}/#/experiments/7/runs/{'b' * 32}"
    assert said in result.problems[0].what
    tracking.faults.clear()
    if fault[0] != 200:
        assert ingest(store, [tracking.address]).runs == 3
        assert store.read.counts()["problems"] == 0


def test_what_a_run_holds_may_be_anything(store, tracking):
    """Numbers as texts, values that are none, items that are no mappings, steps beyond 64 bits."""
    tracking.add_run(
        "e" * 32,
        {"m": [("0.5", "1760000000000", "3"), (None, None, None), (1, -5, 2**70), ("x", "y", "z")]},
    )
    tracking.runs["e" * 32]["params"] = {"lr": None, "": "", "deep": {"a": 1}}
    tracking.runs["e" * 32]["tags"] = {
        "mlflow.source.git.commit": 5,
        "mlflow.note": "\x1b[31m",
        "t": None,
    }
    result = ingest(store, [tracking.address])
    assert (result.runs, result.problems) == (4, [])
    found = store.read.sql(
        "SELECT step, value FROM point WHERE metric = (SELECT id FROM metric WHERE name = 'm')"
    )
    assert (3, 0.5) in set(map(tuple, found.to_numpy().tolist()))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("a"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["info", "data", "metrics", "params", "tags", "key", "value", "run_id", "timestamp", "step", "run"]),
        inner, max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


@given(run_of=junk, history=junk)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_answer_makes_reading_fall_over(run_of, history):
    """Any JSON in place of a run or a history: a log, an error of its own, or the server is given up."""
    server = mlflow.TrackingServer("http://127.0.0.1:9", None)
    answers = {"runs/get": {"run": run_of}, "metrics/get-history": {"metrics": history}}
    server._client.get = lambda path, query: answers[path]
    server._client.post = lambda path, body: {"runs": [run_of], "experiments": [run_of]}
    list(server.entries())
    (read,) = server.read_many([("x/runs/a", Resume())])
    assert isinstance(read, ParsedLog | ValueError)
    server.close()


def test_two_servers_and_a_folder_in_one_ingest(store, tracking, tmp_path):
    """Each is read for itself."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.csv").write_text("step,loss\n0,1\n1,0.5\n")
    other = TrackingServer()
    other.add_run("f" * 32, {"loss": [(1.0, 1_760_000_000_000, 0)]})
    with serving(other):
        result = ingest(store, [tracking.address, str(tmp_path / "run"), other.address])
    assert (result.runs, result.points) == (5, 18)
    assert (dict(result.files), dict(result.served)) == ({"csv": 1}, {"MLflow run": 4})


def test_a_dry_run_asks_for_lists_alone(store, tracking):
    """And stores nothing."""
    result = ingest(store, [tracking.address], dry_run=True)
    assert (dict(result.served), store.read.counts()["runs"]) == ({"MLflow run": 3}, 0)
    assert not tracking.asked_for("runs/get")


def test_servers_are_listed_without_their_packages():
    """A registry as the others: the names are those of the files."""
    assert SERVERS.names() == ["mlflow", "optuna"]
