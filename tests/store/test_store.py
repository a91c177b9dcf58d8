"""The store keeps numbers exactly, commits whole batches, and knows which of two values counts."""

import math
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.core.parsed import ParsedLog, Points, RunFacts
from logminer.core.problem import Problem
from logminer.store.rows import Reading, SourceRow
from logminer.store.values import decode, encode


def source(path="/logs/a/metrics.csv", form="csv", **fields):
    return SourceRow(path, form, "0", 100, 1, 1, **fields)


def reading(
    rows, path="/logs/a/metrics.csv", root="/logs/a", form="csv", single=False, anew=True, **facts
):
    points = Points.from_rows(rows)
    if single:
        points.value = points.value.astype(np.float32)
    return Reading(source(path, form), ParsedLog([RunFacts(root, **facts)], points), anew)


def write(store, *readings):
    with store.transaction():
        stored = store.write.readings(readings)
        store.write.mark_measured()
    return stored


def curve(store, metric="loss"):
    frame = store.read.curves([metric])
    return dict(zip(frame["step"].tolist(), frame["value"].tolist(), strict=True))


def test_special_numbers_come_back_exactly(store):
    """NaN, infinities, -0.0, the smallest and the largest doubles survive storing."""
    values = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1]
    write(store, reading([("loss", i, None, v) for i, v in enumerate(values)]))
    back = list(curve(store).values())
    assert [math.copysign(1, v) for v in back[1:]] == [math.copysign(1, v) for v in values[1:]]
    assert math.isnan(back[0])
    assert back[1:] == values[1:]


@pytest.mark.parametrize(
    "wall", [1_760_000_000.123456, 1_200_000_000.9999998, 2_100_000_000.2500002, None]
)
def test_wall_times_come_back_exactly(store, wall):
    """Unix times of our days keep every bit; an unknown time stays unknown."""
    write(store, reading([("loss", 1, wall, 0.5)]))
    back = store.read.points(1)["wall"].iloc[0]
    assert back == wall or (wall is None and math.isnan(back))


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text(max_size=50)))
def test_parameter_values_keep_type_and_value(value):
    """A parameter decodes to what was encoded, True apart from 1 and 1 apart from 1.0."""
    back = decode(encode(value)[0])
    assert type(back) is type(value)
    assert back == value or (value != value and back != back)


def test_odd_parameter_values_are_kept_as_far_as_they_can_be():
    """Numbers beyond doubles are infinite as numbers, lone surrogates come back, long values are cut and say so."""
    assert encode(10**400)[1] == math.inf
    assert encode(-(10**400))[1] == -math.inf
    assert decode(encode(10**400)[0]) == 10**400
    assert decode(encode("run\udcff")[0]) == "run\udcff"
    assert decode(encode([1, {"a": None}])[0]) == [1, {"a": None}]
    for long in ("x" * 20_000, ["x" * 20_000]):
        cut = decode(encode(long)[0])
        assert cut.endswith("…")
        assert len(cut) == 10_001


def test_full_precision_goes_before_single(store):
    """The same metric at the same step from an event file and a CSV counts once, as the CSV has it."""
    exact = 83274637.123
    write(
        store,
        reading([("loss", 1, None, exact)]),
        reading(
            [("loss", 1, None, exact), ("loss", 2, None, 0.5)],
            path="/logs/a/events",
            form="tensorboard",
            single=True,
        ),
    )
    assert curve(store) == {1: exact, 2: 0.5}
    assert len(store.read.points(1)) == 3


def test_a_nan_the_csv_left_blank_is_kept(store):
    """Where the table has no value, the event file's NaN stays visible."""
    write(
        store,
        reading([("loss", 1, None, 1.0)]),
        reading(
            [("loss", 1, None, 1.0), ("loss", 2, None, math.nan)],
            path="/logs/a/ev",
            form="tensorboard",
            single=True,
        ),
    )
    assert math.isnan(curve(store)[2])


def test_a_restart_replaces_the_later_steps_of_the_first_attempt(store):
    """What an earlier file logged beyond the restart's first step is superseded, and still stored."""
    first = [("loss", s, None, 1.0) for s in (0, 10, 20, 25)]
    second = [("loss", s, None, 2.0) for s in (20, 30)]
    write(
        store,
        reading(first, path="/logs/a/events.1", form="tensorboard", single=True),
        reading(second, path="/logs/a/events.2", form="tensorboard", single=True),
    )
    assert curve(store) == {0: 1.0, 10: 1.0, 20: 2.0, 30: 2.0}
    assert len(store.read.points(1)) == 6


