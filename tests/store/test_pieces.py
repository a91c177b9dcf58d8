"""Points come back from pieces, grids and lists as they went in."""

import math

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.core.errors import StoreError
from logminer.core.parsed import ParsedLog, Points, RunFacts
from logminer.store import open_store
from logminer.store._arrow import Lists, arrow_table
from logminer.store._pieces import PIECE, Part, cut
from logminer.store.rows import Reading, SourceRow

EVERY = (
    "SELECT p.source, r.root, m.name AS metric, p.step, p.wall, p.value, p.bits FROM point p "
    "JOIN run_key r ON r.id = p.run JOIN metric m ON m.id = p.metric ORDER BY p.place"
)


def reading(number, points, runs=1):
    facts = [RunFacts(f"/logs/{run}") for run in range(runs)]
    return Reading(
        SourceRow(f"/logs/{number}", "csv", "1", 1, 1, 1), ParsedLog(facts, points), True
    )


def rows_of(points):
    """Curves of a log, each in the order of the file."""
    rows = {}
    for run, metric, step, wall, value in zip(
        points.run.tolist(), points.metric.tolist(), points.step.tolist(), points.wall.tolist(),
        points.value.astype(float).tolist(), strict=True,
    ):  # fmt: skip
        rows.setdefault((f"/logs/{run}", points.names[metric]), []).append((step, wall, value))
    return rows


