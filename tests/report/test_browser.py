"""The report in a real browser: it loads without complaint, nothing in it runs, and it fits a phone."""

import pytest
from chromium import CHROMIUM, Browser
from factories import HOSTILE, full_context, hostile_history

from logminer.reports import write_report

SECTIONS = ["summary", "top", "importance", "logs"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


def show(browser, context, path, width=1280, **options):
    page = browser.page(width)
    page.goto(write_report(context, path, **options).as_uri())
    return page


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_the_page_loads_without_a_word(browser, tmp_path, hostile):
    """No error, no request, no script: the page is text and pictures."""
    context = full_context(hostile_history(), HOSTILE) if hostile else full_context()
    page = show(browser, context, tmp_path / "r.html", sections=SECTIONS)
    count = "document.querySelectorAll({!r}).length".format
    assert page.complaints() == []
    assert page.run(count("section")) == 4
    assert page.run(count("script, img")) == 0
    assert page.requests() == [(tmp_path / "r.html").as_uri()]


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_a_narrow_page_does_not_scroll_sideways(browser, tmp_path, hostile):
    """At 400 pixels wide, wide tables and pictures scroll within themselves."""
    context = full_context(hostile_history(), HOSTILE) if hostile else full_context()
    page = show(browser, context, tmp_path / "r.html", width=400)
    assert page.run("document.documentElement.scrollWidth") <= 400
    inner = "[...document.querySelectorAll('.scroll')].some(e => e.scrollWidth > e.clientWidth)"
    assert page.run(inner)  # there was something too wide
