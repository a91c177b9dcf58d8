"""Logs elsewhere are read by their address, and only what changed is fetched."""

import functools
import http.server
import threading

import fsspec
import pytest

from logminer.core.errors import NothingFoundError, UsageError
from logminer.workflows.ingest import ingest

ROWS = b"step,loss\n0,1\n1,0.5\n"


@pytest.fixture
def bucket():
    """A bucket in memory with two runs."""
    files = fsspec.filesystem("memory")
    for name in ("a", "b"):
        files.pipe(f"/bucket/logs/{name}/metrics.csv", ROWS)
        files.pipe(f"/bucket/logs/{name}/hparams.json", b'{"lr": 0.1}')
        files.pipe(f"/bucket/logs/{name}/weights.npy", b"0" * 1000)
    yield files
    files.rm("/bucket", recursive=True)


def test_a_bucket_is_read_under_its_address(store, bucket):
    """Runs, sources and names are those of the bucket, not of where files were brought."""
    result = ingest(store, ["memory://bucket/logs"])
    assert (result.runs, result.points, result.problems) == (2, 4, [])
    runs = store.read.runs()
    assert runs["root"].tolist() == ["memory://bucket/logs/a", "memory://bucket/logs/b"]
    assert runs["name"].tolist() == ["a", "b"]
    assert store.read.params(["param"])["value"].tolist() == [0.1, 0.1]


def test_what_has_not_changed_is_not_fetched(store, bucket, monkeypatch):
    """The second time nothing is brought here; a file that changed is."""
    ingest(store, ["memory://bucket/logs"])
    fetched = []
    original = type(bucket).get_file
    monkeypatch.setattr(
        type(bucket),
        "get_file",
        lambda self, path, *rest, **more: (
            fetched.append(path),
            original(self, path, *rest, **more),
        ),
    )
    assert ingest(store, ["memory://bucket/logs"]).unchanged == 6
    bucket.pipe("/bucket/logs/a/metrics.csv", ROWS + b"2,0.25\n")
    ingest(store, ["memory://bucket/logs"])
    assert fetched == ["/bucket/logs/a/metrics.csv"]
    assert store.read.curves(["loss"], [1])["value"].tolist() == [1, 0.5, 0.25]


def test_problems_are_named_by_address(store, bucket):
    """A damaged file in a bucket is found by the user."""
    bucket.pipe("/bucket/logs/a/hparams.json", b"{broken")
    result = ingest(store, ["memory://bucket/logs"])
    assert [p.path for p in result.problems] == ["memory://bucket/logs/a/hparams.json"]


def test_a_web_server_is_read(store, tmp_path):
    """Logs behind plain HTTP, as an S3-compatible server would serve them."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/metrics.csv").write_bytes(ROWS)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/logs/"
        result = ingest(store, [address])
        server.shutdown()
    assert (result.runs, result.points) == (1, 2)


def test_a_file_address_is_a_local_folder(store, tmp_path):
    """``file://`` reads as well."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.csv").write_bytes(ROWS)
    assert ingest(store, [f"file://{tmp_path}"]).points == 2
    assert store.read.runs()["root"].tolist() == [f"file://{tmp_path}/run"]


@pytest.mark.parametrize(
    ("address", "error"),
    [("memory://no/such/place", NothingFoundError), ("nosuchscheme://x", UsageError)],
)
def test_addresses_that_lead_nowhere_are_errors(store, address, error):
    """The message names the address."""
    with pytest.raises(error, match="://"):
        ingest(store, [address])
