"""The live page in a real browser: what a person does there, and what must then be seen."""

import json
from urllib.parse import urlsplit

import pytest
from asked import get, patiently
from chromium import CHROMIUM, Browser
from live_site import append_point, serving, write_run, write_tree

pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

READY = "document.querySelectorAll('tr[data-run]').length > 0"
SAYS = "document.querySelector('#filter-says').textContent"
NAMES = "[...document.querySelectorAll('.runname')].map(e => e.textContent)"
DRAWN = """(c => { const o = new OffscreenCanvas(c.width || 1, c.height || 1);
  const look = o.getContext('2d', { willReadFrequently: true });
  if (c.width) look.drawImage(c, 0, 0);
  return look.getImageData(0, 0, o.width, o.height).data.some(v => v);
})(document.querySelector('.panel:not([hidden]) canvas'))"""


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live") / "logs"
    write_tree(folder)
    return folder


@pytest.fixture(scope="module")
def site(logs):
    with serving(logs.parent / "live.duckdb", logs) as (url, _):
        patiently(lambda: get(url, "/api/state"), read_whole)
        yield url


def read_whole(state):
    """Whether the page knows both tasks with all their runs: what it shows before is as true, but not what is asked."""
    return [task["runs"] for task in state["tasks"]] == [24, 24]


@pytest.fixture
def visit(browser, site):
    """Open the page with a query and wait until it shows the runs."""
    opened = []

    def visit(query="", width=1280, height=800, **options):
        page = browser.page(width, height, **options)
        opened.append(page)
        page.goto(f"{site}/{query}")
        page.until(READY)
        return page

    yield visit
    for page in opened:
        page.close()


def names(page):
    return page.run(NAMES)


def brush(page, axis, low, high):
    """Drag along an axis of the parallel coordinates, from one height to another (0 below, 1 above)."""
    x, top, bottom = page.run(
        f"""(() => {{
        const plot = document.querySelector('.plot.parallel').getBoundingClientRect();
        const names = [...document.querySelectorAll('.handles .axis')];
        const sliders = [...document.querySelectorAll('.handles [role=slider]')];
        const i = names.findIndex(e => e.textContent === {json.dumps(axis)});
        const ends = [1, 0].map(k => sliders[2 * i + k].getBoundingClientRect());
        return [ends[0].x + ends[0].width / 2, ends[0].y + ends[0].height / 2,
                ends[1].y + ends[1].height / 2];
        }})()"""
    )
    page.drag((x, bottom + low * (top - bottom)), (x, bottom + high * (top - bottom)))


