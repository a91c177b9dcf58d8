"""Whatever is written for the user: when writing it fails, what stood there is still there."""

import ast
import errno
from pathlib import Path

import pytest
from cli_run import run
from factories import full_context

import logminer
from logminer.reports import write_report

PACKAGE = Path(logminer.__file__).parent


@pytest.fixture
def full_disk(monkeypatch):
    """Nothing reaches the disk any more."""

    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill():
        monkeypatch.setattr("os.fsync", fail)

    return fill


@pytest.mark.parametrize("name", ["r.html", "r.md", "r.pdf"])
def test_a_report_that_cannot_be_written_leaves_the_last_one(tmp_path, full_disk, name):
    """In every form."""
    path = tmp_path / name
    path.write_text("the last one")
    context = full_context()
    full_disk()
    with pytest.raises(OSError, match="No space") as error:
        write_report(context, path, sections=["summary"])
    assert error.value.filename == str(path)
    assert path.read_text() == "the last one"


@pytest.mark.parametrize(
    ("args", "written"),
    [
        (("report", "-o", "r.html", "--sections", "summary"), "r.html"),
        (("mine", "-o", "prior.json"), "prior.json"),
        (("export", "optuna", "-o", "warm.py"), "warm.py"),
        (("report", "-o", "pictures", "--format", "png-dir", "--sections", "importance"), None),
    ],
)
def test_commands_that_cannot_write_say_so_and_destroy_nothing(
    demo_file, tmp_path, monkeypatch, full_disk, args, written
):
    """One line that names the file, exit 1 or 2."""
    monkeypatch.chdir(tmp_path)
    if written:
        (tmp_path / written).write_text("the last one")
    full_disk()
    done = run(*args, db=demo_file)
    assert done.returncode in (1, 2), done.stdout
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    if written:
        assert written in done.stderr
        assert (tmp_path / written).read_text() == "the last one"


def test_there_is_one_way_to_write_what_the_user_asked_for():
    """Nothing above the workflows writes a file by itself, but for the files of a running trial."""
    own = {"runner/_launch.py", "core/files.py"}
    places = ("cli", "reports", "exports", "plots", "dashboard", "workflows", "published", "runner")
    found = []
    for place in places:
        for path in (PACKAGE / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = (
                    node.func.attr
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    else ""
                )
                if (
                    name in {"write_text", "write_bytes"}
                    and str(path.relative_to(PACKAGE)) not in own
                ):
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert found == []
