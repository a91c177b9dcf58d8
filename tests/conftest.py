"""Fixtures that many tests share; its place also lets every test import ``factories``."""

import shutil
from pathlib import Path

import pytest

from logminer.store import open_store
from logminer.workflows.ingest import ingest

DEMO = Path(__file__).parent.parent / "sample_logs" / "demo"


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory):
    """A database with the demo logs in it; not to be written to."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    with open_store(path, write=True) as store:
        ingest(store, [str(DEMO)])
    return path


@pytest.fixture
def demo(demo_file):
    """The demo's store, open for reading."""
    with open_store(demo_file) as store:
        yield store


@pytest.fixture
def demo_copy(demo_file, tmp_path):
    """A database with the demo logs that a test may change."""
    return shutil.copy(demo_file, tmp_path / "copy.duckdb")


@pytest.fixture
def store(tmp_path):
    """An empty store, open for writing."""
    with open_store(tmp_path / "logs.duckdb", write=True) as opened:
        yield opened
