"""The page in a real browser: it loads without complaint, and nothing in it runs."""

import shutil
import subprocess

import pytest
from factories import HOSTILE, full_context, hostile_history

from logminer.reports import write_report

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def load(page, profile):
    """The page's elements after loading, and what the browser's console said."""
    command = [
        CHROMIUM, *QUIET, f"--user-data-dir={profile}", "--enable-logging=stderr", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_the_page_loads_without_a_word(tmp_path, hostile):
    """No error, no blocked request, no script: the page is text and pictures."""
    context = full_context(hostile_history(), HOSTILE) if hostile else full_context()
    page = write_report(
        context, tmp_path / "r.html", sections=["summary", "top", "importance", "logs"]
    )
    dom, console = load(page, tmp_path / "profile")
    assert console == []
    assert dom.count("<section") == 4
    assert "<script" not in dom
    assert "<img" not in dom
