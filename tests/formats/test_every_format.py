"""What holds for all formats: listed without being imported, and no pickle is opened."""

import pickle

import pytest
from golden import claims
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe, checkpoint


def test_formats_are_listed_without_importing_them():
    """Names come from the folder alone."""
    assert {"csv", "json", "text", "algoperf", "checkpoint"} <= set(FORMATS.names())


class Canary:
    """Writes a file when a pickle of it is opened."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_pickles_are_never_opened(tmp_path):
    """A pickle under any name is skipped by every format, and what it would run does not run."""
    bait = tmp_path / "ran"
    for name in ("training_args.bin", "study.pkl", "weights.pt", "model.ckpt", "x.joblib"):
        path = write(tmp_path, f"files/{name}", pickle.dumps([Canary(bait), "\0"]))
        assert checkpoint.sniff(Probe.of(path)) is Match.PARTS
        assert set(claims(Probe.of(path)).values()) <= {Match.PARTS}
        with pytest.raises(ValueError, match="never opened"):
            checkpoint.read(Probe.of(path), Resume())
    assert not bait.exists()
