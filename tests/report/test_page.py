"""The page as a whole: one file, every section, nothing from outside, nothing runs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from factories import HOSTILE, full_context, history_of, hostile_history, make_curves, make_history

from logminer.core.errors import UsageError
from logminer.core.parameters import Float
from logminer.core.space import Space
from logminer.reports import SECTIONS, ReportContext, write_report


class Elements(HTMLParser):
    """Collects tags, attributes and ids of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.text.append(data)

    @classmethod
    def of(cls, path):
        parser = cls()
        parser.feed(path.read_text(encoding="utf-8"))
        return parser


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with every section."""
    return Elements.of(write_report(full_context(), tmp_path_factory.mktemp("page") / "r.html"))


def test_every_section_is_there(page):
    """A full context fills all sections, in the navigation as on the page."""
    ids = {value for tag, key, value in page.attributes if (tag, key) == ("section", "id")}
    links = {value[1:] for tag, key, value in page.attributes if (tag, key) == ("a", "href")}
    assert ids == set(SECTIONS.names())
    assert ids <= links


def test_nothing_is_fetched_and_nothing_runs(page):
    """No script, no address, and a policy that forbids both."""
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(page.tags)
    for _, key, value in page.attributes:
        assert key not in {"src", "srcset", "action"}
        assert key != "href" or value.startswith("#")
        assert key != "xlink:href" or value.startswith("#")
    policies = [v for _, k, v in page.attributes if k == "content" and "default-src" in v]
    assert policies
    assert "default-src 'none'" in policies[0]
    assert "script-src" not in policies[0]


def test_ids_are_unique(page):
    """Every anchor and clip path means one element."""
    ids = [value for _, key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))


def test_hostile_names_are_shown_and_nothing_more(tmp_path):
    """Names that look like markup appear as text; the page keeps its elements."""
    path = write_report(full_context(hostile_history(), HOSTILE), tmp_path / "r.html")
    found = Elements.of(path)
    assert not {"script", "img"} & set(found.tags)
    assert not any(key.startswith("on") for _, key, _ in found.attributes)
    assert sum("<script>alert(1)</script>" in text for text in found.text) > 20
    assert "\x00" not in path.read_text(encoding="utf-8")


def test_every_picture_has_words(page):
    """Each figure has an accessible name and a caption."""
    labels = [v for tag, key, v in page.attributes if (tag, key) == ("svg", "aria-label")]
    assert len(labels) == page.tags.count("svg") == page.tags.count("figcaption") > 0
    assert all(len(label) > 10 for label in labels)


def test_sections_are_chosen_by_name(tmp_path):
    """Only the named sections are written."""
    path = write_report(full_context(), tmp_path / "r.html", sections=["top"])
    found = Elements.of(path)
    assert [v for t, k, v in found.attributes if (t, k) == ("section", "id")] == ["top"]


def test_an_unknown_section_is_refused(tmp_path):
    """A misspelt section names the one that was meant, and nothing is written."""
    with pytest.raises(UsageError, match="did you mean 'importance'"):
        write_report(full_context(), tmp_path / "r.html", sections=["importence"])
    assert not list(tmp_path.iterdir())


def test_a_bare_history_is_enough(tmp_path):
    """Without curves, suggestions, zoom or problems the page simply has fewer sections."""
    history = make_history(tasks=1, configs=4)
    found = Elements.of(write_report(ReportContext(history), tmp_path / "r.html"))
    assert "section" in found.tags


def test_final_results_alone_are_no_learning_curves(tmp_path):
    """Runs that logged one value each leave no empty picture of curves behind."""
    history = make_history(tasks=2, configs=6)
    curves = make_curves(history)
    first = history.tasks[0]
    runs = history.of(first).trials.index
    last = ~curves.duplicated(["run", "metric"], keep="last") | ~curves["run"].isin(runs)
    context = ReportContext(history, curves=curves[last])
    text = write_report(context, tmp_path / "r.html", sections=["curves"]).read_text()
    assert text.count("<svg") == 1
    assert "1 of 2 tasks drawn" in text


def test_all_runs_diverged(tmp_path):
    """Nobody won, and the page says so instead of crowning anyone."""
    history = history_of(
        [{"x": i / 10} for i in range(10)], [float("nan")] * 10, Space({"x": Float(0.0, 1.0)})
    )
    path = write_report(ReportContext(history), tmp_path / "r.html")
    assert "no run has a finite val/loss" in path.read_text()


@pytest.mark.parametrize("form", ["html", "png-dir"])
def test_a_path_of_the_wrong_kind_is_refused(tmp_path, form):
    """A page does not replace a folder, nor a folder of pictures a file."""
    taken = tmp_path if form == "html" else tmp_path / "file"
    if form == "png-dir":
        taken.write_text("")
    with pytest.raises(UsageError, match="is a f"):
        write_report(full_context(), taken, sections=["logs"], form=form)


def test_the_section_in_the_documentation_works():
    """What the page on reports shows as a new section is one."""
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    shown = {}
    exec(re.search(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1], shown)
    context = full_context()
    assert shown["section"](context).blocks[0].lines == ("Half of the runs took over 60 s.",)
    assert all(f"`{name}`" in text for name in SECTIONS.names())


def test_the_past_is_judged_in_the_summary(tmp_path):
    """A replay that helped says how many trials it saves, before any picture."""
    path = write_report(full_context(), tmp_path / "r.html", sections=["summary"])
    assert "saves about 5 trials (3 to 7)" in path.read_text(encoding="utf-8")


def test_wide_tables_say_what_they_leave_out(tmp_path):
    """Of thirty hyperparameters twelve are listed, and the page says so."""
    space = Space({f"p{i}": Float(0.0, 1.0) for i in range(30)})
    configs = space.sample(12, np.random.default_rng(0))
    context = ReportContext(history_of(configs, range(12), space))
    path = write_report(context, tmp_path / "r.html", sections=["top"])
    assert "12 of 30 hyperparameters" in path.read_text(encoding="utf-8")
