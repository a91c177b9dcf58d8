"""What tests of servers share: a tracking server, no waits, and nobody's own passwords."""

import pytest
from tracking_server import TrackingServer, serving

from logminer.servers import _database, _http, optuna


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No test sees who runs it, or waits before it asks again."""
    for name in (
        "TOKEN",
        "USERNAME",
        "PASSWORD",
        "INSECURE_TLS",
        "SERVER_CERT_PATH",
        "CLIENT_CERT_PATH",
    ):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    for name in ("PGPASSWORD", "PGUSER", "PGHOST", "MYSQL_PWD"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(_http, "WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(_database, "WAITS", (0.0, 0.0))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Optuna's trials in blocks of five."""
    monkeypatch.setattr(optuna, "_BLOCK", 5)
    monkeypatch.setattr(optuna, "_FIRST", "t.number - t.number % 5")


@pytest.fixture
def tracking():
    """A tracking server with three runs: one diverged, one runs."""
    server = TrackingServer()
    server.experiments["7"] = "digits/2026"
    server.add_run(
        "a" * 32,
        {"loss": steps(5), "val/acc": steps(3, 10)},
        {"lr": "0.1", "opt": "adam"},
        experiment="7",
    )
    server.add_run(
        "b" * 32,
        {"loss": [(1.0, 1_760_000_000_000, 0), ("NaN", 1_760_000_000_100, 1), (1.7976931348623157e308, 1_760_000_000_200, 2)]},
        {"lr": "10"}, experiment="7", status="FAILED",
    )  # fmt: skip
    server.add_run("c" * 32, {"loss": steps(4)}, {"lr": "0.2"}, status="RUNNING", end_time=None)
    with serving(server):
        yield server


def steps(count, every=1):
    """A falling curve as (value, ms, step)."""
    return [(1 / (i + 1), 1_760_000_000_000 + i * 1000, i * every) for i in range(count)]
