"""What is new in a store, and where curves end: always the same as what the views say."""

import json

import pandas as pd
import pytest

from logminer.workflows.ingest import ingest


def write(path, rows, mode="a"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.writelines(json.dumps({"step": step, "loss": value}) + "\n" for step, value in rows)


def by_curve(frame):
    return frame.sort_values(["run", "metric"], ignore_index=True)


def same_as_summaries(store):
    """Ends against what the store says of each curve otherwise."""
    names = store.read.run_metrics()["metric"].unique().tolist()
    summaries, ends = by_curve(store.read.summaries(names)), by_curve(store.tail.ends())
    for name in ("run", "metric", "points", "first", "last", "min", "max", "last_step"):
        pd.testing.assert_series_equal(ends[name], summaries[name])
    some = ends["run"].unique()[::2]
    pd.testing.assert_frame_equal(
        by_curve(store.tail.ends(some)), ends[ends["run"].isin(some)].reset_index(drop=True)
    )


def test_the_demo_ends_as_the_views_say(demo):
    """On logs of several formats, some of which tell a run twice."""
    same_as_summaries(demo)


@pytest.mark.parametrize(
    "pieces",
    [
        [[(1, 3.0), (2, 2.0), (3, 1.0)]],
        [[(1, 3.0), (2, 2.0)], [(3, 1.0), (4, 0.5)]],
        [[(1, 0.1), (2, 0.2), (1, 3.0), (2, 2.0), (3, 1.0)]],
        [[(1, 0.1), (2, 0.2)], [(1, 3.0), (2, 2.0), (3, 1.0)]],
        [[(5, 0.1), (9, 0.2)], [(9, 3.0)], [(10, 2.0)]],
    ],
    ids=["one piece", "went on", "went back at once", "went back later", "last step again"],
)
def test_overwritten_steps_do_not_count(store, tmp_path, pieces):
    """However a file came to hold them: the later value of a step replaces the earlier one."""
    for number, piece in enumerate(pieces):
        write(tmp_path / "logs" / "run" / "metrics.jsonl", piece)
        write(tmp_path / "logs" / "other" / "metrics.jsonl", [(number, 1.0)])
        ingest(store, [str(tmp_path / "logs")])
    same_as_summaries(store)


def test_what_came_after_a_mark_is_appended(store, tmp_path):
    """All of it, nothing of what was there, in the order in which it came."""
    for name in "ab":
        write(tmp_path / "logs" / name / "metrics.jsonl", [(step, 1.0) for step in range(20_000)])
    ingest(store, [str(tmp_path / "logs")])
    mark = store.tail.mark()
    write(tmp_path / "logs" / "a" / "metrics.jsonl", [(20_000, 0.5), (20_001, float("inf"))])
    ingest(store, [str(tmp_path / "logs")])
    new = store.tail.appended(mark, store.tail.mark())
    assert new[["metric", "step", "value"]].to_numpy().tolist() == [
        ["loss", 20_000, 0.5], ["loss", 20_001, float("inf")],
    ]  # fmt: skip
    assert len(store.tail.appended(-1, mark)) == 40_000
    assert store.tail.appended(store.tail.mark(), store.tail.mark()).empty


def test_appended_points_are_those_of_the_view(demo):
    """With their wall times and values."""
    found = demo.tail.appended(-1, demo.tail.mark())
    run = int(found["run"].iloc[0])
    own = found[found["run"] == run].drop(columns=["run", "source"])
    points = demo.read.points(run).drop(columns="source")
    by = ["metric", "step", "value"]
    pd.testing.assert_frame_equal(
        own.sort_values(by, ignore_index=True), points.sort_values(by, ignore_index=True)
    )


def test_a_file_that_is_read_anew_is_counted(store, tmp_path):
    """A reader learns that what it holds of the file counts no more."""
    path = tmp_path / "logs" / "run" / "metrics.jsonl"
    write(path, [(1, 3.0), (2, 2.0), (3, 1.0)])
    ingest(store, [str(tmp_path / "logs")])
    assert store.tail.sources()["times"].tolist() == [0]
    write(path, [(1, 9.0)], mode="w")
    ingest(store, [str(tmp_path / "logs")])
    assert store.tail.sources()[["points", "times"]].to_numpy().tolist() == [[1, 1]]


def test_the_outline_changes_with_runs_and_parameters_only(store, tmp_path):
    """More points of known runs are no reason to look at all parameters again."""
    write(tmp_path / "logs" / "a" / "metrics.jsonl", [(step, 1.0) for step in range(30)])
    ingest(store, [str(tmp_path / "logs")])
    first = store.tail.outline_hash()
    write(tmp_path / "logs" / "a" / "metrics.jsonl", [(31, 1.0)])
    ingest(store, [str(tmp_path / "logs")])
    assert store.tail.outline_hash() == first
    write(tmp_path / "logs" / "lr=0.1" / "metrics.jsonl", [(1, 1.0)])
    ingest(store, [str(tmp_path / "logs")])
    assert store.tail.outline_hash() != first


def test_a_store_beside_sees_what_was_committed(store, tmp_path):
    """And stays at that while the writer goes on."""
    write(tmp_path / "logs" / "a" / "metrics.jsonl", [(1, 1.0)])
    ingest(store, [str(tmp_path / "logs")])
    with store.beside() as beside:
        write(tmp_path / "logs" / "b" / "metrics.jsonl", [(1, 1.0)])
        ingest(store, [str(tmp_path / "logs")])
        assert len(beside.read.runs()) == 1
        with pytest.raises(RuntimeError, match="reading only"):
            beside.write.base("/x", "")
    assert len(store.read.runs()) == 2
