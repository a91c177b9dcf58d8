"""On a system without POSIX locks and limits all but searches works, and those say what they lack."""

import subprocess
import sys
from pathlib import Path

import pytest

import logminer

PACKAGE = Path(logminer.__file__).parent
# Classes of tools that may not be installed.
BASES_OF_OTHERS = ("_ray_searcher", "_optuna_sampler", "_optuna_pruner")
BLOCK = "import sys; sys.modules['fcntl'] = None; sys.modules['resource'] = None\n"


def python(code, *args):
    return subprocess.run(
        [sys.executable, "-c", BLOCK + code, *args], check=False, capture_output=True, text=True
    )


def test_every_module_can_be_imported():
    """Nothing needs them before it is used."""
    names = [
        ".".join(path.with_suffix("").relative_to(PACKAGE.parent).parts)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.stem not in {"__init__", "__main__", *BASES_OF_OTHERS}
    ]
    assert len(names) > 100
    code = f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)\n"
    done = python(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["runs"], ["suggest"], ["metrics"]])
def test_commands_that_look_work(demo_file, command):
    """As everywhere."""
    code = "sys.argv = ['logminer', *sys.argv[1:]]; from logminer.cli import main; main()"
    done = python(code, *command, "--db", str(demo_file))
    assert done.returncode == 0, done.stderr


def test_a_search_says_what_it_lacks(tmp_path):
    """In one line, before anything is started."""
    (tmp_path / "space.yaml").write_text("lr: {type: float, low: 0.1, high: 1.0}\n")
    code = "sys.argv = ['logminer', *sys.argv[1:]]; from logminer.cli import main; main()"
    done = python(
        code, "search", "--space", str(tmp_path / "space.yaml"), "--db", str(tmp_path / "x.duckdb"),
        "--runs", str(tmp_path / "runs"), "--trials", "1", "--", "echo", "{lr}",
    )  # fmt: skip
    assert done.returncode == 1
    assert "searches need POSIX file locks" in done.stderr
    assert "Traceback" not in done.stderr
