"""The files of a report, each read back by a program that is not ours: the same figures in all."""

import csv
import io
import json
import zipfile

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject
from python_calamine import CalamineWorkbook

from assessments.models import SkillVersion
from reports import compile as compiling
from reports import making, services
from reports.exports import pdf_file, spreadsheets
from reports.exports.content import GROUP, SKILL, UNIT, content_of
from reports.models import GapReportFile
from tests import factories
from tests.office import read_with_libreoffice
from tests.pdf_ua import problems_of, tables_of
from tests.reports.departments import DAY, fill

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HOSTILE = "=1+1"
BREAKDOWNS = {"Role family", "Role level", "Grade"}
ODD_NAMES = {
    "Agile working": HOSTILE,
    "Cloud": '@SUM(A1) "x"',
    "Design": "*Bold* #panic()",
    "Law": "漢字",
}
WORDS = {"Skill area", "Skill"}


@pytest.fixture
def report(department, report_reader):
    """A report of two frameworks, with names that look like formulas and markup."""
    first = factories.release(skills=["Agile working", "User focus", "Data ethics"])
    second = factories.release(skills=["Cloud", "Design", "Law"])
    for name, odd in ODD_NAMES.items():
        SkillVersion.objects.filter(name=name).update(name=odd)
    for name in ("+Digital", "Operations <b>"):
        unit = factories.unit(name, parent=department)
        fill(unit, first, people=90)
        fill(unit, second, people=90, shift=1)
        factories.unit(f"Team of {name}", parent=unit)
    report, _ = services.enqueue_gap_report(unit=department, as_at=DAY, by=report_reader)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    return report


def make(report, extension):
    file = report.files.get(format=extension)
    making.make_file(file.pk)
    file.refresh_from_db()
    assert (file.status, file.error) == ("made", "")
    return bytes(GapReportFile.objects.values_list("content", flat=True).get(pk=file.pk))


def printed(value):
    return "[c]" if value is None else str(value)


def expected(report):
    """[rows of texts] of each table, as the stored sections tell them."""
    content = content_of(report)
    return [list(map(list_of_texts, content.rows_of(table))) for table in content.tables]


def list_of_texts(row):
    return list(map(printed, row))


# --- CSV --------------------------------------------------------------------------------------


def archive_of(report):
    return zipfile.ZipFile(io.BytesIO(make(report, "csv")))


def csv_rows(report):
    text = archive_of(report).read("figures.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def plain(text):
    return text.removeprefix("'") if text.lstrip("'").startswith(("=", "+", "@", "-")) else text


def test_csv_has_every_figure_on_a_row_of_its_own(report):
    rows = csv_rows(report)
    content = content_of(report)
    about = [each.key for each in (*UNIT, *GROUP, *SKILL)]
    wanted = []
    for table, rows_of_table in zip(content.tables, expected(report), strict=True):
        for row in rows_of_table:
            cells = {each.key: cell for each, cell in zip(table.fields, row, strict=True)}
            subject = [cells.get(key, "") for key in about]
            wanted += [(each.key, *subject, cells[each.key]) for each in table.figures]
    given = [(row["measure"], *(plain(row[key]) for key in about), row["value"]) for row in rows]
    assert {row["breakdown"] for row in rows} == {"", *BREAKDOWNS}
    assert sorted(given) == sorted(wanted)
    assert len(given) == len(set(given)) > 100
    assert {row["as_at"] for row in rows} == {"2026-10-31"}
    assert {row["unit_of_measure"] for row in rows} == {
        *("people", "percent", "level", "levels", "hours")
    }


def test_csv_cells_are_no_formulas(report):
    for row in csv_rows(report):
        for key, cell in row.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), key
    assert {"'=1+1", '\'@SUM(A1) "x"'} <= {row["skill"] for row in csv_rows(report)}