def test_the_later_line_of_a_file_goes_before_the_earlier(store):
    """A (metric, step) written twice in one file counts as written last."""
    write(store, reading([("loss", 1, None, 1.0), ("loss", 1, None, 3.0)]))
    assert curve(store) == {1: 3.0}


def test_reading_anew_replaces_reading_on_adds(store):
    """A rewritten file loses its old points; a grown file keeps them."""
    (stored,) = write(store, reading([("loss", 1, None, 1.0)]))
    grown = reading([("loss", 2, None, 2.0)], anew=False)
    write(store, replace(grown, source=replace(grown.source, id=stored.id)))
    assert curve(store) == {1: 1.0, 2: 2.0}
    rewritten = reading([("loss", 9, None, 9.0)])
    write(store, replace(rewritten, source=replace(rewritten.source, id=stored.id)))
    assert curve(store) == {9: 9.0}


def test_a_failed_transaction_leaves_nothing(store):
    """Rows, run numbers and offsets of a batch that failed are all taken back."""

    def fail():
        with store.transaction():
            store.write.readings([reading([("loss", 1, None, 1.0)])])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.read.counts()["files"] == 0
    write(store, reading([("acc", 1, None, 0.5)]))
    assert curve(store, "acc") == {1: 0.5}
    assert store.read.runs().index.tolist() == [1]


def test_facts_of_several_files_make_one_run(store):
    """Finished goes before failed, the earliest start and the latest end count."""
    write(
        store,
        reading([("loss", 1, None, 1.0)], status="failed", started=20.0, ended=50.0, tags=("a",)),
        reading(
            [],
            path="/logs/a/b.json",
            form="json",
            status="finished",
            started=10.0,
            host="box",
            tags=("b",),
        ),
    )
    run = store.read.runs().iloc[0]
    assert (run["status"], run["started"], run["ended"], run["host"]) == (
        "finished",
        10.0,
        50.0,
        "box",
    )
    assert sorted(run["tags"]) == ["a", "b"]


def test_a_folder_of_parameters_is_no_run(store):
    """A config beside which nothing was logged is not listed."""
    write(
        store,
        reading([], path="/logs/b/hparams.json", root="/logs/b", form="json", params={"lr": 0.1}),
    )
    assert store.read.runs().empty


def test_names_that_are_not_utf8_are_kept_reversibly(store):
    """A run whose folder is no UTF-8 is stored once, however often it is read."""
    root = os.fsdecode(b"/logs/\xff\xfe")
    write(store, reading([("loss", 1, None, 1.0)], path=f"{root}/m.csv", root=root))
    store.write.forget()
    write(store, reading([("acc", 1, None, 1.0)], path=f"{root}/n.csv", root=root))
    assert store.read.runs()["root"].tolist() == ["/logs/\\udcff\\udcfe"]


def test_hostile_names_stay_names(store):
    """Quotes, semicolons and SQL in names of metrics and parameters are plain text."""
    name = "'; DROP TABLE run_key; --\""
    write(store, reading([(name, 1, None, 1.0)], params={name: name}))
    assert store.read.metrics()["metric"].tolist() == [name]
    assert store.read.params()["value"].tolist() == [name]
    assert store.read.counts()["runs"] == 1


def test_problems_are_stored_with_their_file_and_go_with_it(store):
    """A file read again without trouble has no problem any more."""
    bad = reading([("loss", 1, None, 1.0)])
    bad.log.problems.append(Problem("/logs/a/metrics.csv", "a line is damaged", "line 3"))
    (stored,) = write(store, bad)
    assert store.read.problems()["where"].tolist() == ["line 3"]
    good = reading([("loss", 1, None, 1.0)])
    write(store, replace(good, source=replace(good.source, id=stored.id)))
    assert store.read.problems().empty


def test_summaries_never_crown_what_is_not_finite(store):
    """Best, first and last are taken over finite values; a curve that ends in NaN says so."""
    rows = [
        ("loss", 0, None, math.nan),
        ("loss", 1, None, 2.0),
        ("loss", 2, None, math.inf),
        ("loss", 3, None, math.nan),
    ]
    write(store, reading(rows))
    row = store.read.summaries(["loss"]).iloc[0]
    assert (row["first"], row["last"], row["min"], row["max"]) == (2.0, 2.0, 2.0, 2.0)
    assert not row["ends_finite"]
    assert row["last_step"] == 3
