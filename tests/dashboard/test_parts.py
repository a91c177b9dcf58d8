"""The parts of the live page one by one: thinning, states, JSON, the database shared by threads, streams."""

import asyncio
import json
import math
import threading
import time

import numpy as np
import pandas as pd
import pytest
from asked import Site
from hypothesis import example, given
from hypothesis import strategies as st

from logminer.analyses.standing import cut_short, doing, gaps
from logminer.core.errors import NothingFoundError
from logminer.core.words import span
from logminer.dashboard.database import Database
from logminer.dashboard.events import Events, Wanted
from logminer.dashboard.strict_json import dumps
from logminer.dashboard.thin import kept
from logminer.store import open_store
from logminer.workflows.ingest import ingest

NAN = float("nan")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(values=st.lists(NUMBERS, min_size=1, max_size=400), most=st.integers(5, 60))
@example(values=[1.0, 5.0, NAN, -3.0, 2.0, 1.0, 1.0], most=5)
def test_thinning_keeps_the_ends_and_the_extremes(values, most):
    """No more points than asked for; the first, the last, the lowest, the highest are among them."""
    step, value = np.cumsum(np.arange(1, len(values) + 1)), np.array(values)
    chosen = kept(step, value, most)
    assert len(chosen) <= max(most, 2)
    assert (np.diff(chosen) > 0).all()
    assert {chosen[0], chosen[-1]} == {0, len(values) - 1}
    finite = value[np.isfinite(value)]
    if len(finite):
        shown = value[chosen]
        assert shown[np.isfinite(shown)].max() == finite.max()
        assert shown[np.isfinite(shown)].min() == finite.min()
    if len(finite) < len(values):
        assert not np.isfinite(value[chosen]).all()


def test_a_single_spike_survives():
    """One point of a hundred thousand that stands out is drawn."""
    value = np.zeros(100_000)
    value[54_321] = 7.0
    assert 54_321 in kept(np.arange(100_000), value, 500)


@pytest.mark.parametrize(
    ("status", "silent", "gap", "short", "state"),
    [
        ("finished", NAN, NAN, True, "finished"),
        ("failed", 0.0, 1.0, True, "failed"),
        ("preempted", 1e9, 1.0, True, "preempted"),
        ("running", 5.0, 1.0, True, "running"),
        ("unknown", 5.0, 1.0, False, "running"),
        ("running", 121.0, 1.0, False, "stale"),
        ("running", 121.0, 60.0, False, "running"),
        ("running", 601.0, 60.0, False, "stale"),
        ("running", 1e9, NAN, False, "stale"),
        ("unknown", 121.0, 1.0, True, "stale"),
        ("unknown", 121.0, 1.0, False, "unknown"),
        ("unknown", 1e6, 1.0, True, "unknown"),
        ("unknown", NAN, NAN, True, "unknown"),
        ("running", NAN, NAN, True, "stale"),
    ],
)
def test_states_follow_the_log_then_the_silence(status, silent, gap, short, state):
    """What the log says of the end counts; else how long nothing came, for a run of that pace."""
    found = doing(status, silent, gap, cut_short=short)
    assert found.state == state
    assert bool(found.reason) == (state == "stale")


def test_a_reason_does_not_grow_with_time():
    """A stale run says the same a minute later, so that its row need not be sent again."""
    assert doing("running", 200.0, 1.0, cut_short=False) == doing(
        "running", 260.0, 1.0, cut_short=False
    )


def test_a_run_without_others_counts_as_cut_short():
    """There is nothing it could have come as far as."""
    short = cut_short(pd.Series([10.0, 10.0, 2.0, 5.0]), pd.Series(["a", "a", "a", "b"]))
    assert short.tolist() == [False, False, True, True]


def test_the_pace_of_a_run_is_that_of_its_busiest_metric():
    """A metric logged once an epoch does not make a run look slow."""
    ends = pd.DataFrame(
        {"run": [1, 1, 2], "metric": ["a", "b", "a"], "points": [101, 2, 1],
         "first_wall": [0.0, 0.0, 5.0], "last_wall": [200.0, 200.0, 5.0]}
    )  # fmt: skip
    assert gaps(ends).to_dict() == {1: 2.0}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.25, "0.25 s"), (40, "40 s"), (119, "119 s"), (120, "2 min"), (5400, "90 min"), (9000, "2.5 h"), (2e5, "2.3 days")],
)  # fmt: skip
def test_time_in_words(seconds, words):
    """Two digits are enough."""
    assert span(seconds) == words


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(value=ODD)
@example(value=2**53)
@example(value=[1 - 2**53, -(2**53)])
def test_json_is_strict_and_loses_nothing(value):
    """NaN and infinities are null, whole numbers that JavaScript would round are text, all else comes back."""
    assert json.loads(dumps(value), parse_constant=pytest.fail) == expected(value)


