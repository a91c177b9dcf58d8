"""Whatever happens to a file after it was read, what is stored stems from one content of it, whole."""

from csv_runs import read_in
from file_changes import CHANGES, courses, stored_points
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from logminer.store import open_store
from logminer.workflows.doctor import examine

_NUMBERS = st.lists(st.integers(0, 2**20), min_size=3, max_size=3)


@settings(
    max_examples=1,  # of all formats at once; benchmarks/changing_files.py goes through more
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(numbers=_NUMBERS)
def test_files_of_every_format_go_through_any_changes(tmp_path_factory, numbers):
    """Every file goes its own way; after each change what ``Course`` expects of it is stored, and nothing else."""
    folder = tmp_path_factory.mktemp("changing")
    files = list(courses(folder / "runs"))
    assert len(files) > 30
    with open_store(folder / "logs.duckdb", write=True) as store:
        for course in files:
            course.begin()
        go_on(store, files, folder)
        for step, number in enumerate(numbers):
            for nth, course in enumerate(files):
                course.change(CHANGES[(number + 7 * nth + 5 * step) % len(CHANGES)], number + nth)
            go_on(store, files, folder)


def go_on(store, files, folder):
    """Ingest, and see whether of each file is stored and said what must be."""
    read_in(store, folder / "runs")
    said = set(store.read.problems()["path"])
    for course in files:
        holds, differs = course.expect()
        assert stored_points(store, course.path) == holds.points, course
        assert not differs or str(course.path) in said, course
    (adding,) = (finding for finding in examine(store) if "add up" in finding.what)
    assert adding.ok
