"""Connections that send nothing, slowly or for ever lock nobody out of the live page."""

import os
import shutil
import socket
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import duckdb
import pytest
import uvicorn
from asked import PATIENCE, Site, get
from live_site import serving

from logminer.core.errors import LogminerError
from logminer.dashboard.connections import Connections, PatientProtocol, Streams, counted
from logminer.dashboard.events import EVENTS


class Peer:
    """A connection that is idle or busy."""

    def __init__(self, *, waiting=True):
        self.waiting, self.dropped = waiting, False

    def drop(self):
        self.dropped = True


def test_the_longest_idle_connection_of_an_address_gives_way():
    """One that was answered since is younger; those of other addresses are left alone."""
    open_ = Connections(most=10, most_of_address=3)
    other, first, second, third = (Peer() for _ in range(4))
    assert open_.admit(other, "b")
    assert all(open_.admit(peer, "a") for peer in (first, second, third))
    open_.answered(first)
    assert open_.admit(Peer(), "a")
    assert [p.dropped for p in (other, first, second, third)] == [False, False, True, False]


def test_busy_connections_do_not_give_way():
    """Where all of an address are busy its next one is refused, and another address is not."""
    open_ = Connections(most=10, most_of_address=2)
    busy = [Peer(waiting=False) for _ in range(2)]
    assert all(open_.admit(peer, "a") for peer in busy)
    assert not open_.admit(Peer(), "a")
    assert open_.admit(Peer(), "b")
    open_.leave(busy[0])
    assert open_.admit(Peer(), "a")


def test_many_addresses_share_what_there_is():
    """When all places are taken, the address with most idle connections loses one."""
    open_ = Connections(most=6, most_of_address=5)
    flood, one = [Peer() for _ in range(5)], Peer()
    assert all(open_.admit(peer, "flood") for peer in flood)
    assert open_.admit(one, "one")
    assert open_.admit(Peer(), "new")
    assert [peer.dropped for peer in flood] == [True, False, False, False, False]
    assert not one.dropped
    assert len(open_) == 6


def test_streams_are_counted_apart():
    """By address and in all; what has ended counts no more."""
    streams = Streams(most=3, most_of_address=2)
    for address in ("a", "a", "b"):
        assert streams.has_room(address)
        streams.begin(address)
    assert not streams.has_room("a")
    assert not streams.has_room("c")
    streams.end("a")
    assert streams.has_room("a")


@pytest.fixture
def quick():
    """A server that is patient for half a second, and the address of its socket."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body = b"x" * 5_000_000 if scope["path"] == "/large" else b"ok"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    protocol = counted(Connections(most=50, most_of_address=20), EVENTS)
    protocol.header_seconds = 0.5
    protocol.answer_seconds = 1.0
    config = uvicorn.Config(app, log_level="error", http=protocol, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(PATIENCE)


def closed_after(peer):
    """Seconds until the other side closes."""
    began = time.monotonic()
    peer.settimeout(PATIENCE)
    try:
        while peer.recv(65_536):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GE"]
)
def test_a_connection_without_a_whole_request_is_closed(quick, sent):
    """Silent, cut off in its header, or idle after an answer."""
    with closing(socket.create_connection(quick)) as peer:
        peer.sendall(sent)
        assert closed_after(peer) < 10


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_bytes_that_trickle_do_not_prolong_it(quick, first):
    """Neither in the first request of a connection nor in a later one."""
    with closing(socket.create_connection(quick)) as peer:
        peer.sendall(first + b"GET / HTTP/1.1\r\nHost: x\r\nX-")
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 -- it ends when the other side has closed
            while time.monotonic() - began < 10:
                peer.sendall(b"a")
                time.sleep(0.05)
        assert time.monotonic() - began < 9


def test_who_takes_no_answer_is_cut_off(quick):
    """A large answer that is not read does not stay for ever."""
    with closing(socket.create_connection(quick)) as peer:
        peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(5)
        assert closed_after(peer) < 10


@pytest.mark.parametrize("count", [15, 25, 60])
def test_idle_connections_lock_nobody_out(quick, count):
    """However many: the next visitor of the same address is answered at once."""
    with ExitStack() as peers:
        for _ in range(count):
            peers.enter_context(closing(socket.create_connection(quick)))
        connection = HTTPConnection(*quick, timeout=PATIENCE)
        began = time.monotonic()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok"
        assert time.monotonic() - began < 5
        connection.close()


def test_the_real_server_answers_beside_250_idle_connections(demo_file):
    """As people run it; and it takes part in an orderly end."""
    with serving(demo_file) as (url, process), ExitStack() as peers:
        place = (urlsplit(url).hostname, urlsplit(url).port)
        for _ in range(250):
            peers.enter_context(closing(socket.create_connection(place)))
        assert get(url, "/api/state")["tasks"] is not None
        assert process.poll() is None
    assert issubclass(counted(Connections(), EVENTS), PatientProtocol)


def lay(kind, path, whole):
    """Put something else where the database lies."""
    path.unlink()
    if kind == "cut":
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    elif kind in ("empty", "junk"):
        path.write_bytes(b"" if kind == "empty" else b"junk" * 5000)
    elif kind == "flipped":
        data = bytearray(whole.read_bytes())
        data[20_000::997] = bytes(255 - byte for byte in data[20_000::997])
        path.write_bytes(data)
    elif kind == "folder":
        path.mkdir()
    elif kind != "gone":
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE TABLE mine (a INTEGER)")
            if kind == "ours by name":
                con.execute("CREATE TABLE schema_version (version INTEGER, applied_at TIMESTAMP)")
                con.execute(
                    "INSERT INTO schema_version SELECT range + 1, now()::TIMESTAMP FROM range(3)"
                )


KINDS = ["cut", "empty", "junk", "flipped", "folder", "gone", "foreign", "ours by name"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_is_replaced_is_a_state_of_the_page(demo_file, tmp_path, kind):
    """No answer is a fault of the server, and with the database back all goes on."""
    path = tmp_path / "live.duckdb"
    shutil.copy(demo_file, path)
    site = Site(path)
    lay(kind, path, demo_file)
    with pytest.raises(LogminerError):
        site.feed.refresh()
    for address in (
        "/",
        "/api/state",
        "/api/runs",
        "/api/problems",
        "/api/curves?metric=loss&run=1",
    ):
        answer = site.get(address)
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 503:
            assert "live.duckdb" in answer.json()["error"]["what"]
    path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copy(demo_file, path)
    site.feed.refresh()
    assert site.get("/api/problems").status_code == 200
    site.answers.stop()


def test_another_database_in_its_place_is_read_from_its_beginning(demo_file, tmp_path):
    """What was known of the first one is not mixed with what the second one says."""
    from logminer.store import open_store
    from logminer.workflows.ingest import ingest

    (tmp_path / "runs/a").mkdir(parents=True)
    (tmp_path / "runs/a/metrics.csv").write_text("step,loss\n0,1\n1,2\n")
    with open_store(tmp_path / "other.duckdb", write=True) as store:
        ingest(store, [str(tmp_path / "runs")])
    path = tmp_path / "live.duckdb"
    shutil.copy(demo_file, path)
    site = Site(path)
    os.replace(tmp_path / "other.duckdb", path)
    site.feed.refresh()
    assert site.feed.moment.last_steps == {("loss", 1): 1}
    assert len(site.get("/api/runs").json()["id"]) == 1
    site.answers.stop()
