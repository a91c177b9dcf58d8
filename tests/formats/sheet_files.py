"""Workbooks built by hand, member by member, also such as no spreadsheet program would write."""

import zipfile
from xml.sax.saxutils import escape

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def write_xlsx(path, sheets, *, strings=None, styles=None, is_1904=False):
    """A workbook whose sheets are XML of rows by name."""
    names = "".join(
        f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    first_day = '<workbookPr date1904="1"/>' if is_1904 else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns:r="{RELATIONS}">{first_day}<sheets>{names}</sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        for i, rows in enumerate(sheets.values(), 1):
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
            )
        if strings:
            shared = "".join(f"<si>{s}</si>" for s in strings)
            archive.writestr("xl/sharedStrings.xml", f"<sst>{shared}</sst>")
        if styles:
            archive.writestr("xl/styles.xml", styles)
    return path


def rows_xml(rows):
    """Rows of plain values as XML of inline texts and numbers."""
    return "".join("<row>" + "".join(_cell(value) for value in row) + "</row>" for row in rows)


def _cell(value):
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def write_ods(path, content):
    """An OpenDocument spreadsheet whose tables are given as XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr(
            "content.xml",
            f'<d xmlns:table="t" xmlns:office="o" xmlns:text="x">{content}</d>',
        )
    return path
