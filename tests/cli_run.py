"""A command as its user runs it: what it printed, and its exit code."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from logminer.cli import main


@dataclass
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def run(*args, db=None):
    """Run ``logminer`` as its script does, 80 columns wide, without the cost of a new process."""
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["logminer", *args])
        for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "LOGMINER_DB": str(db or "")}.items():
            patch.setenv(name, value)
        with (
            redirect_stdout(streams[0]),
            redirect_stderr(streams[1]),
            pytest.raises(SystemExit) as ended,
        ):
            main()
    out, err = (stream.buffer.getvalue().decode() for stream in streams)
    return Done(ended.value.code or 0, out, err)
