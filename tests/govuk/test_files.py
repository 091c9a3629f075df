"""Spreadsheets as our writers make them, read back by programs that are not ours."""

import datetime
import io
import zipfile
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from govuk.files import sheets as sheets_module
from govuk.files.csv_cells import plain_cell, safe_cell
from govuk.files.ods import write_ods
from govuk.files.sheets import Sheet, TooManyRowsError, reference, sheet_names
from govuk.files.xlsx import write_xlsx
from govuk.tables import Column
from tests.office import read_with_libreoffice

WRITERS = {"ods": write_ods, "xlsx": write_xlsx}
COLUMNS = [Column("Skill & “area”"), Column("People", numeric=True), Column("As at")]
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DAY = datetime.date(2026, 10, 31)
TEXTS = ["=1+1", '=HYPERLINK("http://evil","x")', "+44", "-5", "@SUM(A1)", "_x0041_", "a <b> & ]]>"]
ROWS = [[text, number, DAY] for number, text in enumerate(TEXTS)] + [["None", "[c]", None]]


def published():
    return [
        Sheet("Cover", title="A <title>", notes=["Contents", "One note."], headings={"Contents"}),
        Sheet("Figures", COLUMNS, ROWS, title="Table 1", notes=["This sheet has one table."]),
        Sheet("Nothing: yet/none", COLUMNS, [], title="Table 2"),
        Sheet("Plain", COLUMNS, ROWS),
    ]


def made_by(extension, sheets):
    file = io.BytesIO()
    WRITERS[extension](file, sheets, title="A title")
    return file.getvalue()


@pytest.mark.parametrize("extension", WRITERS)
def test_calamine_reads_texts_numbers_and_days_as_such(extension):
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(made_by(extension, published())))
    assert workbook.sheet_names == ["Cover", "Figures", "Nothing  yet none", "Plain"]
    cover, figures, nothing, plain = (
        workbook.get_sheet_by_index(number).to_python() for number in range(4)
    )
    assert [row[0] for row in cover] == ["A <title>", "Contents", "One note."]
    assert [row[0] for row in figures[:2]] == ["Table 1", "This sheet has one table."]
    headings = [column.label for column in COLUMNS]
    assert figures[2] == plain[0] == nothing[1] == headings
    # Calamine leaves an escape of XML as it stands; LibreOffice, below, reads it.
    texts = [row[0] for row in figures[3:-1]]
    assert [text.replace("_x005F_", "_") for text in texts] == TEXTS
    assert [row[1:] for row in figures[3:-1]] == [[number, DAY] for number in range(len(TEXTS))]
    assert figures[-1] == ["None", "[c]", ""]
    assert plain[1:] == figures[3:]


@pytest.mark.office
@pytest.mark.parametrize("extension", WRITERS)
def test_libreoffice_reads_the_same_and_finds_no_formula(extension, tmp_path):
    path = tmp_path / f"file.{extension}"
    path.write_bytes(made_by(extension, published()))
    read = read_with_libreoffice(path, tmp_path)
    assert set(read) == {"Cover", "Figures", "Nothing  yet none", "Plain"}
    rows = read["Figures"][3:]
    assert [row[:2] for row in rows] == [[str(cell) for cell in row[:2]] for row in ROWS]


@pytest.mark.parametrize("extension", WRITERS)
def test_the_same_sheets_give_the_same_bytes(extension):
    assert made_by(extension, published()) == made_by(extension, published())


def test_an_excel_table_marks_its_headings_and_rows():
    archive = zipfile.ZipFile(io.BytesIO(made_by("xlsx", published())))
    assert archive.testzip() is None
    tables = [
        ElementTree.fromstring(archive.read(part))  # noqa: S314 - our own file
        for part in archive.namelist()
        if part.startswith("xl/tables/")
    ]
    assert [table.get("ref") for table in tables] == [f"A3:C{3 + len(ROWS)}", "A2:C3"]
    columns = tables[0].iter(f"{SPREADSHEET}tableColumn")
    assert [column.get("name") for column in columns] == [column.label for column in COLUMNS]


def test_an_ods_table_is_a_range_with_its_cells():
    content = zipfile.ZipFile(io.BytesIO(made_by("ods", published()))).read("content.xml").decode()
    assert f"'Figures'.A3:'Figures'.C{3 + len(ROWS)}" in content
    assert "'Nothing  yet none'.A2:'Nothing  yet none'.C3" in content
    assert "table:formula" not in content


@pytest.mark.parametrize("extension", WRITERS)
def test_no_cell_is_merged_and_no_row_of_a_table_is_hidden(extension):
    archive = zipfile.ZipFile(io.BytesIO(made_by(extension, published())))
    for part in archive.namelist():
        for mark in (b"mergeCell", b"columns-spanned", b"hidden", b"<f>"):
            assert mark not in archive.read(part), part


@pytest.mark.parametrize("extension", WRITERS)
def test_a_table_longer_than_a_sheet_is_refused(extension, monkeypatch):
    monkeypatch.setattr(sheets_module, "MOST_ROWS", 9)
    with pytest.raises(TooManyRowsError):
        made_by(extension, [Sheet("Figures", COLUMNS, ROWS, title="Table 1")])
    made_by(extension, [Sheet("Figures", COLUMNS, ROWS[1:], title="Table 1")])


def test_sheets_have_names_that_programs_take():
    names = sheet_names([Sheet("a" * 40), Sheet("A" * 31), Sheet("'b/c'"), Sheet("?")])
    assert names == ["a" * 31, "A" * 27 + " (2)", "b c", "Sheet"]


@pytest.mark.parametrize(
    ("row", "column", "name"), [(0, 0, "A1"), (9, 25, "Z10"), (0, 26, "AA1"), (0, 701, "ZZ1")]
)
def test_cells_are_named_as_programs_name_them(row, column, name):
    assert reference(row, column) == name


@pytest.mark.parametrize(
    "text", ["=1+1", "+44", "-5", "@SUM(A1)", "\tx", "\nx", "\0x", "'=1", " =1", "'plain", "a=b"]
)
def test_a_cell_like_a_formula_is_made_safe_and_comes_back(text):
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\n", "\0", " "))
    assert plain_cell(safe_cell(text)) == text