@st.composite
def logs(draw):
    """Points of one file: a few metrics of a few runs, some logged together, some not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    runs, names = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    n = draw(st.sampled_from([1, 2, 7, 60, 700]))
    together = draw(st.booleans())
    step = np.repeat(np.arange(n), names) if together else rng.integers(-5, 2 * n, n * names)
    metric = np.tile(np.arange(names), n) if together else rng.integers(0, names, n * names)
    wall = 1.7e9 + np.cumsum(rng.exponential(draw(st.sampled_from([1e-3, 9.0, 1e4])), n * names))
    wall = np.round(wall * 2**22) / 2**22
    wall[rng.random(n * names) < draw(st.sampled_from([0.0, 0.3, 1.0]))] = np.nan
    value = rng.standard_normal(n * names).astype(draw(st.sampled_from(["f4", "f8"])))
    value[rng.random(n * names) < 0.1] = draw(st.sampled_from([np.nan, np.inf, 0.0]))
    run = rng.integers(0, runs, n * names).astype("i4")
    points = Points(
        [f"m{k}" for k in range(names)], run, metric.astype("i4"), step.astype("i8"), wall, value
    )
    return runs, points


@settings(max_examples=60, deadline=None)
@given(st.lists(logs(), min_size=1, max_size=4))
def test_points_come_back_as_they_were_read(tmp_path_factory, given_logs):
    """Every point of every curve, in the order of the file, NaN, unknown times and precision included."""
    path = tmp_path_factory.mktemp("db") / "x.duckdb"
    batch = [reading(i, points, runs) for i, (runs, points) in enumerate(given_logs)]
    with open_store(path, write=True) as store, store.transaction():
        ids = [source.id for source in store.write.readings(batch)]
    with open_store(path) as store:
        stored = store.read.sql(EVERY)
    for number, (_, points) in zip(ids, given_logs, strict=True):
        mine = stored[stored["source"] == number]
        assert set(mine["bits"]) == {points.value.dtype.itemsize * 8}
        got = {
            key: [tuple(row) for row in curve[["step", "wall", "value"]].to_numpy(float)]
            for key, curve in mine.groupby(["root", "metric"])
        }
        want = rows_of(points)
        assert got.keys() == want.keys()
        for key in want:
            np.testing.assert_array_equal(np.array(got[key]), np.array(want[key], float))


@settings(max_examples=40, deadline=None)
@given(st.lists(logs(), min_size=1, max_size=4))
def test_each_step_of_a_curve_counts_once(tmp_path_factory, given_logs):
    """The view ``curve`` says what a walk over the points says: later files first from where they begin, doubles first."""
    path = tmp_path_factory.mktemp("db") / "x.duckdb"
    with open_store(path, write=True) as store, store.transaction():
        store.write.readings([reading(i, p, runs) for i, (runs, p) in enumerate(given_logs)])
    curves = {}
    for i, (_, points) in enumerate(given_logs):
        for key, rows in rows_of(points).items():
            curves.setdefault(key, []).append((i, points.value.dtype == np.float64, rows))
    want = {}
    for key, files in curves.items():
        steps = {}
        for i, double, rows in sorted(files, key=lambda file: (file[1], file[0])):
            begins = [min(r[0] for r in later) for k, _, later in files if k > i]
            kept = [row for row in rows if double or not begins or row[0] < min(begins)]
            steps |= {step: value for step, _, value in kept}
        want.update({(*key, step): value for step, value in steps.items()})
    with open_store(path) as store:
        got = store.read.sql(
            "SELECT r.root, m.name, c.step, c.value FROM curve c JOIN run_key r ON r.id = c.run "
            "JOIN metric m ON m.id = c.metric"
        )
    found = {(root, name, step): value for root, name, step, value in got.to_numpy(object)}
    assert len(found) == len(got)
    assert found.keys() == want.keys()
    assert all(found[k] == v or (math.isnan(v) and math.isnan(found[k])) for k, v in want.items())


def test_metrics_logged_together_share_steps_and_times():
    """Steps and times stand once, and twin times need no lags."""
    n, names = 2 * PIECE + 1, ["a", "b", "c"]
    wide = Points.from_wide(
        {name: np.zeros(n) for name in names}, np.arange(n), 1.7e9 + np.arange(n)
    )
    rows = cut([Part(1, [1], [1, 2, 3], wide)], 0)
    assert len(rows["steps"].items) == n
    assert len(rows["lags"].items) == 0
    assert len(rows["doubles"].items) == 3 * n
    assert rows["points"].tolist() == [PIECE, PIECE, 1] * 3
    assert rows["grid"].tolist() == [0, 1, 2] * 3


def test_times_too_far_apart_have_grids_of_their_own():
    """A difference that does not fit in 32 bits of ticks is not stored as one."""
    points = Points.from_rows([("a", 1, 1.7e9, 0.5), ("b", 1, 1.7e9 + 600, 0.5)])
    rows = cut([Part(1, [1], [1, 2], points)], 5)
    assert len(rows["steps"].items) == 2
    assert rows["grid"].tolist() == [5, 6]


def test_lists_reach_the_database_as_they_lie_in_memory():
    """Empty lists, lists of every kind of number, and no rows at all."""
    bounds = np.array([0, 2, 2, 3])
    table = arrow_table({
        "n": np.arange(3, dtype=np.int32),
        "whole": Lists(bounds, np.array([1, 2, 3])),
        "real": Lists(bounds, np.array([0.5, np.nan, -1.0], np.float32)),
        "flag": np.array([True, False, True]),
    })  # fmt: skip
    with duckdb.connect() as con:
        con.register("given", table)
        rows = con.execute("SELECT * FROM given").fetchall()
        con.register("none", arrow_table({"n": np.empty(0, np.int64)}))
        assert con.execute("SELECT count(*) FROM none").fetchall() == [(0,)]
    assert str(rows[0]) == "(0, [1, 2], [0.5, nan], 1)"
    assert rows[1] == (1, [], [], 0)
    assert rows[2] == (2, [3], [-1.0], 1)


def test_writers_of_one_process_share_the_file(tmp_path):
    """A second writer sees what the first committed; the file is let go of when both are done."""
    path = tmp_path / "x.duckdb"
    with open_store(path, write=True) as one:
        with open_store(path, write=True) as two, two.transaction():
            two.write.readings([reading(1, Points.from_rows([("a", 1, None, 0.5)]))])
        assert one.read.counts()["points"] == 1
    with open_store(path) as store:
        assert store.read.counts()["points"] == 1


@pytest.mark.parametrize("write", [True, False])
def test_one_process_does_not_read_and_write_at_once(tmp_path, write):
    """Opening a file twice would give up its lock when either is closed."""
    path = tmp_path / "x.duckdb"
    open_store(path, write=True).close()
    with open_store(path, write=write), pytest.raises(StoreError, match="in this process"):
        open_store(path, write=not write)
    open_store(path, write=not write).close()


def test_a_file_that_is_read_anew_leaves_no_trace(tmp_path):
    """Grids go with the pieces they belong to, and other files keep theirs."""
    points = Points.from_wide({"a": np.arange(9.0), "b": np.arange(9.0)}, np.arange(9))
    path = tmp_path / "x.duckdb"
    with open_store(path, write=True) as store:
        with store.transaction():
            one, _ = store.write.readings([reading(1, points), reading(2, points)])
        again = reading(1, Points.from_rows([("a", 3, None, 0.5)]))
        with store.transaction():
            store.write.readings([Reading(one, again.log, True)])
        frame = store.read.sql("SELECT source, count(*) AS n FROM point GROUP BY source ORDER BY 1")
    pd.testing.assert_series_equal(frame["n"], pd.Series([1, 18], name="n"))
