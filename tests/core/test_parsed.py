"""Points as columns: made from tables and rows, joined and taken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.core.parsed import Points
from logminer.core.problem import Problem

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["loss", "acc", "lr"]),
        st.integers(0, 2**62),
        st.none() | st.floats(0, 2e9),
        st.floats(),
    ),
    max_size=20,
)


def as_rows(points):
    """Points as tuples, None for an unknown time; NaN compares equal by its text."""
    return [
        (int(run), points.names[metric], int(step), None if np.isnan(wall) else float(wall), repr(float(value)))
        for run, metric, step, wall, value in zip(
            points.run, points.metric, points.step, points.wall, points.value, strict=True
        )
    ]  # fmt: skip


def expected(rows, run=0):
    return [(run, name, step, wall, repr(value)) for name, step, wall, value in rows]


@given(ROWS)
def test_rows_are_kept_exactly(rows):
    """Metric, step, time and value of each row come back unchanged, NaN and infinities included."""
    assert as_rows(Points.from_rows(rows, run=3)) == expected(rows, run=3)


@given(ROWS, ROWS, ROWS)
def test_joining_appends(first, second, third):
    """Joined points are those of the parts, in order, whatever names the parts share."""
    parts = [Points.from_rows(rows, run) for run, rows in enumerate((first, second, third))]
    joined = Points.concat(parts)
    assert as_rows(joined) == [row for part in parts for row in as_rows(part)]
    assert len(joined.names) == len(set(joined.names))


def test_wide_tables_become_columns():
    """Each column is a metric; steps, times and runs are repeated for each."""
    points = Points.from_wide(
        {"loss": [3.0, 2.0], "acc": [0.1, np.nan]}, [10, 20], wall=[5.0, 6.0], run=[0, 1]
    )
    assert as_rows(points) == [
        (0, "loss", 10, 5.0, "3.0"),
        (1, "loss", 20, 6.0, "2.0"),
        (0, "acc", 10, 5.0, "0.1"),
        (1, "acc", 20, 6.0, "nan"),
    ]


def test_blank_cells_are_dropped_on_demand_only():
    """NaN is a value, unless the log writes it for 'not measured'."""
    columns = {"loss": [3.0, np.nan], "acc": [np.nan, 0.5]}
    assert len(Points.from_wide(columns, [1, 2])) == 4
    kept = Points.from_wide(columns, [1, 2], drop_nan=True)
    assert as_rows(kept) == [(0, "loss", 1, None, "3.0"), (0, "acc", 2, None, "0.5")]


def test_columns_of_unequal_length_are_refused():
    """A ragged table is an error rather than values at wrong steps."""
    with pytest.raises(ValueError, match="unequal"):
        Points.from_wide({"loss": [1.0, 2.0, 3.0], "acc": [1.0]}, [1, 2])


@pytest.mark.parametrize(
    "points",
    [
        Points.empty(),
        Points.from_rows([]),
        Points.from_wide({}, []),
        Points.from_wide({"loss": []}, []),
        Points.concat([]),
        Points.concat([Points.empty()]),
    ],
)
def test_no_points_are_points_too(points):
    """Empty columns keep their types, so that an empty log is stored like any other."""
    assert len(points) == 0
    kinds = [column.dtype.kind for column in (points.run, points.metric, points.step)]
    assert kinds == ["i", "i", "i"]
    assert points.wall.dtype == points.value.dtype == np.float64


def test_single_precision_is_kept():
    """Values of event files stay as they are when only such are joined, and widen beside doubles."""
    single = Points(["a"], *(np.zeros(1, t) for t in ("i4", "i4", "i8", "f8", "f4")))
    assert Points.concat([single, single]).value.dtype == np.float32
    assert Points.concat([single, Points.from_rows([("a", 0, None, 0.1)])]).value[1] == 0.1


def test_taking_rows_by_mask_and_by_place():
    """A selection keeps the columns together."""
    points = Points.from_rows([("a", 1, None, 1.0), ("b", 2, None, 2.0), ("a", 3, None, 3.0)])
    assert as_rows(points.take(points.step > 1)) == as_rows(points)[1:]
    assert as_rows(points.take(np.array([2, 0]))) == [as_rows(points)[2], as_rows(points)[0]]


def test_a_problem_says_where():
    """A problem reads as path, place and what; the place may be unknown."""
    assert str(Problem("a/b.csv", "not a number", "line 7")) == "a/b.csv (line 7): not a number"
    assert str(Problem("a/b.csv", "empty file")) == "a/b.csv: empty file"