@pytest.mark.parametrize("view", ["curves", "parallel", "compare"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_loads_without_a_word(visit, site, view, dark):
    """No error, nothing blocked, and no request leaves the machine."""
    page = visit(f"?view={view}&side=matters&runs=1-3", dark=dark)
    page.until(f"document.querySelector('.panel.{view}').textContent.length > 0")
    if view != "compare":
        page.until(DRAWN)
    page.until("!document.querySelector('#side .wait')")
    assert page.complaints() == []
    ours = urlsplit(site).netloc
    assert {urlsplit(url).netloc for url in page.requests()} == {ours}


def test_a_filter_keeps_the_runs_that_pass(visit):
    """Typing narrows the table, and a name that is not there is said."""
    page = visit("?task=digits")
    assert page.run(SAYS) == "24 runs"
    page.run("document.querySelector('#filter').focus()")
    page.write("lr>0.01 optimizer:adam")
    page.until(f"{SAYS} === '4 of 24 runs'")
    assert sorted(names(page)) == ["run_17", "run_19", "run_21", "run_23"]
    page.write(" nosuch:1")
    page.until(f"{SAYS}.includes('nosuch')")


def test_a_header_sorts_by_its_column(visit):
    """The best come first; a press on a header sorts by it, a second one turns it round."""
    page = visit("?task=digits")
    first = names(page)[0]
    assert first == "run_12"
    page.click("th button[data-sort='p:lr']")
    page.until(f"{NAMES}[0] === 'run_00'")
    page.click("th button[data-sort='p:lr']")
    page.until(f"{NAMES}[0] === 'run_23'")
    assert page.run("document.querySelector('[aria-sort]').getAttribute('aria-sort')") == (
        "descending"
    )


def test_a_brush_filters_the_table(visit):
    """Dragging along an axis keeps the runs inside; a press on the axis brings all back."""
    page = visit("?task=digits&view=parallel")
    page.until(DRAWN)
    brush(page, "lr", 0.7, 1.0)
    page.until(f"{SAYS}.startsWith('7 of 24') || {SAYS}.startsWith('8 of 24')")
    assert min(names(page)) >= "run_16"
    brush(page, "lr", 0.8, 0.8)
    page.until(f"{SAYS} === '24 runs'")


def test_an_axis_is_brushed_with_the_keyboard(visit):
    """The ends of an axis are sliders that answer to arrows."""
    page = visit("?task=digits&view=parallel")
    page.until("!!document.querySelector('[role=slider]')")
    page.run(
        "[...document.querySelectorAll('[role=slider]')]"
        ".find(e => e.getAttribute('aria-label') === 'lr, upper end').focus()"
    )
    for _ in range(4):
        page.press("ArrowDown")
    page.until(f"{SAYS}.includes(' of 24')")


def test_the_address_holds_the_view(visit):
    """A reload gives the same page, and the back button the one before."""
    page = visit("?task=words")
    page.click("th button[data-sort='duration']")
    page.click("#view-parallel")
    page.run("document.querySelector('#filter').focus()")
    page.write("optimizer:sgd")
    page.click("tr[data-run] th")
    look = f"[location.search, {SAYS}, {NAMES}.join(), document.querySelectorAll('tr.on').length]"
    page.until("document.querySelectorAll('tr.on').length === 1")
    before = page.run(look)
    page.run("window.left = true, location.reload()")  # the page that is left may answer once more
    page.until(f"!window.left && {READY} && document.querySelectorAll('tr.on').length === 1")
    assert page.run(look) == before
    page.run("history.back()")
    page.until("document.querySelectorAll('tr.on').length === 0")


def test_a_run_is_ticked_with_the_keyboard(visit):
    """Arrows move through the rows, space ticks."""
    page = visit("?task=digits")
    page.run("document.querySelector('tr[data-run]').focus()")
    page.press("ArrowDown")
    page.press("ArrowDown")
    page.press(" ")
    page.until("document.querySelectorAll('tr.on').length === 1")
    assert page.run("document.querySelector('tr.on').getAttribute('aria-rowindex')") == "4"


def test_compared_runs_stand_side_by_side(visit):
    """What differs is shown, what agrees is left out until asked for."""
    page = visit("?task=digits&view=compare")
    page.click(".panel.compare .empty button")
    rows = "[...document.querySelectorAll('.sides tbody th')].map(e => e.textContent)"
    page.until(f"{rows}.includes('lr')")
    assert "batch_size" not in page.run(rows)
    page.click(".sides .group input")
    page.until(f"{rows}.includes('batch_size')")


def test_a_suggestion_is_copied_with_one_click(visit):
    """A config to try next comes with its reasons, and as flags for the command line."""
    page = visit("?task=digits&side=next")
    page.until("document.querySelectorAll('.card .reasons li').length > 0")
    page.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.click(".card .copy button:last-child")
    page.until("!!window.copied")
    assert "--lr=" in page.run("window.copied")
    page.until("document.querySelector('.card .copy button:last-child').textContent === 'Copied'")
    page.click(".card .copy button:first-child")
    page.until("window.copied.startsWith('{')")
    assert set(json.loads(page.run("window.copied"))) >= {"lr", "optimizer"}


def test_an_appended_point_appears(visit, logs):
    """What a run writes is seen without a reload, in the table and in the curve."""
    folder = logs / "words" / "run_00"
    page = visit("?task=words&runs=&q=run_00")
    page.until(DRAWN)
    page.run("window.before = performance.getEntriesByType('resource').length")
    append_point(folder, 21, 0.125)
    page.until("document.querySelector('tr[data-run]')?.textContent.includes('0.125')")
    fetched = page.run(
        "performance.getEntriesByType('resource').slice(window.before).map(e => e.name)"
    )
    assert [name for name in fetched if "/api/runs" in name] == []
    assert page.complaints() == []


def test_a_new_run_appears(visit, logs):
    """A run that begins while one looks joins the table."""
    page = visit("?task=words")
    write_run(logs / "words" / "late_one", {"lr": 0.5, "optimizer": "sgd", "batch_size": 64})
    page.until(f"{NAMES}.includes('late_one')")


@pytest.mark.parametrize("view", ["curves", "parallel", "compare"])
def test_a_narrow_page_does_not_scroll_sideways(visit, view):
    """At 400 pixels wide tables and pictures scroll within themselves."""
    page = visit(f"?task=digits&view={view}&runs=1-6&side=matters", width=400)
    page.until(f"document.querySelector('.panel.{view}').textContent.length > 0")
    assert page.run("document.documentElement.scrollWidth") <= 400


def test_a_lost_connection_is_said(browser, tmp_path):
    """When the server ends the page says so, and goes on when it is back."""
    write_run(tmp_path / "logs" / "run_0", {"lr": 0.1})
    live = "document.querySelector('#live').textContent"
    page = browser.page()
    with serving(tmp_path / "a.duckdb", tmp_path / "logs") as (url, _):
        page.goto(url)
        page.until(f"{live} === 'Live'")
    page.until(f"{live}.startsWith('Connection lost')")
    port = urlsplit(url).port
    with serving(tmp_path / "a.duckdb", tmp_path / "logs", port=port):
        page.until(f"{live} === 'Live'")
        append_point(tmp_path / "logs" / "run_0", 21, 0.0625)
        page.until("document.querySelector('tr[data-run]')?.textContent.includes('0.0625')")
    page.close()


def test_an_empty_page_says_what_to_do(browser, tmp_path):
    """Without runs there is the next command to try, and the first run appears by itself."""
    (tmp_path / "logs").mkdir()
    page = browser.page()
    with serving(tmp_path / "a.duckdb", tmp_path / "logs") as (url, _):
        page.goto(url)
        page.until("document.querySelector('#runs').textContent.includes('logminer ingest')")
        write_run(tmp_path / "logs" / "run_0", {"lr": 0.1})
        page.until(READY)
        assert page.complaints() == []
    page.close()


def test_a_lost_connection_leaves_the_buttons_whole_on_a_phone(visit):
    """The longest thing the head says takes no room from the button beside it."""
    page = visit(width=400, height=800)
    tall = "document.querySelector('#theme').getBoundingClientRect().height"
    before = page.run(tall)
    page.run("document.querySelector('#live').append(' connection lost, trying again')")
    assert page.run(tall) == before
