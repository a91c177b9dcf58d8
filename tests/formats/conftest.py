"""Event files are read with and without the compiled part, by the same tests."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from logminer.formats.events import compiled, records, scalars


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The compiled part, built here, with every warning an error."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        pytest.skip("no C compiler")
    built = tmp_path_factory.mktemp("compiled") / "follow.so"
    source = Path(compiled.__file__).with_name("follow.c")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(built)]
    subprocess.run([*compiler, *flags, str(source)], check=True)
    return compiled.load(built)


@pytest.fixture(scope="module", params=["vectorised", "compiled"])
def both_ways(request):
    """Each test of a module twice: records found by numpy, and by the compiled part."""
    found = request.getfixturevalue("library") if request.param == "compiled" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "load", lambda: found)
        patch.setattr(scalars, "load", lambda: found)
        yield
