"""Where the samples' scripts let a framework write, and how its logs lose the traces of the machine."""

import contextlib
import getpass
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

REPLACED = {
    str(Path(__file__).parent): "/home/ada/samples",
    platform.platform(): "Linux-6.1-x86_64",
    sys.prefix: "/venv",
    sys.base_prefix: "/usr",
    getpass.getuser(): "ada",
    socket.gethostname(): "node1",
}


@contextlib.contextmanager
def scratch_folder():
    """A new folder to work in; the current directory while it lasts."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="training") as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def keep(folder, sample, leave_out=(), home=None):
    """Copy a framework's folder over a sample; machine, user and places are given neutral names in texts.

    Args:
        folder: what the framework wrote.
        sample: where the sample belongs.
        leave_out: patterns of files that are not kept.
        home: folder whose path becomes ``/home/ada``; the current one if not given.
    """
    shutil.rmtree(sample, ignore_errors=True)
    shutil.copytree(folder, sample, ignore=shutil.ignore_patterns("__pycache__", *leave_out))
    replaced = {str(home or Path.cwd()): "/home/ada", **REPLACED}
    for path in (p for p in sample.rglob("*") if p.is_file()):
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        for old, new in replaced.items():
            pattern = rf"\b{re.escape(old)}\b" if old[0].isalnum() else re.escape(old)
            text = re.sub(pattern, new, text)
        path.write_bytes(text.encode())
