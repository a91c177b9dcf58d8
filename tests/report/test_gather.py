"""From the store to what a report shows."""

import pytest

from logminer.reports import gather
from logminer.store import open_store
from logminer.workflows.mine import zoom_in

TASK = "digits_mlp"


@pytest.fixture(scope="module")
def gathered(demo_file):
    """The report's context for one task of the demo, and the zoom that the command gives for it."""
    with open_store(demo_file) as store:
        return gather(store, task=TASK, n=2), zoom_in(store, task=TASK)[0]


def test_the_report_zooms_as_the_command_does(gathered):
    """The same space and the same rate of misses, whichever one looks at."""
    context, zoom = gathered
    assert context.zoomed == zoom.space
    assert context.zoom_missed == zoom.miss_rate


def test_the_report_tells_what_was_read_and_decided(gathered):
    """Counts of the store, and a decision for tasks, objectives and the space."""
    context, _ = gathered
    assert context.suggested_for == TASK
    assert len(context.suggestions) == 2
    assert context.ingested.runs == len(context.history) > 0
    about = [decision.about for decision in context.decisions]
    assert about[0] == "what tells tasks apart"
    assert f"objective of {TASK}" in about
    assert set(context.history.space.names) <= set(about)
