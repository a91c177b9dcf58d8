"""The page's small modules, tried one by one in a real browser."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, Browser

import logminer

DASHBOARD = Path(logminer.__file__).parent / "dashboard"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def page():
    """An empty page on a server that has the modules."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=DASHBOARD))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = Browser()
    page = browser.page()
    page.goto(f"http://127.0.0.1:{server.server_port}/static/icon.svg")
    yield page
    browser.close()
    server.shutdown()
    server.server_close()


def call(page, module, expression):
    """The value of an expression in which ``m`` is a module of the page."""
    return page.run(f"import('/static/{module}.js').then(m => {expression})")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234567, "0.1235"),
        (1e-5, "1e-5"),
        (0.0001, "0.0001"),
        (123456, "123,456"),
        (12345.678, "12,350"),
        (3.2e9, "3.2e9"),
        (-0.5, "-0.5"),
        (0, "0"),
        (None, "\N{EN DASH}"),
    ],
)
def test_numbers_are_written_as_in_the_report(page, value, text):
    """At most four significant digits, groups of three, exponents only where needed."""
    assert call(page, "format", f"m.number({json.dumps(value)})") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250 ms"), (59.94, "59.9 s"), (200, "3 min 20 s"), (7500, "2 h 05 min"), (90000, "1 d 01 h")],
)  # fmt: skip
def test_durations_are_written_in_two_units(page, seconds, text):
    """Seconds become what people say."""
    assert call(page, "format", f"m.duration({seconds})") == text


ROW = {"name": "Run_7", "state": "running", "params": {"lr": 0.01, "optimizer": "Adam", "a b": 1}}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("run_7", True),
        ("run_8", False),
        ("adam", True),
        ("lr>0.001 lr<=0.01", True),
        ("lr>0.01", False),
        ("learning_rate:1e-2", True),
        ("optimizer:sgd,adam", True),
        ("optimizer!=adam", False),
        ("-state:running", False),
        ('"a b"=1', True),
        ("momentum:none", True),
        ("momentum>0", False),
        ("lr>", True),
        ("lr>abc", False),
    ],
)
def test_a_filter_says_which_runs_pass(page, text, passes):
    """Words, comparisons, lists and negation, in the names people use."""
    columns = "new Map([['state', r => r.state], ['lr', r => r.params.lr], ['a b', r => r.params['a b']], ['optimizer', r => r.params.optimizer], ['momentum', r => r.params.momentum]])"
    assert (
        call(page, "filter", f"m.compile({json.dumps(text)}, {columns}).test({json.dumps(ROW)})")
        is passes
    )


def local_line(x, y, width):
    """The smoothing in plain words: a weighted straight line at every point."""
    found = []
    for at in x:
        weight = np.exp(-np.abs(x - at) / width)
        design = np.column_stack([np.ones_like(x), x - at])
        normal = design.T @ (weight[:, None] * design)
        found.append(np.linalg.solve(normal, design.T @ (weight * y))[0])
    return found


def test_smoothing_fits_a_line_at_every_point(page):
    """Two sweeps give what solving the weighted least squares at each point gives; null stays null."""
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.uniform(0.1, 2.0, 60))
    y = 1 / x + 0.1 * rng.standard_normal(60)
    given = json.dumps([x.tolist(), y.tolist()])
    smoothed = call(page, "smooth", f"m.smooth(...{given}, 5)")
    np.testing.assert_allclose(smoothed, local_line(x, y, 5.0), rtol=1e-8)
    assert call(page, "smooth", "m.smooth([1, 2, 3], [1, null, 3], 2)") == [1, None, 3]
    assert call(page, "smooth", "m.smooth([1, 2], [5, 9], 0)") == [5, 9]


