"""Event files are read with and without the compiled part, by the same tests."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from logminer.formats import _compiled, _records, _scalars


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """The compiled part, built here, with every warning an error."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("compiled") / "_follow.so"
    source = Path(_compiled.__file__).with_name("_follow.c")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([*compiler, *flags, str(source)], check=True)
    return _compiled.load(library)


@pytest.fixture(scope="module", params=["vectorised", "compiled"])
def both_ways(request):
    """Each test of a module twice: records found by numpy, and by the compiled part."""
    found = request.getfixturevalue("compiled") if request.param == "compiled" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_records, "load", lambda: found)
        patch.setattr(_scalars, "load", lambda: found)
        yield
