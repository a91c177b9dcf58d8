"""The hyperparameters as columns of the run table."""

import pytest

from logminer.dashboard import overview
from logminer.workflows.history import View


@pytest.mark.parametrize(("most", "left_out"), [(2, True), (300, False)])
def test_columns_beyond_the_most_are_counted(demo, monkeypatch, most, left_out):
    """Those that are searched come first; what is left out is what tells least."""
    monkeypatch.setattr(overview, "MOST_PARAMS", most)
    runs, ends = demo.read.runs(), demo.tail.ends()
    seen = overview.look_over(runs.index, demo.read.params(), ends[["run", "metric"]], View())
    assert len(seen.params.columns) == len(seen.facts) <= most
    assert (seen.left_out > 0) is left_out
    assert seen.facts[0]["searched"]
    assert seen.facts[0]["varies"]