def test_csv_comes_with_what_its_columns_mean(report):
    archive = archive_of(report)
    assert archive.namelist() == ["figures.csv", "figures.csv-metadata.json", "read-me.txt"]
    metadata = json.loads(archive.read("figures.csv-metadata.json"))
    rows = csv_rows(report)
    columns = metadata["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == list(rows[0])
    assert all(column["dc:description"] for column in columns)
    (value,) = (column for column in columns if column["name"] == "value")
    assert (value["datatype"], value["null"]) == ("number", ["[c]"])
    (measures,) = (note["measures"] for note in metadata["notes"] if "measures" in note)
    assert set(measures) == {row["measure"] for row in rows}
    read_me = archive.read("read-me.txt").decode()
    for words in (
        "Smallest published count: 10",
        "rounded to the nearest 5",
        f"Method version: {report.method_version}",
        "31 October 2026",
        report.digest,
        "[c] is withheld",
        *measures,
    ):
        assert words in read_me


# --- ODS and XLSX -----------------------------------------------------------------------------


def tables_in(sheets):
    """The rows below the headings of each sheet named "Table 1" and so on, as texts."""
    found = []
    while (name := f"Table {len(found) + 1}") in sheets:
        rows = [list(map(whole, row)) for row in sheets[name]]
        head = next(place for place, row in enumerate(rows) if row[0] == "Unit code")
        found.append(rows[head + 1 :])
    return found


def whole(cell):
    """A cell as text; calamine gives whole numbers of XLSX with a fraction."""
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def same_numbers(rows):
    """Texts with "0.0" and "0" alike."""
    return [[text.removesuffix(".0") for text in row] for row in rows]


@pytest.mark.parametrize("extension", ["ods", "xlsx"])
def test_calamine_reads_the_stored_figures(report, extension):
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(make(report, extension)))
    sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    numbered = [f"Table {number}" for number in range(1, len(expected(report)) + 1)]
    assert len(numbered) == 9  # six of units, three of groups
    assert list(sheets) == ["Cover", "Notes", *numbered, "Columns"]
    for given, wanted in zip(tables_in(sheets), expected(report), strict=True):
        assert same_numbers(given) == same_numbers(wanted)
    cover = "\n".join(str(row[0]) for row in sheets["Cover"])
    for words in ("Gap report of Department of Lanterns", "[c]", "Table 2: ", "Columns: "):
        assert words in cover
    for name in sheets:  # every sheet begins with its title, and no row or column is left blank
        assert sheets[name][0][0]
        assert all(any(cell != "" for cell in row) for row in sheets[name])


@pytest.mark.office
@pytest.mark.parametrize("extension", ["ods", "xlsx"])
def test_libreoffice_reads_the_stored_figures_and_no_formula(report, extension, tmp_path):
    path = tmp_path / f"report.{extension}"
    path.write_bytes(make(report, extension))
    tables = tables_in(read_with_libreoffice(path, tmp_path))
    for given, wanted in zip(tables, expected(report), strict=True):
        assert same_numbers(given) == same_numbers(wanted)
    assert HOSTILE in {row[4] for row in tables[0]}


@pytest.mark.office
def test_libreoffice_finds_no_formula_in_the_csv(report, tmp_path):
    path = tmp_path / "figures.csv"
    path.write_bytes(archive_of(report).read("figures.csv"))
    (rows,) = read_with_libreoffice(path, tmp_path).values()
    assert "'=1+1" in {row[5] for row in rows}
    assert "2" not in {row[5] for row in rows}


def test_a_report_too_long_for_a_spreadsheet_says_where_the_figures_are(report, monkeypatch):
    monkeypatch.setattr("govuk.files.sheets.MOST_ROWS", 10)
    file = report.files.get(format="xlsx")
    making.make_file(file.pk)
    file.refresh_from_db()
    assert (file.status, file.error) == ("failed", spreadsheets.TOO_LONG)


# --- PDF --------------------------------------------------------------------------------------


def test_pdf_passes_what_a_program_can_check_of_pdf_ua(report):
    assert problems_of(io.BytesIO(make(report, "pdf"))) == []


def test_the_check_of_pdf_ua_finds_what_is_wrong():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    file = io.BytesIO()
    writer.write(file)
    found = {problem.split(":")[0] for problem in problems_of(file)}
    assert {"06-002", "06-003", "07-001", "11-006", "01-tree"} <= found


