"""A ``logminer.toml`` that came along with somebody's logs neither hangs an ingest nor moves the database."""

import os
import re
import threading
import time

import pytest
from cli_run import run

from logminer.core.errors import UsageError
from logminer.workflows.own_patterns import BoundedPattern, compiled
from logminer.workflows.settings import load_settings, own_formats

HOME = {"HOME": "/nowhere"}
EVIL = "[formats.evil]\nfiles = ['*.log']\nline = 'it (?P<loss>a+)'\n"


def foreign(path, monkeypatch):
    """Make a file or folder another user's."""
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    else:
        me = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: me + 1)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners as in POSIX")
@pytest.mark.parametrize("what", ["logminer.toml", "."])
def test_settings_of_another_user_are_not_read(tmp_path, monkeypatch, what):
    """The file's owner counts, and the folder's; the line names the file, and the user's own above still holds."""
    (tmp_path / "logminer.toml").write_text('mode = "max"\n')
    below = tmp_path / "unpacked"
    below.mkdir()
    (below / "logminer.toml").write_text('mode = "min"\nnonsense = 1\n')
    foreign(below / what, monkeypatch)
    settings = load_settings(below, HOME)
    assert settings.notes[0] == f"{below / 'logminer.toml'} is ignored: " + (
        "it belongs to another user" if what != "." else "its folder belongs to another user"
    )
    if os.geteuid() == 0:  # elsewhere the whole tree is another's
        assert settings.values["mode"] == "max"


@pytest.mark.parametrize("what", ["logminer.toml", "."])
def test_settings_that_anybody_can_write_are_not_read(tmp_path, what):
    """As in the folder for temporary files, sticky or not."""
    (tmp_path / "logminer.toml").write_text('mode = "max"\n')
    (tmp_path / what).chmod(0o1777 if what == "." else 0o666)
    settings = load_settings(tmp_path, HOME)
    assert settings.values["mode"] is None
    assert "can be written by anybody" in settings.notes[0]


