"""Spreadsheets: cells of every kind, several sheets, and files made to take memory."""

import zipfile

import numpy as np
import pytest
from sheet_files import rows_xml, write_ods, write_xlsx

from logminer.core.parsed import Resume
from logminer.core.problem import NotALogError
from logminer.formats import Match, Probe, excel
from logminer.formats.sheets import xml_stream

RUNS = rows_xml(
    [["lr", "batch_size", "val_loss"], [0.1, 16, 0.5], [0.01, 32, 0.25], [0.001, 16, 0.4]]
)


def read(path):
    probe = Probe.of(path)
    assert excel.sniff(probe) is Match.EXACT
    return excel.read(probe, Resume())


def test_cells_of_every_kind(tmp_path):
    """Shared, rich and inline texts, truth values, errors, dates by a style, and cells that say where they stand."""
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>nesterov</t></is></c>'
        '<c r="E1" t="str"><v>started</v></c><c r="F1" t="s"><v>2</v></c></row>'
        '<row r="2"><c r="A2"><v>0.1</v></c><c r="B2"><v>0.9</v></c><c r="C2" t="b"><v>1</v></c><c r="E2" s="1"><v>45000.5</v></c></row>'
        '<row r="5"><c r="A5"><v>1E-2</v></c><c r="B5" t="e"><v>#DIV/0!</v></c><c r="C5" t="b"><v>0</v></c><c r="E5" s="2"><v>45001</v></c></row>'
    )
    strings = [
        "<t>lr</t>",
        "<r><t>val_</t></r><r><t>acc</t></r><rPh><t>vaal</t></rPh>",
        "<t>free</t>",
    ]
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    log = read(write_xlsx(tmp_path / "grid.xlsx", {"S": rows}, strings=strings, styles=styles))
    first, second = log.runs
    assert first.cells == {"lr": 0.1, "val_acc": 0.9, "nesterov": True}
    assert second.cells == {"lr": 0.01, "nesterov": False}
    assert (first.started, second.started) == (1678881600.0, 1678924800.0)


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path):
    """Workbooks of old Macs have another first day."""
    rows = (
        '<row><c t="str"><v>lr</v></c><c t="str"><v>acc</v></c><c t="str"><v>started</v></c></row>'
        + "".join(
            f'<row><c><v>{lr}</v></c><c><v>{lr}</v></c><c s="1"><v>43538.5</v></c></row>'
            for lr in (0.1, 0.2, 0.05)
        )
    )
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    path = write_xlsx(tmp_path / "grid.xlsx", {"S": rows}, styles=styles, is_1904=True)
    assert read(path).runs[0].started == 1678881600.0


def test_several_sheets_are_several_logs(tmp_path):
    """Runs in one sheet, a curve in the next; a sheet of notes is no log."""
    curve = rows_xml([["epoch", "loss"], *([e, 1 / (e + 1)] for e in range(5))])
    notes = rows_xml([["do not forget to tune the warmup"], ["ask Kim about the data"]])
    log = read(write_xlsx(tmp_path / "all.xlsx", {"Runs": RUNS, "Curve": curve, "Notes": notes}))
    assert [run.root.rpartition("all/")[2] for run in log.runs] == ["Runs"] * 3 + ["Curve"]
    assert log.points.names == ["loss"]
    assert set(log.points.run.tolist()) == {3}


def test_contents_decide(tmp_path):
    """A workbook under another suffix is one; another archive is none, and notes alone are no log."""
    assert len(read(write_xlsx(tmp_path / "runs.csv", {"S": RUNS})).runs) == 3
    other = write_xlsx(tmp_path / "x.xlsx", {})
    with pytest.raises(NotALogError):
        read(other)
    with zipfile.ZipFile(tmp_path / "y.xlsx", "w") as archive:
        archive.writestr("data.txt", "1")
    assert excel.sniff(Probe.of(tmp_path / "y.xlsx")) is Match.NO


def test_open_document(tmp_path):
    """Repeated cells and rows, values behind what is shown, notes left out."""

    def text(value):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    def number(value, shown="…"):
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p></table:table-cell>'

    note = '<table:table-cell office:value-type="float" office:value="3"><office:annotation><text:p>why?</text:p></office:annotation></table:table-cell>'
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    content = (
        '<table:table table:name="S">'
        f"<table:table-row>{text('layers')}{text('lr')}{text('acc')}{blank}</table:table-row>"
        f"<table:table-row>{note}{number(0.1)}{number(0.5, '50%')}</table:table-row>"
        f"<table:table-row>{number(2)}{number(0.01)}{number(0.75)}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1000000">{blank}</table:table-row></table:table>'
    )
    log = read(write_ods(tmp_path / "runs.ods", content))
    assert [run.cells for run in log.runs] == [
        {"layers": 3, "lr": 0.1, "acc": 0.5}, {"layers": 2, "lr": 0.01, "acc": 0.75},
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_a_damaged_workbook_is_a_problem(suffix, tmp_path):
    """Cut off anywhere it raises one line, or says what it could not read."""
    whole = write_xlsx(tmp_path / f"a.{suffix}", {"S": RUNS})
    data = whole.read_bytes()
    for cut in (40, len(data) // 2, len(data) - 10):
        whole.write_bytes(data[:cut])
        with pytest.raises(ValueError, match="damaged"):
            read(whole)


def test_excel_97_says_what_to_do(tmp_path):
    """The binary files of old are named as what they are."""
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(ValueError, match=r"save it as \.xlsx"):
        read(path)


def test_few_bytes_take_no_memory(tmp_path, monkeypatch):
    """Cells in the last corner, rows without end, a text in every cell and entities are bounded."""
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(NotALogError):
        read(write_xlsx(tmp_path / "corner.xlsx", {"S": corner}))
    monkeypatch.setattr(excel, "_MOST_CELLS", 3_000)
    endless = RUNS + rows_xml([[0.1, 16, 0.5]]) * 2_000
    log = read(write_xlsx(tmp_path / "endless.xlsx", {"S": endless}))
    assert len(log.runs) == 999
    assert [problem.what for problem in log.problems] == [
        "more than 3,000 cells; the rest is not read: save it as CSV"
    ]
    row = '<table:table-row table:number-rows-repeated="99999999"><table:table-cell table:number-columns-repeated="99999999" office:value-type="float" office:value="1"/></table:table-row>'
    content = f'<table:table table:name="S">{row}</table:table>'
    assert "more than 3,000 cells" in read(write_ods(tmp_path / "a.ods", content)).problems[0].what


def test_a_document_type_is_refused(tmp_path):
    """No entity is expanded."""
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
        )
    with pytest.raises(ValueError, match="document type"):
        read(path)


def test_xml_is_bounded(tmp_path, monkeypatch):
    """What unpacks to more than a log would take is refused where the bound lies."""
    monkeypatch.setattr(xml_stream, "LARGEST", 20_000)
    path = write_xlsx(tmp_path / "a.xlsx", {"S": RUNS + " " * 100_000})
    log = read(path)
    assert len(log.runs) == 3
    assert "unpacks to more than" in log.problems[0].what


def test_numbers_are_exact(tmp_path):
    """What a cell holds comes out to the last bit."""
    values = [0.1 + 0.2, 1e-300, 12345678901234567.0, -0.0]
    path = write_xlsx(tmp_path / "a.xlsx", {"S": rows_xml([["epoch", "loss"], *enumerate(values)])})
    assert np.array_equal(read(path).points.value, values)
