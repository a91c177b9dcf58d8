"""A file that is written whole is either the old or the new one."""

import errno
import os
import stat
import subprocess
import sys

import pytest

from logminer.core.files import write_whole


def fail(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["os.fsync", "os.replace", "os.chmod"])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, where):
    """Wherever it strikes; the error names the file that was to be written."""
    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr(where, fail)
    with pytest.raises(OSError, match="No space") as error:
        write_whole(path, "new")
    assert error.value.filename == str(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_an_interruption_leaves_the_old_file(tmp_path, monkeypatch):
    """Ctrl-C too."""
    path = tmp_path / "prior.json"
    path.write_text("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits as in POSIX")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    """A file that may not grow beyond some bytes, as at the end of a disk."""
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
        "from logminer.core.files import write_whole; write_whole(sys.argv[1], b'x' * 5000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, capture_output=True, text=True
    )
    assert "File too large" in done.stderr
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_permissions_are_kept(tmp_path, mode):
    """A private report stays private; a new file is as usual."""
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(mode)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    other = tmp_path / "b"
    other.touch()
    write_whole(tmp_path / "c", "new")
    assert (tmp_path / "c").stat().st_mode == other.stat().st_mode


def test_a_link_stays_a_link(tmp_path):
    """Its target is what is replaced, where it is and also where there is none yet."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.html"
    link.symlink_to("real/report.html")
    for text in ("one", "two"):
        write_whole(link, text)
        assert link.is_symlink()
        assert (tmp_path / "real/report.html").read_text() == text


def test_what_is_no_file_is_written_to(tmp_path):
    """``-o /dev/stdout`` and a pipe still work."""
    script = "from logminer.core.files import write_whole; write_whole('/dev/stdout', 'a text')"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout == "a text"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path):
    """Though its folder would allow it."""
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o400)
    with pytest.raises(PermissionError):
        write_whole(path, "new")


def test_odd_texts_are_written(tmp_path):
    """A lone surrogate, which no encoding has, does not cost the report."""
    write_whole(tmp_path / "a", "x\ud800y")
    assert (tmp_path / "a").read_text() == "x?y"
