"""Logs in the forms that tools print: the runs, settings, curves and ends that their owners would read."""

import json
from pathlib import Path

import pytest
from log_files import curve

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, text

FOLDER = Path(__file__).parent / "printed_logs"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("tool", EXPECTED)
def test_logs_of_tools_are_read_as_their_owners_would(tool):
    """Names are whole, units gone, positions those of the training, and a planned end that is reached is told."""
    probe = Probe.of(FOLDER / f"{tool}.log")
    assert text.sniff(probe) is Match.GENERIC
    log = text.read(probe, Resume())
    assert log.problems == []
    assert [(run.status, dict(run.params)) for run in log.runs] == [
        (run["status"], run["params"]) for run in EXPECTED[tool]
    ]
    for i, run in enumerate(EXPECTED[tool]):
        for name, points in run["curves"].items():
            assert curve(log, name, i) == [tuple(point) for point in points]


def test_every_log_is_expected_to_say_something():
    """No log stands without its expectation."""
    assert {path.stem for path in FOLDER.glob("*.log")} == set(EXPECTED)
