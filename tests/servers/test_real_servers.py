"""MLflow's own server, PostgreSQL and MariaDB, started here: skipped where they are not installed."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec

import pytest
from optuna_studies import check_a_storage, fill

from logminer.core.errors import ServerError
from logminer.formats.trackers.mlflow import DELETED
from logminer.store import open_store
from logminer.workflows.ingest import ingest

# Optuna leaves its own connections open.
OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(300), OPEN]
PASSWORD = "s3cr3t"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_until(ready, process, seconds=120):
    """Wait for a server that was started."""
    until = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server did not come up"
        time.sleep(0.2)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def started(command, port, **options):
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        wait_until(lambda: listens(port), process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def own_user(name, folder):
    """What lets a server run that refuses to be started by root."""
    if os.geteuid():
        return {}
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        pytest.skip(f"no user {name}")
    for above in [folder, *folder.parents]:
        if above.stat().st_uid == 0 and str(above).startswith("/tmp/"):
            above.chmod(above.stat().st_mode | 0o055)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


TRAIN = """
import sys
import mlflow

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("digits")
for lr in map(float, sys.argv[2:]):
    with mlflow.start_run(tags={"team": "a"}):
        mlflow.log_params({"lr": lr, "opt": "adam"})
        for step, value in enumerate([1.0, lr, float("nan"), float("inf"), float("-inf")]):
            mlflow.log_metric("val/loss", value, step=step)
mlflow.delete_run(mlflow.last_active_run().info.run_id)
"""


@pytest.mark.skipif(not find_spec("mlflow"), reason="MLflow is not installed")
def test_mlflow_server(tmp_path):
    """What the server says is what its database holds; then only the run that was added is read."""
    port, database = free_port(), tmp_path / "mlflow.db"
    address = f"mlflow+http://127.0.0.1:{port}"
    server = [
        sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{database}",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip

    def train(*rates):
        command = [sys.executable, "-c", TRAIN, f"http://127.0.0.1:{port}", *rates]
        subprocess.run(command, check=True, timeout=200, cwd=tmp_path, stdout=subprocess.DEVNULL)

    with (
        open_store(tmp_path / "served.duckdb", write=True) as served,
        open_store(tmp_path / "file.duckdb", write=True) as of_file,
    ):
        with started(server, port, cwd=tmp_path, start_new_session=True):
            train("0.1", "0.2", "0.3")
            result = ingest(served, [address])
            assert (result.runs, result.points, dict(result.left_out)) == (2, 10, {DELETED: 1})
            assert ingest(served, [address]).points == 0
            train("0.4", "0.5")
            assert ingest(served, [address]).points == 5
        ingest(of_file, [str(database)])
        assert content(served) == content(of_file)
        with pytest.raises(ServerError, match="cannot be reached"):
            ingest(served, [address])


def content(store):
    """Runs with their facts, parameters and curves, by their ids."""
    runs = store.read.sql(
        "SELECT key, status, started, ended, tags::VARCHAR AS t, study FROM run ORDER BY key"
    )
    params = store.read.sql(
        "SELECT r.key, p.name, p.value, p.kind FROM param p JOIN run r USING (run) WHERE p.kind IN ('param', 'meta') ORDER BY ALL"
    )
    curves = store.read.sql(
        "SELECT r.key, m.name, p.step, p.wall, p.value::VARCHAR AS v FROM point p JOIN run r USING (run) "
        "JOIN metric m ON m.id = p.metric ORDER BY ALL"
    )
    return [frame.astype(str).to_dict("records") for frame in (runs, params, curves)]


POSTGRES = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [
    os.path.dirname(shutil.which("initdb") or "")
]


@pytest.mark.skipif(not POSTGRES[-1], reason="PostgreSQL is not installed")
@pytest.mark.skipif(not find_spec("psycopg"), reason="psycopg is not installed")
def test_postgresql(store, tmp_path, monkeypatch):
    """As a user who may only select."""
    folder, port = tmp_path / "server", free_port()
    folder.mkdir()
    who = own_user("postgres", folder)
    (folder / "password").write_text(PASSWORD)
    made = [
        "initdb",
        "-D",
        "data",
        "-U",
        "boss",
        "--pwfile=password",
        "-A",
        "scram-sha-256",
        "--no-sync",
    ]
    made[0] = f"{POSTGRES[-1]}/initdb"
    subprocess.run(made, check=True, cwd=folder, timeout=200, stdout=subprocess.DEVNULL, **who)
    server = [
        f"{POSTGRES[-1]}/postgres",
        "-D",
        "data",
        "-p",
        str(port),
        "-k",
        str(folder),
        "-c",
        "fsync=off",
    ]
    with started(server, port, cwd=folder, **who):
        import psycopg

        place = f"127.0.0.1:{port}"
        with psycopg.connect(
            f"postgresql://boss:{PASSWORD}@{place}/postgres", autocommit=True
        ) as con:
            con.execute("CREATE DATABASE studies")
        with psycopg.connect(
            f"postgresql://boss:{PASSWORD}@{place}/studies", autocommit=True
        ) as con:
            con.execute(f"CREATE USER reader PASSWORD '{PASSWORD}'")
            con.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
        address = f"optuna+postgresql://reader@{place}/studies"
        with pytest.raises(ServerError, match="password") as caught:
            ingest(store, [address])
        assert "\n" not in str(caught.value)
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        url = f"postgresql+psycopg://boss:{PASSWORD}@{place}/studies"
        fill(url)
        check_a_storage(store, url, address, tmp_path)
        assert PASSWORD.encode() not in (tmp_path / "logs.duckdb").read_bytes()


@pytest.mark.skipif(not shutil.which("mariadbd"), reason="MariaDB is not installed")
@pytest.mark.skipif(not find_spec("pymysql"), reason="pymysql is not installed")
def test_mariadb(store, tmp_path, monkeypatch):
    """As a user who may only select."""
    folder, port = tmp_path / "server", free_port()
    folder.mkdir()
    who = own_user("mysql", folder)
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--auth-root-authentication-method=normal"],
        check=True, cwd=folder, timeout=250, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
    )  # fmt: skip
    server = [
        "mariadbd",
        "--no-defaults",
        f"--datadir={folder}/data",
        f"--socket={folder}/s",
        f"--port={port}",
        "--bind-address=127.0.0.1",
    ]
    with started(server, port, cwd=folder, **who):
        import pymysql

        with (
            pymysql.connect(host="127.0.0.1", port=port, user="root") as con,
            con.cursor() as cursor,
        ):
            cursor.execute("CREATE DATABASE studies")
            cursor.execute(f"CREATE USER reader@localhost IDENTIFIED BY '{PASSWORD}'")
            cursor.execute("GRANT SELECT ON studies.* TO reader@localhost")
        address = f"optuna+mysql://reader@127.0.0.1:{port}/studies"
        with pytest.raises(ServerError, match="Access denied"):
            ingest(store, [address])
        monkeypatch.setenv("MYSQL_PWD", PASSWORD)
        url = f"mysql+pymysql://root@127.0.0.1:{port}/studies"
        fill(url)
        check_a_storage(store, url, address, tmp_path)
