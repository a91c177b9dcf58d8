"""Keeping up with growing logs: what is sent piece by piece is what one full read gives."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.dashboard.database import Database
from logminer.dashboard.feed import Feed
from logminer.store import open_store
from logminer.workflows.history import View
from logminer.workflows.ingest import ingest

VALUES = st.one_of(st.floats(-5, 5, width=16), st.just(float("nan")), st.just(float("inf")))


def text(value):
    return {"nan": "NaN", "inf": "Infinity"}.get(str(value), str(value))


def write(folder, rows, mode="a"):
    """Points of one run, one line each: (step, value)."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "metrics.jsonl", mode, encoding="utf-8") as file:
        file.writelines(
            f'{{"step": {step}, "time": {1.7e9 + step}, "loss": {text(value)}}}\n'
            for step, value in rows
        )


class Logs:
    """Logs that are read into a database again and again, and a feed over it."""

    def __init__(self, folder):
        self.folder, self.db = folder / "runs", folder / "logs.duckdb"
        self.feed = Feed(Database(str(self.db)), View())

    def look(self):
        """Read what is new and refresh the feed; its moment."""
        with open_store(self.db, write=True) as store:
            ingest(store, [str(self.folder)])
        self.feed.refresh()
        return self.feed.moment

    def curve(self, run):
        with open_store(self.db) as store:
            return store.read.curves(["loss"], [run])[["step", "value"]]


def test_a_store_that_was_not_read_yet_is_told_from_one_without_runs(tmp_path):
    """The page can say "reading" instead of "no runs", and is told when that is over."""
    empty = Logs(tmp_path)
    empty.folder.mkdir()
    (empty.folder / "notes.txt").write_text("no log")
    before = empty.feed.moment
    assert before.loading
    after = empty.look()
    assert not after.loading
    assert not after.snapshot.rows
    assert after.state_changed > before.state_changed


@pytest.fixture
def logs(tmp_path):
    """Two runs whose young logs were read anew before, so that the feed knows what they held."""
    logs = Logs(tmp_path)
    write(logs.folder / "a", [(1, 0.5)])
    write(logs.folder / "b", [(0, 0.9)])
    logs.look()
    write(logs.folder / "a", [(2, 0.4)])
    write(logs.folder / "b", [(1, 0.9)])
    return logs


def run_named(moment, name):
    names = moment.snapshot.table["name"]
    return int(names.index[names.str.endswith(name)][0])


def test_only_changed_rows_and_appended_points_are_told(logs):
    """A point of one run changes that run's row, and is the only point there is to tell."""
    before = logs.look()
    write(logs.folder / "a", [(3, 0.25)])
    after = logs.look()
    a, b = run_named(after, "a"), run_named(after, "b")
    rows = [json.loads(row) for row in after.rows_after(before.revision)]
    assert [(row["id"], row["step"], row["metrics"]["loss"]) for row in rows] == [(a, 3, 0.25)]
    (curve,) = after.points_after(before.revision, "loss", [a, b])
    assert curve["run"] == a
    assert curve["step"].tolist() == [3]
    assert curve["value"].tolist() == [0.25]
    assert after.points_after(after.revision, "loss", [a, b]) == []
    assert after.rows_after(after.revision) == []


def test_nothing_new_is_no_revision(logs):
    """Looking again without change tells nobody anything."""
    before = logs.look()
    assert logs.look() is before
    assert not logs.feed.tick()


def test_several_looks_are_told_together(logs):
    """Who missed revisions gets all that came since, in order, once."""
    before = logs.look()
    for step in (3, 4, 5):
        write(logs.folder / "a", [(step, 1 / step)])
        logs.look()
    moment = logs.feed.moment
    (curve,) = moment.points_after(before.revision, "loss", [run_named(moment, "a")])
    assert curve["step"].tolist() == [3, 4, 5]


def test_a_new_run_is_told(logs):
    """It gets a row, and its first points are points that came."""
    before = logs.look()
    write(logs.folder / "c", [(1, 0.3), (2, 0.2)])
    after = logs.look()
    (row,) = [json.loads(row) for row in after.rows_after(before.revision)]
    assert row["name"].endswith("c")
    (curve,) = after.points_after(before.revision, "loss", [row["id"]])
    assert curve["step"].tolist() == [1, 2]
    assert after.state_changed > before.revision


