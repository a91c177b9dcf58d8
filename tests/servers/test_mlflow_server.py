"""What is read of an MLflow tracking server, and what is asked of it when ingest runs again."""

import math

import pytest
from tracker_files import SAMPLES, read_log
from tracking_server import TrackingServer, serving

from logminer.core.errors import NothingFoundError, ServerError
from logminer.core.parsed import Resume
from logminer.servers import SERVERS, mlflow
from logminer.store import open_store
from logminer.workflows.ingest import ingest

A, B, C = "a" * 32, "b" * 32, "c" * 32


def tables(store):
    """All that is stored of runs, in an order that does not depend on when it was read."""
    keys = "(SELECT key FROM run_key WHERE id = run)"
    points = store.read.sql(
        f"SELECT {keys} AS key, (SELECT name FROM metric WHERE id = p.metric) AS name, step, wall, value::VARCHAR AS v "
        "FROM point p ORDER BY ALL"
    )
    params = store.read.sql(
        f"SELECT {keys} AS key, * EXCLUDE (run, source) FROM param ORDER BY ALL"
    )
    facts = store.read.sql(
        "SELECT key, status, reason, started, ended, command, git_commit, list_sort(tags)::VARCHAR AS tags, study "
        "FROM run ORDER BY key"
    )
    return [frame.astype(str).to_dict("records") for frame in (points, params, facts)]


def histories(server):
    return sorted(
        (c["run_id"][0], c["metric_key"]) for c in server.asked_for("metrics/get-history")
    )


def test_runs_are_read_under_their_address(store, tracking):
    """Each run keyed by its id, with what MLflow keeps of it; the experiment is its study."""
    result = ingest(store, [tracking.address])
    assert (result.runs, result.points, dict(result.served)) == (3, 15, {"MLflow run": 3})
    assert (result.problems, result.bytes) == ([], 0)
    runs = store.read.runs().reset_index().set_index("key")
    assert runs["root"].unique().tolist() == [tracking.address]
    assert runs.loc[A, ["status", "study"]].tolist() == ["finished", "digits/2026"]
    assert runs.loc[[B, C], "status"].tolist() == ["failed", "unknown"]  # silent since 2025
    assert store.read.sql("SELECT min(started) AS s FROM run")["s"].tolist() == [1_760_000_000]
    assert runs.loc[A, "tags"].tolist() == ["team=a"]
    params = store.read.params(["param"]).set_index(["run", "name"])["value"]
    a, b = runs.loc[[A, B], "run"]
    assert (params[a, "lr"], params[a, "opt"], params[b, "lr"]) == (0.1, "adam", 10)
    lost = store.read.curves(["loss"]).query("run == @b")["value"].tolist()
    assert (lost[0], math.isnan(lost[1]), lost[2]) == (1.0, True, math.inf)


def test_the_server_before_a_database_gives_what_the_database_does():
    """Runs, parameters, status, times and points of the sample that MLflow wrote."""
    path = SAMPLES / "mlflow_sqlite" / "database" / "mlflow.db"
    expected = read_log("mlflow_sqlite", path)
    with serving(TrackingServer.of_database(path)) as server:
        connected = SERVERS.load("mlflow").connect(server.address)
        logs = connected.read_many([(e.path, Resume()) for e in connected.entries()])
        connected.close()
    read = {log.runs[0].key: log for log in logs if log.runs}
    assert set(read) == {facts.key for facts in expected.runs}
    for place, facts in enumerate(expected.runs):
        found = read[facts.key].runs[0]
        assert {**vars(found), "root": ""} == {**vars(facts), "root": ""}
        theirs, ours = expected.points, read[facts.key].points
        rows = [
            sorted((p.names[p.metric[i]], p.step[i], p.wall[i], repr(p.value[i])) for i in range(len(p)) if p.run[i] == run)
            for p, run in ((theirs, place), (ours, 0))
        ]  # fmt: skip
        assert rows[0] == rows[1]
    deleted = sum(log.left_out.get("runs deleted in MLflow", 0) for log in logs)
    assert deleted == expected.left_out.get("runs deleted in MLflow", 0)