def expected(value):
    if isinstance(value, dict):
        return {name: expected(each) for name, each in value.items()}
    if isinstance(value, list):
        return [expected(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def test_arrays_are_lists():
    """With null for what is not finite."""
    assert dumps(np.array([1.0, np.nan, np.inf])) == b"[1.0,null,null]"


def test_readers_read_beside_a_writer(demo_copy):
    """While one thread writes, others see what was committed; afterwards nobody holds the file."""
    database = Database(str(demo_copy))
    with database.reading() as first:
        assert first.read.counts()["runs"] == 175
    with database.writing() as store:
        with store.transaction():
            store.write.base("/some/where", "")
        with database.reading() as beside:
            assert "/some/where" in beside.read.bases()
    with open_store(demo_copy, write=True, wait=0):  # raises if the file were still held
        pass


def test_a_writer_waits_for_readers(demo_copy):
    """It opens the file when those that read have ended."""
    database, order = Database(str(demo_copy)), []

    def write():
        with database.writing():
            order.append("written")

    with database.reading():
        thread = threading.Thread(target=write)
        thread.start()
        time.sleep(0.1)
        order.append("read")
    thread.join(30)
    assert order == ["read", "written"]


def test_a_missing_database_is_said(tmp_path):
    """And the next reader is not kept out by the failure."""
    database = Database(str(tmp_path / "none.duckdb"), wait=0)
    for _ in range(2):
        with pytest.raises(NothingFoundError), database.reading():
            pass


class Told:
    """A feed that a test moves."""

    def __init__(self, feed):
        self.moment = feed.moment


def test_a_page_that_takes_nothing_is_dropped(site, monkeypatch):
    """Its stream ends, and nothing piles up for it."""
    monkeypatch.setattr("logminer.dashboard.events.PATIENCE", 0.05)
    events = Events(Told(site.feed), lambda _: {})
    sent = []

    async def send(message):
        sent.append(message["type"])
        if len(sent) > 2:
            await asyncio.sleep(3600)

    async def stay():
        await asyncio.sleep(3600)

    async def serve():
        stream = events.stream(Wanted(1, "", ()))
        await asyncio.wait_for(stream({"method": "GET"}, stay, send), 30)

    asyncio.run(serve())
    assert len(sent) == 3


def test_a_quiet_stream_pings(site, monkeypatch):
    """So that a connection that broke is noticed on both sides."""
    monkeypatch.setattr("logminer.dashboard.events.PING_SECONDS", 0.01)
    feed = Told(site.feed)
    events = Events(feed, lambda _: {})

    async def first(count):
        parts = events.parts(Wanted(feed.moment.revision, "", ()))
        return [await anext(parts) for _ in range(count)]

    hello, *pings = asyncio.run(first(3))
    assert hello.startswith(b"retry:")
    assert pings == [b"event: ping\ndata: {}\n\n"] * 2


HOSTILE = [
    "<script>alert(1)</script>", "'; DROP TABLE run; --", "../../etc/passwd", "\u202egnp.exe", "a\nb\tc",
    "__proto__", "constructor", "data: x\n\nevent: runs", "💥" * 50, "NaN", "null", "=cmd|' /C calc'!A0", "\x00\x1b[31m",
]  # fmt: skip


def test_hostile_names_come_back_as_text(tmp_path):
    """Names of metrics and parameters and their values are data to every answer, whatever they hold."""
    for number, name in enumerate(HOSTILE):
        folder = tmp_path / "logs" / f"run_{number}"
        folder.mkdir(parents=True)
        config = {"event": "start", "config": {name: name, "lr": 10.0**-number}}
        rows = [{"step": step, name: 1 / step, "loss": 2.0} for step in (1, 2, 3)]
        lines = [json.dumps(row) + "\n" for row in (config, *rows)]
        (folder / "metrics.jsonl").write_text("".join(lines), encoding="utf-8")
    db = tmp_path / "logs.duckdb"
    with open_store(db, write=True) as store:
        ingest(store, [str(tmp_path / "logs")])
    site = Site(db)
    table, state = site.get("/api/runs").json(), site.get("/api/state").json()
    with open_store(db) as store:
        stored = set(store.read.run_metrics()["metric"])
    assert {metric["name"] for metric in state["metrics"]} == stored
    for name in stored:
        run = next(i for i, v in zip(table["id"], table["metrics"][name], strict=True) if v)
        found = site.get("/api/curves", params={"metric": name, "run": run}).json()
        assert found["metric"] == name
        assert [curve["points"] for curve in found["curves"]] == [3]
    values = {value for column in table["params"].values() for value in column}
    assert values >= {name for name in HOSTILE if "\x00" not in name}


def test_a_name_cannot_end_an_event(site):
    """Line breaks in names stay inside the JSON of one line."""

    async def first():
        feed = Told(site.feed)
        parts = Events(feed, lambda _: {"name": "a\n\nevent: evil\ndata: 1"}).parts(
            Wanted(1, "", ())
        )
        await anext(parts)
        return await anext(parts)

    lines = asyncio.run(first()).decode().splitlines()
    assert {line.split(":")[0] for line in lines if line} == {"event", "data", "id"}
    assert next(line for line in lines if "evil" in line).startswith("data: {")