@pytest.mark.parametrize(
    ("rows", "mode"),
    [([(2, 0.1)], "a"), ([(2, 0.3), (3, 0.1)], "a"), ([(1, 7.0), (2, 6.0), (3, 5.0)], "w")],
    ids=["same step again", "went back", "file replaced"],
)
def test_what_does_not_go_on_is_asked_for_again(logs, rows, mode):
    """A curve that changed behind its end is not patched but read anew; other runs are left alone."""
    before = logs.look()
    write(logs.folder / "a", rows, mode)
    after = logs.look()
    a, b = run_named(after, "a"), run_named(after, "b")
    assert after.points_after(before.revision, "loss", [a, b]) == [{"run": a, "reset": True}]


def test_a_file_that_is_written_whole_each_time_is_sent_in_part(logs):
    """Where its beginning is as it was, only the rest is new; other tools rewrite their logs as they go."""
    before = logs.look()
    write(logs.folder / "a", [(1, 0.5), (2, 0.4), (3, 0.3)], "w")
    after = logs.look()
    (curve,) = after.points_after(before.revision, "loss", [run_named(after, "a")])
    assert curve["step"].tolist() == [3]


def test_an_unknown_revision_gets_everything(logs):
    """After a restart of the server, or too long an absence: all rows, and curves to be asked for again."""
    moment = logs.look()
    a = run_named(moment, "a")
    for strange in (1, moment.revision + 10):
        assert len(moment.rows_after(strange)) == 2
        assert moment.points_after(strange, "loss", [a]) == [{"run": a, "reset": True}]


def test_a_later_process_starts_at_a_later_revision(logs):
    """Its revisions are not mistaken for those of an earlier one."""
    first = logs.look()
    later = Feed(Database(str(logs.db)), View())
    later.refresh()
    assert not later.moment.knows(first.revision)


def test_what_is_kept_for_latecomers_is_bounded(logs, monkeypatch):
    """Of too many points the oldest are forgotten, and who needs them gets a reset."""
    monkeypatch.setattr("logminer.dashboard.feed._KEPT_POINTS", 5)
    before = logs.look()
    middle = None
    for step in range(3, 13):
        write(logs.folder / "a", [(step, 0.1)])
        middle = logs.look() if step == 11 else logs.look() and middle
    moment = logs.feed.moment
    a = run_named(moment, "a")
    assert sum(growth.size for growth in moment.growths) <= 5
    assert moment.points_after(before.revision, "loss", [a]) == [{"run": a, "reset": True}]
    (curve,) = moment.points_after(middle.revision, "loss", [a])
    assert curve["step"].tolist() == [12]


def test_trouble_is_told_and_passes(logs):
    """What keeps the page from being up to date is part of its state, until it is gone."""
    before = logs.look()
    assert logs.feed.suffer("the database is in use")
    assert not logs.feed.suffer("the database is in use")
    assert logs.feed.moment.trouble == "the database is in use"
    assert logs.feed.moment.revision > before.revision
    assert logs.look().trouble is None


PIECES = st.lists(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 12), VALUES), min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


@settings(max_examples=6, deadline=None)
@given(pieces=PIECES)
def test_pieces_add_up_to_the_whole(tmp_path_factory, pieces):
    """Whatever order steps come in, a page that only appends and obeys resets holds what the store holds."""
    logs = Logs(tmp_path_factory.mktemp("pieces"))
    shown, seen = {}, 0
    for piece in pieces:
        for name, step, value in piece:
            write(logs.folder / name, [(step, value)])
        moment = logs.look()
        runs = moment.snapshot.table.index.tolist()
        for curve in moment.points_after(seen, "loss", runs):
            if curve.get("reset"):
                shown[curve["run"]] = logs.curve(curve["run"])
            else:
                new = pd.DataFrame({"step": curve["step"], "value": curve["value"]})
                shown[curve["run"]] = pd.concat([shown.get(curve["run"]), new], ignore_index=True)
        seen = moment.revision
        same_as_store(logs, moment, shown)


def same_as_store(logs, moment, shown):
    for run in moment.snapshot.table.index:
        whole = logs.curve(run)
        np.testing.assert_array_equal(shown[run]["step"], whole["step"])
        np.testing.assert_array_equal(shown[run]["value"], whole["value"])
    with open_store(logs.db) as store:
        fresh = store.tail.ends()
    kept = logs.feed._read.ends
    by = ["run", "metric"]
    pd.testing.assert_frame_equal(
        kept.sort_values(by, ignore_index=True),
        fresh.sort_values(by, ignore_index=True),
        check_dtype=False,
    )
