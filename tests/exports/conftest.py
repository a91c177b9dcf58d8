"""Peers that tests of exports need; where one is missing they are skipped."""

import pytest


@pytest.fixture
def optuna():
    found = pytest.importorskip("optuna")
    found.logging.set_verbosity(found.logging.ERROR)
    return found
