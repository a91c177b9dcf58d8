"""The live page over a database of the demo logs, asked without a network."""

import pytest

pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")

from asked import Site


@pytest.fixture(scope="module")
def site(demo_file):
    """A client of the live page over the demo logs."""
    site = Site(demo_file)
    yield site
    site.answers.stop()
