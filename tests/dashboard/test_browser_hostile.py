"""Five hundred names made to run something, in a real browser: they are shown, and nothing runs."""

import json
from urllib.parse import urlsplit

import pytest
from chromium import CHROMIUM, Browser
from live_site import serving

pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PAYLOADS = [
    "<script>window.ran={n}<\\script>",
    "<img src=x onerror=window.ran={n}>",
    "<svg onload=window.ran={n}>",
    "\"><iframe srcdoc='<script>parent.ran={n}'>",
    "' onmouseover='window.ran={n}' {n}",
    "javascript:window.ran={n}",
    "{{{{constructor.constructor('window.ran={n}')()}}}}",
    "${{window.ran={n}}}",
    "<style>@import 'http:127.0.0.1:9{n}'",
    "<a href=javascript:window.ran={n} id=main>{n}",
    "__proto__ {n}",
    "constructor{n}",
    "\u202egnp.exe{n}",
    "\x1b]0;{n}\x07",
    "<!--{n}",
    "=cmd|{n}!A0",
    "]]><{n}>",
    "&lt;b&gt;{n}&amp;",
    "%3Cscript%3E{n}",
    "a\nb{n}",
]
EXACT = ["__proto__", "constructor", "toString", "hasOwnProperty", "id", "name", "value", "state"]


def payloads(n, start):
    """So many different names."""
    return [PAYLOADS[i % len(PAYLOADS)].format(n=start + i) for i in range(n)]


def write_hostile(root):
    """500 names: of 125 runs, and a hyperparameter, a value and a metric for each."""
    params, values, metrics = payloads(125, 1000), payloads(125, 2000), payloads(125, 3000)
    params[: len(EXACT)] = EXACT
    for i, name in enumerate(payloads(125, 4000)):
        folder = root / name
        folder.mkdir(parents=True)
        config = {
            "lr": 0.001 * (i + 1),
            "kind": values[i],
            params[i]: values[-i],
            "both": [values[i]],
        }
        lines = [{"event": "start", "config": config}]
        lines += [{"step": s, "val_loss": i + 1 / s, metrics[i]: s} for s in range(1, 6)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "metrics.jsonl").write_text(text, encoding="utf-8")


def test_hostile_names_run_nothing(tmp_path):
    """Names, settings and metrics are text wherever they are shown: nothing runs, loads or complains."""
    write_hostile(tmp_path / "logs")
    browser = Browser()
    try:
        with serving(tmp_path / "a.duckdb", tmp_path / "logs") as (url, _):
            page = browser.page()
            page.goto(f"{url}/?task=*&all=1")
            page.until("document.querySelectorAll('tr[data-run]').length > 10")
            page.until("document.querySelector('#filter-says').textContent.startsWith('125')")
            assert page.run("document.querySelectorAll('tr[data-run]').length") < 60  # in sight
            look_everywhere(page)
            shown = page.run("document.body.textContent")
            dialogs = [e for e in browser.events if e["method"] == "Page.javascriptDialogOpening"]
            assert page.run("window.ran === undefined")
            assert dialogs == []
            assert page.complaints() == []
            assert {urlsplit(u).netloc for u in page.requests()} == {urlsplit(url).netloc}
            added = "script, img, iframe, style, a:not(.skip), [onmouseover], [onerror]"
            assert page.run(f"document.body.querySelectorAll({json.dumps(added)}).length") == 0
            assert "<img src=x onerror=window.ran=" in shown
            assert "\u202e" not in shown
    finally:
        browser.close()


def look_everywhere(page):
    """Show every view, many columns, a tip, and the whole table."""
    page.run(
        "[...document.querySelectorAll('.choices input')].filter(b => !b.checked).slice(0, 30)"
        ".forEach(b => b.click())"
    )
    page.click("thead input")
    for view in ("view-parallel", "view-compare", "side-problems", "side-matters", "view-curves"):
        page.click(f"#{view}")
        page.until(f"document.querySelector('#{view}').getAttribute('aria-selected') === 'true'")
    page.run(
        "new Promise(done => { const grid = document.querySelector('.grid'); const step = () => {"
        "grid.scrollTop += 700; grid.scrollLeft += 700;"
        "if (grid.scrollTop + grid.clientHeight < grid.scrollHeight - 1) requestAnimationFrame(step); else done(); };"
        "step(); })"
    )
    page.run("document.querySelector('.plot').focus()")
    for _ in range(3):
        page.press("ArrowLeft")
        page.press("ArrowDown")