@pytest.mark.parametrize(
    "db", ["/any/place/x.duckdb", "../x.duckdb", "sub/../../x.duckdb", "link/x.duckdb"]
)
def test_the_database_stays_in_the_folder_of_its_settings(tmp_path, db):
    """A path that leads out is ignored in every command, and said; variables and flags may name any place."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project/link").symlink_to(tmp_path)
    (tmp_path / "project/logminer.toml").write_text(f'db = "{db}"\n')
    settings = load_settings(tmp_path / "project", HOME)
    assert settings.values["db"] == "logminer.duckdb"
    assert "lies outside of its folder" in settings.notes[0]
    assert load_settings(tmp_path / "project", {**HOME, "LOGMINER_DB": db}).values["db"] == db


@pytest.mark.parametrize("db", ["x.duckdb", "sub/x.duckdb", "a/../x.duckdb"])
def test_a_database_in_the_folder_of_its_settings_is_obeyed(tmp_path, db):
    """Nothing is said."""
    (tmp_path / "logminer.toml").write_text(f'db = "{db}"\n')
    settings = load_settings(tmp_path, HOME)
    assert (settings.values["db"], settings.notes) == (db, ())


@pytest.mark.parametrize("logs", [".", "..", "../..", "{here}"])
def test_patterns_among_the_logs_do_not_run(tmp_path, monkeypatch, logs):
    """The folder that is read, however it is named, brings no regular expressions; one beside it does."""
    here = tmp_path / "a/b"
    here.mkdir(parents=True)
    (here / "logminer.toml").write_text(EVIL)
    monkeypatch.chdir(here)
    settings = load_settings(here, HOME, logs=[logs.format(here=here)])
    assert own_formats(settings) == {}
    assert "lies among the logs" in settings.notes[0]
    (here / "runs").mkdir()
    assert list(own_formats(load_settings(here, HOME, logs=["runs"]))) == ["evil"]


def test_an_unpacked_folder_is_ingested_as_if_it_had_no_settings(tmp_path, monkeypatch):
    """End to end: no hang, no database elsewhere, the logs are read, and a line each says what was ignored."""
    logs = tmp_path / "logs"
    (logs / "run1").mkdir(parents=True)
    (logs / "run1/t.log").write_text("epoch 1 loss 0.5\nepoch 2 loss 0.25\nit " + "a" * 40 + "!\n")
    (logs / "logminer.toml").write_text(
        f"db = '{tmp_path}/elsewhere.duckdb'\n[formats.evil]\nfiles = ['*.log']\nline = '(?P<loss>(a+)+)$'\n"
    )
    monkeypatch.chdir(logs)
    monkeypatch.setenv("HOME", str(tmp_path))
    done = run("ingest", ".")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "elsewhere.duckdb").exists()
    assert (logs / "logminer.duckdb").stat().st_mode & 0o077 == 0
    assert done.stderr.count("note: ") == 2
    assert run("runs").returncode == 0


@pytest.mark.parametrize(
    "line",
    ["(?P<x>(a+)+)$", "(?P<x>(?:a|a)*)b", "(?P<x>(?:\\w+\\s?)*)!", "(?P<x>(?:(?:ab)*c?){9,}d)"],
)
def test_patterns_that_take_for_ever_are_refused(tmp_path, line):
    """Before any log is opened, with the name of the format."""
    (tmp_path / "logminer.toml").write_text(f"[formats.mine]\nline = '{line}'\n")
    with pytest.raises(UsageError, match=r"formats\.mine.*repeat"):
        own_formats(load_settings(tmp_path, HOME))


@pytest.mark.parametrize(
    "line",
    [
        r"it (?P<step>\d+) .* loss (?P<loss>\S+) @ (?P<time>\S+)", r"(?:loss|cost)[:=] ?(?P<loss>[\d.]+(?:e-?\d+)?)",
        r"(?P<step>\d{1,9})(?:/\d+)?\s+(?P<a>\S+)", r"(?:\d{2}:){2}\d{2} (?P<loss>\S+)", r"(?P<t>(?:\d\d){8,})x",
    ],
)  # fmt: skip
def test_patterns_that_people_write_are_taken(line):
    """Repeats one after the other, choices outside of repeats, repeats of a fixed length."""
    assert compiled(line).groupindex


def test_a_line_that_takes_too_long_ends_its_file_alone(tmp_path, store):
    """A pattern may still take a power of the line's length: its time is limited, and the next file is read."""
    from logminer.workflows.ingest import ingest

    (tmp_path / "logminer.toml").write_text(
        "[formats.mine]\nfiles = ['*.log']\nline = 'loss (?P<loss>\\S+)|a*a*a*a*a*a*b'\n"
    )
    (tmp_path / "logs/bad").mkdir(parents=True)
    (tmp_path / "logs/good").mkdir()
    (tmp_path / "logs/bad/t.log").write_text("loss 1\n" + "a" * 5000 + "\nloss 2\n")
    (tmp_path / "logs/good/t.log").write_text("loss 1\nloss 2\n")
    began = time.process_time()
    result = ingest(store, [str(tmp_path / "logs")], own=own_formats(load_settings(tmp_path, HOME)))
    assert time.process_time() - began < 30
    assert result.runs >= 1
    assert any(
        "bad/t.log" in problem.path and "takes too long" in problem.what
        for problem in result.problems
    )


def test_the_time_limit_leaves_no_trace_and_other_threads_search_less():
    """After a search no timer runs; where none can be set, a line is cut."""
    import signal

    pattern = BoundedPattern(re.compile("(a+)+$"), seconds=0.1)
    with pytest.raises(ValueError, match="takes too long"):
        pattern.search("a" * 40 + "!")
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    found = []
    thread = threading.Thread(target=lambda: found.append(pattern.search("b" * 2000 + "a")))
    thread.start()
    thread.join()
    assert found == [None]


@pytest.mark.parametrize(
    "text", ["a" + ".a" * 50_000 + " = 1", "[" + "a." * 20_000 + "a]", "# " + "x" * 300_000]
)
def test_settings_that_take_all_memory_are_refused(tmp_path, text):
    """A dotted key of 50,000 parts takes gigabytes to parse."""
    (tmp_path / "logminer.toml").write_text(text)
    with pytest.raises(UsageError, match=r"logminer\.toml"):
        load_settings(tmp_path, HOME)
