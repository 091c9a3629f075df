"""The log as CSV, ODS, PDF and xAPI, each read back by a program that is not ours."""

import csv
import datetime
import io
import json
import uuid
import zipfile

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from govuk.files import pdf
from learning.exports import pdf_file
from learning.exports.record import CpdRecord
from learning.exports.xapi import iso_duration
from learning.log_import import COLUMNS, read_log_file
from learning.models import LogEntry
from learning.table_files import SourceFile
from learning.totals import Total
from tests import factories

pytestmark = pytest.mark.django_db
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
HOSTILE = '=HYPERLINK("http://evil","x") #panic("no") <b>&amp; *bold* $x$ \\ ]'


@pytest.fixture
def release(member):
    return factories.release(
        framework=factories.framework("digital-and-data"), skills=("Agile working", "Cloud")
    )


@pytest.fixture
def entries(member, outsider, release):
    agile, cloud = (version.skill for version in release.skill_versions.order_by("name"))
    factories.log_entry(
        member,
        "Course ŵ",
        done_on=datetime.date(2026, 3, 31),
        duration_minutes=90,
        time="own",
        kind="course",
        link="https://www.example.gov.uk/a",
        reflection="Line one.\nLine  two.",
        skills=[cloud, agile],
    )
    factories.log_entry(member, HOSTILE, done_on=datetime.date(2026, 4, 1), duration_minutes=5)
    factories.log_entry(member, "Other year", done_on=datetime.date(2025, 12, 31))
    factories.log_entry(
        member, "Gone", done_on=datetime.date(2026, 5, 1), deleted_at=factories.LONG_AGO
    )
    factories.log_entry(outsider, "Somebody else's", done_on=datetime.date(2026, 5, 1))


@pytest.fixture
def export(client, member, entries):
    client.force_login(member)
    return lambda extension, **query: client.get(f"/learning/export/log.{extension}", query or YEAR)


# --- CSV -------------------------------------------------------------------------------------


def test_csv_has_the_periods_own_entries_and_no_formula(export):
    response = export("csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == list(COLUMNS)
    assert [row[1] for row in rows[1:]] == ["Course ŵ", f"'{HOSTILE}"]
    assert rows[1][6] == "Agile working; Cloud"


def test_csv_can_be_imported_again(export):
    source = SourceFile("log.csv", export("csv").content)
    skills = {"agile working": 1, "cloud": 2}
    read = read_log_file(source, today=datetime.date(2026, 11, 23), skills=skills)
    assert not read.errors
    assert [entry.title for entry in read.entries] == ["Course ŵ", HOSTILE]
    assert read.entries[0].reflection == "Line one.\nLine  two."


# --- ODS -------------------------------------------------------------------------------------


def test_ods_keeps_texts_dates_and_numbers_as_such(export):
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(export("ods").content))
    assert workbook.sheet_names == ["Entries", "By skill", "By kind", "About"]
    rows = workbook.get_sheet_by_name("Entries").to_python()
    assert rows[0] == list(COLUMNS)
    assert rows[1][:4] == [datetime.date(2026, 3, 31), "Course ŵ", 90, "My own time"]
    assert rows[1][7] == "Line one.\nLine  two."
    assert rows[2][1] == HOSTILE
    totals = workbook.get_sheet_by_name("By skill").to_python()
    assert ["Cloud", 1, 0, 90, 90] in totals


def test_ods_is_typed_as_text_and_known_by_its_first_member(export):
    content = export("ods").content
    assert content[30:38] == b"mimetype"
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
    assert b"table:formula" not in archive.read("content.xml")


def test_the_same_log_gives_the_same_file(export):
    assert export("ods").content == export("ods").content


def test_characters_that_xml_cannot_hold_are_left_out(export, member):
    factories.log_entry(member, "Bell\x07 ]]> \ufffe end", done_on=datetime.date(2026, 6, 1))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(export("ods").content))
    assert workbook.get_sheet_by_name("Entries").to_python()[3][1] == "Bell ]]>  end"


# --- PDF -------------------------------------------------------------------------------------