def test_the_second_time_only_what_changed_is_asked_for(store, tracking, tmp_path):
    """Lists alone where nothing changed; then the new run, and the one that went on, each point once."""
    ingest(store, [tracking.address])
    tracking.asked.clear()
    again = ingest(store, [f"{tracking.address}/"])
    assert (again.served_unchanged["MLflow run"], again.points) == (3, 0)
    assert {path for path, _ in tracking.asked} == {"experiments/search", "runs/search"}
    tracking.histories[C, "loss"] += [(0.05, 1_760_000_009_000, 9)]
    tracking.add_run("d" * 32, {"acc": [(0.5, 1_760_000_000_000, 1)]})
    tracking.asked.clear()
    assert ingest(store, [tracking.address]).served["MLflow run"] == 2
    assert histories(tracking) == [("c", "loss"), ("d", "acc")]
    with open_store(tmp_path / "fresh.duckdb", write=True) as fresh:
        ingest(fresh, [tracking.address])
        assert tables(store) == tables(fresh)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run["info"].update(status="FINISHED", end_time=1_760_000_050_000),
        lambda run: run["params"].update(seed="3"),
        lambda run: run["tags"].update(team="b"),
        lambda run: run["info"].update(run_name="renamed"),
    ],
    ids=["ended", "parameter", "tag", "name"],
)
def test_a_run_that_changed_is_read_anew(store, tracking, tmp_path, change):
    """Whatever changed of it; what was stored of it is replaced."""
    ingest(store, [tracking.address])
    change(tracking.runs[C])
    assert ingest(store, [tracking.address]).served["MLflow run"] == 1
    with open_store(tmp_path / "fresh.duckdb", write=True) as fresh:
        ingest(fresh, [tracking.address])
        assert tables(store) == tables(fresh)


def test_pages_are_read_to_their_end(store, tracking):
    """Experiments, runs and histories that come two at a time."""
    tracking.page = 2
    for i in range(5):
        tracking.add_run(f"{i}" * 32, {"loss": steps_of(7)})
    assert ingest(store, [tracking.address]).points == 15 + 35


def steps_of(count):
    return [(float(i), 1_760_000_000_000 + i, i) for i in range(count)]


def test_a_run_deleted_in_mlflow_goes(store, tracking):
    """Deleted before it was read it is counted; deleted later, what was stored of it goes."""
    tracking.runs[B]["info"]["lifecycle_stage"] = "deleted"
    result = ingest(store, [tracking.address])
    assert (result.runs, dict(result.left_out)) == (2, {"runs deleted in MLflow": 1})
    tracking.runs[A]["info"]["lifecycle_stage"] = "deleted"
    ingest(store, [tracking.address])
    assert store.read.curves(["loss"])["value"].tolist() == [1, 0.5, 1 / 3, 0.25]


@pytest.mark.parametrize(
    "written", ["#/experiments/7", "#/experiments/7?searchFilter=x", "/#/experiments/7/runs/abc"]
)
def test_one_experiment_by_the_address_of_its_page(store, tracking, written):
    """As a browser shows it."""
    assert ingest(store, [tracking.address + written]).runs == 2
    assert store.read.bases() == {f"{tracking.address}/#/experiments/7": ""}


def test_an_experiment_that_is_not_there(store, tracking):
    """Is said, with its number."""
    with pytest.raises(ServerError, match="has no experiment 9"):
        ingest(store, [f"{tracking.address}#/experiments/9"])


def test_a_server_without_runs_holds_nothing(store, tracking):
    """As a folder without files."""
    tracking.runs.clear()
    with pytest.raises(NothingFoundError, match="no MLflow run in"):
        ingest(store, [tracking.address])


def test_a_run_of_many_values_is_read_in_pieces(store, tracking, tmp_path, monkeypatch):
    """The metrics of a long run are stored some at a time; cut off between, the rest is read."""
    tracking.add_run("e" * 32, {f"m{i}": steps_of(10) for i in range(6)})
    with open_store(tmp_path / "whole.duckdb", write=True) as whole:
        ingest(whole, [tracking.address])
        expected = tables(whole)
    monkeypatch.setattr(mlflow, "_PIECE", 15)
    original, calls = store.write.readings, []

    def cut_off_at_the_second(batch):
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(batch)

    monkeypatch.setattr(store.write, "readings", cut_off_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, [tracking.address])
    tracking.asked.clear()
    monkeypatch.setattr(store.write, "readings", original)
    ingest(store, [tracking.address])
    assert histories(tracking) == [("e", f"m{i}") for i in range(2, 6)]
    assert tables(store) == expected
    assert ingest(store, [tracking.address]).served_unchanged["MLflow run"] == 4
