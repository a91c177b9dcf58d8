"""Names and passwords come from the environment, and go to the server alone."""

import base64

import pytest
from cli_run import run

from logminer.core.errors import UsageError
from logminer.servers import SERVERS, server_kind
from logminer.workflows.ingest import ingest

SECRET = "s3cr3t-Zaphod"


@pytest.mark.parametrize(
    "address",
    [
        f"mlflow+http://me:{SECRET}@host:5000",
        f"mlflow+https://me:{SECRET}/x@host",
        f"MLFLOW+HTTPS://me:{SECRET}#x@host/",
        f"mlflow+http://{SECRET}@host",
        f"mlflow+http://host/?token={SECRET}",
        f"optuna+postgresql://me:{SECRET}@host/db",
        f"optuna+postgresql+psycopg2://me:{SECRET}/@host:5432/db",
        f"optuna+mysql://me:{SECRET}?@host/db",
        f"optuna+mysql://me@host/db?ssl_key_password={SECRET}",
        f"optuna+postgres://host/db?user=me&password={SECRET}",
        f"optuna+postgresql://me:@{SECRET}@host/db",
        f"ftp://me:{SECRET}@host/logs",
        f"https://me:{SECRET}@host/logs/",
    ],
)
@pytest.mark.parametrize("more", [[], ["--watch"], ["--dry-run"]], ids=["once", "watch", "dry"])
def test_an_address_with_a_secret_is_refused(tmp_path, address, more):
    """Before anything is asked, stored or said of it."""
    db = tmp_path / "logs.duckdb"
    done = run("ingest", address, *more, db=db)
    assert done.returncode == 2
    assert "hint:" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.glob("logs*"))


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("mlflow+http://Host.Example:80/", "mlflow+http://host.example"),
        ("MLflow+https://host:443/tracking/", "mlflow+https://host/tracking"),
        ("mlflow+http://[::1]:5000", "mlflow+http://[::1]:5000"),
        ("mlflow+http://host:5000/#/models", "mlflow+http://host:5000"),
        ("optuna+sqlite:////data/study.db", "optuna+sqlite:////data/study.db"),
        ("optuna+sqlite:////data/x/../study.db#a/b", "optuna+sqlite:////data/study.db#a%2Fb"),
    ],
)
def test_one_place_has_one_spelling(address, stored):
    """However it is written, so that nothing is read twice."""
    server = SERVERS.load(server_kind(address)).connect(address)
    assert server.address == stored
    server.close()


@pytest.mark.parametrize(
    "address",
    [
        "mlflow+ftp://host", "mlflow+http://", "mlflow+http://host:port", "mlflow+http://[::1", "optuna+oracle://host/db",
        "optuna+postgresql://host", "optuna+mysql:///", "optuna+sqlite:///",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense(store, address):
    """Is a usage error, with the form that does."""
    with pytest.raises(UsageError) as caught:
        ingest(store, [address])
    assert "write" in caught.value.hint


@pytest.mark.parametrize(
    "path", ["mlflow", "a+b", "mlflow+x", "s3+http://x", "./optuna+sqlite/x", "http://mlflow+x"]
)
def test_other_paths_name_no_server(path):
    """Neither folders nor other addresses."""
    assert server_kind(path) is None


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_environment_names_who_asks(store, tracking, monkeypatch):
    """As MLflow's own client has it: a login goes before a token."""
    ingest(store, [tracking.address])
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", SECRET)
    ingest(store, [tracking.address])
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", f"{SECRET}:%ü")
    ingest(store, [tracking.address])
    assert tracking.logins == {None, f"Bearer {SECRET}", basic("me", f"{SECRET}:%ü")}


def test_so_does_the_file_of_mlflow_login(store, tracking, tmp_path):
    """``~/.mlflow/credentials``; one that is damaged names nobody."""
    file = tmp_path / "home" / ".mlflow" / "credentials"
    file.parent.mkdir()
    file.write_text(
        f"[mlflow]\nmlflow_tracking_username = me\nmlflow_tracking_password = {SECRET}%\n"
    )
    ingest(store, [tracking.address])
    assert tracking.logins == {basic("me", f"{SECRET}%")}
    file.write_bytes(b"\xff no section")
    ingest(store, [tracking.address])
    assert tracking.logins == {None, basic("me", f"{SECRET}%")}


@pytest.mark.parametrize("status", [200, 302, 401, 500])
def test_no_secret_is_kept(tracking, tmp_path, monkeypatch, status):
    """Neither in the database nor in what is printed, whatever the server answers."""
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "zaphod")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", SECRET)
    if status != 200:
        tracking.faults.extend([(status, {"Location": "http://elsewhere.invalid/"}, b"x")] * 10)
    done = run("ingest", tracking.address, db=tmp_path / "logs.duckdb")
    assert done.returncode == (0 if status == 200 else 1)
    assert tracking.logins == {basic("zaphod", SECRET)}
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("logs*"))
    said = (done.stdout + done.stderr).encode()
    for secret in (SECRET, "zaphod", basic("zaphod", SECRET)[6:]):
        assert secret.encode() not in kept + said