def test_pdf_is_tagged_titled_and_takes_no_orders_from_texts(export):
    response = export("pdf")
    assert response["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.content))
    text = " ".join("".join(page.extract_text() for page in reader.pages).split())
    assert '#panic("no")' in text
    assert "*bold* $x$" in text
    assert "Course ŵ" in text
    assert "2 entries, 1 hour 35 minutes" in text
    assert "Somebody else" not in text
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "en-GB"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "Learning log of Ned Thornbury" in reader.metadata.title
    assert b"pdfuaid:part" in catalog["/Metadata"].get_data()


@pytest.mark.parametrize(
    "text", ["\U0001f600 done", "漢字", "a\u0301\u0300\u0489", "\u202eabc", "\x07"]
)
def test_pdf_shows_a_box_for_what_no_font_has(export, member, text):
    factories.log_entry(member, "Odd", reflection=text, done_on=datetime.date(2026, 6, 1))
    reader = PdfReader(io.BytesIO(export("pdf").content))
    assert len(reader.pages) >= 1


def test_every_character_said_to_be_shown_can_be(member):
    entry = factories.log_entry(member)
    entry.names, entry.named_skills = [], []
    entry.reflection = "\n".join(
        " ".join(chr(code) for code in range(first, last + 1)) for first, last in pdf.SHOWN
    )
    day = datetime.date(2026, 1, 1)
    record = CpdRecord(member, day, day, [entry], Total("All"), [], [])
    assert pdf_file.pdf_bytes(record).startswith(b"%PDF")


# --- xAPI ------------------------------------------------------------------------------------


def test_xapi_statements_say_who_did_what_when_and_for_which_skills(export, member):
    statements = json.loads(export("json").content)
    assert len(statements) == 2
    course = statements[0]
    assert course["actor"]["account"] == {
        "homePage": "http://testserver",
        "name": str(member.public_id),
    }
    assert course["verb"]["id"] == "http://adlnet.gov/expapi/verbs/completed"
    assert course["object"]["id"] == "https://www.example.gov.uk/a"
    assert course["result"]["duration"] == "PT1H30M"
    assert course["timestamp"] == "2026-03-31T12:00:00+01:00"
    assert [one["id"] for one in course["context"]["contextActivities"]["other"]] == [
        "http://testserver/frameworks/digital-and-data/skills/agile-working/",
        "http://testserver/frameworks/digital-and-data/skills/cloud/",
    ]
    assert statements[1]["verb"]["id"] == "http://adlnet.gov/expapi/verbs/experienced"


def test_a_statement_keeps_its_id_until_the_entry_changes(export, member):
    before = json.loads(export("json").content)
    assert before == json.loads(export("json").content)
    assert all(uuid.UUID(one["id"]) for one in before)
    LogEntry.objects.filter(person=member, title="Course ŵ").update(version=2)
    after = json.loads(export("json").content)
    assert [a["id"] == b["id"] for a, b in zip(after, before, strict=True)] == [False, True]


@pytest.mark.parametrize(
    ("minutes", "duration"), [(5, "PT5M"), (60, "PT1H"), (90, "PT1H30M"), (6000, "PT100H")]
)
def test_durations_are_iso_8601(minutes, duration):
    assert iso_duration(minutes) == duration


# --- The page --------------------------------------------------------------------------------


def period(**changes):
    return {
        "first-day": "1",
        "first-month": "1",
        "first-year": "2026",
        "last-day": "31",
        "last-month": "12",
        "last-year": "2026",
        "format": "pdf",
    } | changes


def test_the_form_leads_to_the_file(client, member):
    client.force_login(member)
    assert "Take your log with you" in client.get("/learning/export/").content.decode()
    response = client.get("/learning/export/", period())
    assert response["Location"] == "/learning/export/log.pdf?from=2026-01-01&to=2026-12-31"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": ""}, "Select a format"),
        ({"format": "exe"}, "Select a format from the list"),
        ({"last-year": "2025"}, "The last date must be the same as or after the first"),
        ({"first-day": "32"}, "From must be a real date"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(client, member, changes, message):
    client.force_login(member)
    assert message in client.get("/learning/export/", period(**changes)).content.decode()


def test_a_pdf_of_too_many_entries_is_refused_with_a_reason(client, member, monkeypatch, entries):
    monkeypatch.setattr(pdf_file, "MOST_ENTRIES", 1)
    client.force_login(member)
    html = client.get("/learning/export/", period()).content.decode()
    assert "The period has 2 entries. Choose one with 1 or fewer" in html
    assert client.get("/learning/export/log.pdf", YEAR).status_code == 404


@pytest.mark.parametrize(
    ("extension", "query"),
    [("exe", YEAR), ("csv", {"from": "x", "to": "y"}), ("csv", {"from": "2026-01-01"})],
)
def test_addresses_that_make_no_sense_lead_nowhere(export, extension, query):
    assert export(extension, **query).status_code == 404


@pytest.mark.parametrize("extension", ["csv", "ods", "pdf", "json"])
def test_a_period_without_entries_gives_an_empty_file(export, extension):
    response = export(extension, **{"from": "2001-01-01", "to": "2001-12-31"})
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith(f'2001-12-31.{extension}"')


def test_exports_take_the_same_queries_for_two_entries_and_for_twenty(
    export, member, release, django_assert_max_num_queries
):
    def counts():
        taken = []
        for extension in ("csv", "ods", "json"):
            with django_assert_max_num_queries(15) as queries:
                export(extension)
            taken.append(len(queries))
        return taken

    few = counts()
    skills = [version.skill for version in release.skill_versions.all()]
    for _ in range(18):
        factories.log_entry(
            member, done_on=datetime.date(2026, 7, 1), skills=skills, resource=factories.resource()
        )
    assert counts() == few
