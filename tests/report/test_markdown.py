"""The report as Markdown, as PDF and as pictures."""

import re

import pytest
from factories import HOSTILE, full_context, hostile_history

from logminer.reports import write_report
from logminer.reports._blocks import Section, Table, pictures
from logminer.reports._markdown import escape
from logminer.reports._page import compose
from logminer.reports._pdf import write_pdf


def test_markdown_holds_every_section_and_picture(tmp_path):
    """Each picture is a file beside the text, and each link leads to one."""
    path = write_report(
        full_context(), tmp_path / "r.md", sections=["summary", "top", "importance"]
    )
    text = path.read_text(encoding="utf-8")
    assert text.count("\n## ") == 3
    files = {f"r_files/{p.name}" for p in (tmp_path / "r_files").iterdir()}
    links = {line.rpartition("](")[2][:-1] for line in text.splitlines() if line.startswith("![")}
    assert links == files
    assert "var(--" not in (tmp_path / "r_files" / "importance.svg").read_text()


def test_markdown_shows_hostile_names_as_text(tmp_path):
    """No HTML, no table cell broken open."""
    context = full_context(hostile_history(), HOSTILE)
    path = write_report(context, tmp_path / "r.md", sections=["top", "logs"])
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    assert escape("a|b_c _d_ <x>") == r"a\|b_c \_d\_ &lt;x&gt;"


def test_pictures_alone(tmp_path):
    """One PNG a figure, in a folder that is made when missing."""
    folder = write_report(
        full_context(), tmp_path / "new", sections=["budget", "space"], form="png-dir"
    )
    names = sorted(p.name for p in folder.iterdir())
    assert names == ["budget.png", "space.png"]
    assert (folder / "space.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_pdf_has_an_outline_and_describes_its_pictures(tmp_path, hostile):
    """Every section is in the outline, every picture has its words; found by the file's name."""
    context = full_context(hostile_history(), HOSTILE) if hostile else full_context()
    names = ["summary", "importance", "top", "space"]
    data = write_report(context, tmp_path / "r.pdf", sections=names).read_bytes()
    assert data.startswith(b"%PDF")
    sections = compose(context, names).values()
    assert [title.decode() for title in re.findall(rb"/Title \((.+?)\)", data)][: len(names)] == [
        section.title for section in sections
    ]
    drawn = [picture for section in sections for picture in pictures(section.blocks)]
    assert drawn
    assert len(re.findall(rb"/Alt [(<]", data)) == len(drawn)


def test_tables_of_a_pdf_go_on_over_pages(tmp_path):
    """A long table takes several pages, a wide one says how many columns are missing."""
    rows = tuple(tuple(f"{i}.{j}" for j in range(14)) for i in range(200))
    table = Table("Numbers", tuple(f"c{j}" for j in range(14)), rows, (True,) * 14)
    path = tmp_path / "t.pdf"
    write_pdf("Tables", {"numbers": Section("Numbers", "", (table,))}, path)
    assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) > 3