def test_the_check_of_pdf_ua_finds_a_lost_mark_and_a_figure_without_words(report):
    writer = PdfWriter(clone_from=io.BytesIO(make(report, "pdf")))
    (document,) = writer.root_object["/StructTreeRoot"]["/K"]
    document = document.get_object()
    first = document["/K"][0].get_object()
    first[NameObject("/S")] = NameObject("/Figure")
    document[NameObject("/K")] = ArrayObject([document["/K"][0]])
    file = io.BytesIO()
    writer.write(file)
    assert {"01-005", "13-004"} <= {problem.split(":")[0] for problem in problems_of(file)}


def pdf_rows(content):
    """The figures of the rows that a PDF of the content has to have, in order, and the others."""
    told, withheld = [], []
    for subject in (*content.units(directly_below=True), *content.groups()):
        is_group = len(subject.values) > len(UNIT)
        for table in content.tables:
            if table.is_of_groups == is_group:
                about = len(table.about)
                for row in table.rows_of(subject):
                    figures = [pdf_file._text(value) for value in row[about:]]
                    (withheld if set(figures) == {"[c]"} else told).append((row, figures))
    return [figures for _, figures in told], [row[4] for row, _ in withheld]


def test_pdf_has_the_stored_figures_and_names_what_has_none(report):
    content = content_of(report)
    headline, heat_map, *rest = tables_of(io.BytesIO(make(report, "pdf")))
    charts = [rows for rows in rest if rows[0][-1] == "Picture"]
    tables = [rows for rows in rest if rows not in charts]
    assert [row[0] for row in heat_map] == [
        "Unit",
        *("Department of Lanterns", "+Digital", "Operations <b>"),
    ]
    assert len(charts) == 2  # one for each framework
    figures = [
        [cell for cell, label in zip(row, rows[0], strict=True) if label not in WORDS]
        for rows in tables
        for row in rows[1:]
    ]
    told, withheld = pdf_rows(content)
    assert figures == told
    assert len(told) > 20
    data = pdf_file.data_of(content)
    named = [
        name
        for part in (*data["units"], *data["groups"])
        for table in part["tables"]
        for name in table["withheld"].split("; ")
        if name
    ]
    assert named == [name.replace("漢字", "□□") for name in withheld]
    assert headline[0] == list(pdf_file.HEADLINE.values())
    assert headline[1][0] == HOSTILE


def test_pdf_shows_names_as_they_are_and_says_what_it_cannot_show(report):
    reader = PdfReader(io.BytesIO(make(report, "pdf")))
    text = " ".join("".join(page.extract_text() for page in reader.pages).split())
    for words in ("=1+1", "*Bold* #panic()", "Operations <b>", "A box (□) stands for"):
        assert words in text
    assert reader.metadata.title == "Gap report of Department of Lanterns, 31 October 2026"


def test_pdf_says_which_units_it_leaves_out(report, monkeypatch):
    monkeypatch.setattr(pdf_file, "MOST_ROWS", 15)
    data = pdf_file.data_of(content_of(report))
    assert [unit["name"] for unit in data["units"]] == ["Department of Lanterns"]
    assert "+Digital; Operations <b>" in data["notes"][2]
    assert "groups by role or grade would make this file too long" in data["notes"][3]


# --- All of them ------------------------------------------------------------------------------


def test_a_withheld_figure_is_withheld_in_every_file(report):
    tables = [table for table in content_of(report).tables if not table.is_of_groups]
    *of_skills, _ = zip(tables, expected(report), strict=False)
    for _, rows in of_skills:
        withheld = [row for row in rows if row[4] in {"Data ethics", "漢字"}]
        assert withheld
        assert {cell for row in withheld for cell in row[5:]} == {"[c]"}
    # The files were compared with these rows above, cell by cell.


@pytest.mark.parametrize("extension", GapReportFile.Format.values)
def test_the_same_report_gives_the_same_bytes(report, extension):
    first = make(report, extension)
    report.files.filter(format=extension).update(status="queued", content=None)
    assert make(report, extension) == first


@pytest.mark.parametrize("extension", GapReportFile.Format.values)
def test_a_file_costs_the_same_queries_for_few_units_and_for_many(
    report, extension, django_assert_max_num_queries
):
    payload = report.sections.of_units().exclude(unit=report.unit).first().payload
    for _ in range(12):
        unit = factories.unit(parent=report.unit)
        report.sections.create(unit=unit, payload=payload)
    with django_assert_max_num_queries(20):
        make(report, extension)