def test_an_address_gives_its_view_back(page):
    """Every choice survives the way into the address and out of it, hostile names included."""
    view = {
        "task": "a/b ü", "q": 'x>1 "<b>"', "sort": "-p:l,r", "cols": ["value", "p:a,b", "m:<i>"],
        "all": True, "runs": [5, 6, 7, 3, 12], "metric": "val/loss", "x": "relative", "xlog": True,
        "ylog": True, "smooth": 30, "whole": True, "zoom": [0, 10, 0.1, 0.25],
        "brush": {"p:lr": [0.001, 0.1], "p:__proto__": ["x"]}, "view": "parallel", "side": "matters",
        "same": True, "theme": "dark",
    }  # fmt: skip
    given = json.dumps(view)
    back = call(page, "state", f"JSON.stringify(m.readAddress(m.addressOf(JSON.parse({given!r}))))")
    assert json.loads(back) == view


@pytest.mark.parametrize(
    ("low", "high", "log", "expected"),
    [
        (0, 1, False, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1e-4, 1, True, [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (5, 5, False, [5]),
    ],
)
def test_ticks_are_round(page, low, high, log, expected):
    """Linear axes count in ones, twos and fives, log axes in powers of ten."""
    ticks = call(page, "scale", f"m.ticks({low}, {high}, 5, {json.dumps(log)})")
    assert ticks == pytest.approx(expected)


def test_a_config_becomes_flags_that_a_shell_reads(page):
    """Values that a shell would take apart or run are quoted."""
    config = {"lr": 0.001, "name": "it's $(x)", "sizes": [1, 2], "none": None, "on": True}
    flags = call(page, "suggestions", f"m.flags({json.dumps(config)})")
    assert flags == "--lr=0.001 '--name=it'\\''s $(x)' '--sizes=[1,2]' --on=true"


def test_names_lose_the_folders_most_runs_share(page):
    """What is left still tells the runs apart."""
    rows = json.dumps([{"name": n} for n in ("x/a/1", "x/a/2", "x/b/1", "y/a/1")])
    short = call(page, "runs", f"(rows => (m.shortenNames(rows), rows.map(r => r.short)))({rows})")
    assert len(set(short)) == 4
    rows = json.dumps([{"name": f"logs/digits/run_{i}"} for i in range(3)])
    short = call(page, "runs", f"(rows => (m.shortenNames(rows), rows.map(r => r.short)))({rows})")
    assert short == ["run_0", "run_1", "run_2"]


@pytest.mark.parametrize(("more", "said"), [(0, ""), (1, "1 setting more than the page can show.")])
def test_settings_that_are_left_out_are_counted(page, more, said):
    """The head of the page says so, and nothing where all are shown."""
    shown = {"view": {"q": ""}, "state": {"params_left_out": more}, "mine": []}
    text = call(
        page,
        "header",
        f"(root => (m.drawHead(root, {{...{json.dumps(shown)}, rowsById: new Map()}}), root.textContent))"
        "(document.createElement('div'))",
    )
    assert text == f"No runs yet{said}"


def test_what_a_page_complains_of_is_heard(page):
    """The tests that ask for a silent console can fail."""
    page.run("fetch('/nothing-here')")
    page.run("console.error('heard')")
    assert any("404" in said for said in page.complaints())
    assert any("heard" in said for said in page.complaints())


@pytest.mark.parametrize(("predicted", "points"), [("0.4", 2), ("null", 1), ("undefined", 1)])
def test_a_suggestion_without_a_prediction_has_no_place_on_the_axis_of_values(
    page, predicted, points
):
    """A missing number is no number, least of all the worst."""
    axes = "[{key: 'p:lr', unit: (v) => v, get: (r) => r.params.lr}, {key: 'value', unit: (v) => v ?? null, get: (r) => r.value}]"
    box = "{top: 0, bottom: 10, x: (i) => i}"
    path = call(
        page,
        "parallel",
        f"m.suggestionPath({{config: {{lr: 0.5}}, predicted: {predicted}}}, {axes}, {box})",
    )
    assert len(path) == points
    assert path[0] == [0, 5]
