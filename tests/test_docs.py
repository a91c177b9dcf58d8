"""The documentation is true: links lead somewhere, commands exist, nothing is left out."""

import re
from pathlib import Path

import click
import pytest
from reference import PAGES, ROOT, commands, registries

from logminer.core import errors

DOCS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "sample_logs" / "README.md"}
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
TYPED = re.compile(r"^ *(?:\$ )?(logminer(?: [a-z][a-z_-]*)+)", re.MULTILINE)
PLUGINS = [(room, name) for room, registry in registries().items() for name in registry.names()]


def named(path):
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else str(path)


def heading_of(line):
    """Where GitHub puts the anchor of a heading."""
    words = re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower())
    return words.strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_up_to_date(page):
    """The reference says what --help and the docstrings say: run `make docs` after a change."""
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run: make docs"


@pytest.mark.parametrize(("room", "name"), PLUGINS)
def test_every_plugin_is_documented(room, name):
    """A format, strategy or section nobody can read about does not exist for users."""
    assert any(f"`{name}`" in path.read_text(encoding="utf-8") for path in DOCS)


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name):
    """So does a command; and each begins its help with a sentence."""
    assert any(f"`{name}`" in path.read_text(encoding="utf-8") for path in DOCS)
    assert commands()[name].get_short_help_str(), "a command needs a docstring"


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_links_lead_somewhere(path):
    """Relative links point to files of this checkout."""
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_anchors_lead_somewhere(path):
    """Links within a page point to one of its headings."""
    text = path.read_text(encoding="utf-8")
    headings = {heading_of(line) for line in text.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_commands_that_are_shown_exist(path):
    """What a reader copies from a page is a command that runs."""
    text, known = path.read_text(encoding="utf-8"), commands()
    code = "\n".join(FENCE.findall(text) + INDENTED.findall(text))
    for typed in set(TYPED.findall(code)):
        words = typed.split()
        command = " ".join(words[:2])
        assert command in known, typed
        if isinstance(known[command], click.Group) and len(words) > 2:
            assert " ".join(words[:3]) in known, typed


def test_the_index_lists_every_page():
    """No page is an orphan."""
    index = ROOT / "docs" / "index.md"
    listed = {
        (index.parent / link).resolve() for link in LINK.findall(index.read_text(encoding="utf-8"))
    }
    pages = {path.resolve() for path in (ROOT / "docs").rglob("*.md")} - {index.resolve()}
    assert pages - listed == set()


def test_every_exit_code_is_documented():
    """The table of exit codes holds those of the errors."""
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    codes = {0, 3, 130} | {kind.exit_code for kind in kinds}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == codes
