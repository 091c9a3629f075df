"""Adding many entries at once: a file is checked whole, shown, then added or not."""

import datetime
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from learning.log_import import COLUMNS, read_log_file
from learning.models import LogEntry, LogImport
from learning.services import imports as services
from learning.table_files import SourceFile
from tests import factories

pytestmark = pytest.mark.django_db
IMPORT = "/learning/import/"
HEADER = ",".join(COLUMNS)
TODAY = datetime.date(2026, 11, 23)


def read(text, *, skills=None):
    content = text if isinstance(text, bytes) else text.encode()
    return read_log_file(SourceFile("log.csv", content), today=TODAY, skills=skills or {})


def rows(*lines):
    return "\n".join([HEADER, *lines]) + "\n"


GOOD = "31/03/2026,Read about user needs,45,work,Reading,https://www.gov.uk,Agile working,Good."


@pytest.fixture
def release(member):
    made = factories.release(skills=("Agile working", "Cloud"))
    factories.chosen_role_level(member, factories.role_level_of(made))
    return made


@pytest.fixture
def upload(client, member, release):
    client.force_login(member)

    def send(text):
        content = text if isinstance(text, bytes) else text.encode()
        return client.post(
            IMPORT, {"file": SimpleUploadedFile("log.csv", content, "text/csv")}, follow=True
        )

    return send


# --- Reading ---------------------------------------------------------------------------------


def test_a_row_becomes_an_entry():
    (entry,) = read(rows(GOOD), skills={"agile working": 7}).entries
    assert entry.done_on == datetime.date(2026, 3, 31)
    assert (entry.title, entry.duration_minutes, entry.time) == (
        "Read about user needs",
        45,
        "work",
    )
    assert (entry.kind, entry.link, entry.skill_ids) == ("reading", "https://www.gov.uk", (7,))


def test_four_columns_are_enough_in_any_order():
    text = "Time,Minutes,What you did,Date\nOwn time,1:30,Walked and listened,2026-01-02\n"
    (entry,) = read(text).entries
    assert (entry.time, entry.duration_minutes, entry.kind) == ("own", 90, "")


@pytest.mark.parametrize(
    ("row", "column", "message", "remedy"),
    [
        ("31/02/2026,A,5,own,,,,", "Date", "“31/02/2026” is not a date", "31/03/2026"),
        (",A,5,own,,,,", "Date", "The cell is empty", "31/03/2026"),
        ("24/11/2026,A,5,own,,,,", "Date", "24/11/2026 is in the future", "done already"),
        ("01/01/1066,A,5,own,,,,", "Date", "before 1970", "Check the year"),
        ("01/01/2026,,5,own,,,,", "What you did", "The cell is empty", "Write what you did"),
        (f"01/01/2026,{'x' * 201},5,own,,,,", "What you did", "201 characters", "200 or fewer"),
        ("01/01/2026,A,long,own,,,,", "Minutes", "not a length of time", "1h 30m"),
        ("01/01/2026,A,,own,,,,", "Minutes", "The cell is empty", "1h 30m"),
        ("01/01/2026,A,0,own,,,,", "Minutes", "too little", "100 hours"),
        ("01/01/2026,A,6001,own,,,,", "Minutes", "too much", "100 hours"),
        ("01/01/2026,A,5,night,,,,", "Time", "“night” is not known", "“work” or “own”"),
        ("01/01/2026,A,5,own,Nap,,,", "Kind", "“Nap” is not known", "leave the cell empty"),
        ("01/01/2026,A,5,own,,javascript:x,,", "Link", "holds no link", "whole address"),
        ("01/01/2026,A,5,own,,,Juggling,", "Skills", "“Juggling” is not the name", "framework"),
        (f"01/01/2026,A,5,own,,,,{'x' * 4001}", "What you took from it", "4,001", "4,000 or fewer"),
        ("01/01/2026,A,5", "Time", "3 cells, the header has 8", "Add the missing cells"),
        ('01/01/2026,"A,5,own,,,,', "What you did", "quotation mark", "Close the cell"),
    ],
)
def test_each_mistake_has_its_line_column_and_remedy(row, column, message, remedy):
    found = read(rows("01/01/2026,Fine,5,own,,,,", row))
    assert found.entries == ()
    (error,) = found.errors
    assert (error.place.line, error.place.column) == (3, column)
    assert message in error.message
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (HEADER.encode(), "The file has no rows"),
        (b"Name,Age\nNed,40\n", "The header lacks “Date”"),
        (rows("01/01/2026,Café,5,own,,,,").encode("latin-1"), "is not UTF-8"),
        (rows("01/01/2026,A,5,own,,,,").encode("utf-16"), "saved as UTF-16"),
        (rows("01/01/2026,A\0,5,own,,,,").encode(), "NUL"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00\xff", "is not UTF-8"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"x" * (5 * 1024 * 1024), "far too long"),
        (rows(*["01/01/2026,A,5,own,,,,"] * 5001).encode(), "more than 5,000 rows"),
    ],
    ids=[
        "empty",
        "header only",
        "other file",
        "latin-1",
        "utf-16",
        "nul",
        "spreadsheet",
        "too large",
        "one long line",
        "too many rows",
    ],
)
def test_odd_files_are_named_and_refused_quickly(content, message):
    started = time.process_time()
    found = read(content)
    assert time.process_time() - started < 2
    assert found.entries == ()
    assert message in found.errors[0].message
    assert found.errors[0].remedy


def test_all_mistakes_are_told_at_once():
    found = read(rows("x,,0,night,Nap,y,Juggling,", *["x,A,5,own,,,,"] * 200))
    assert len({error.place.column for error in found.errors}) == 7
    assert len(found.errors) + found.errors_left_out == 207


# --- The pages -------------------------------------------------------------------------------


def test_the_template_can_be_imported_as_it_is(client, member):
    factories.release(skills=("User focus",))
    client.force_login(member)
    content = client.get(f"{IMPORT}template.csv").content
    found = read(content, skills={"user focus": 1})
    assert not found.errors
    assert len(found.entries) == 2


def test_a_file_is_shown_then_added(client, member, upload):
    response = upload(rows(GOOD, "01/04/2026,=HYPERLINK(1),1h,own,,,,"))
    html = response.content.decode()
    assert "2 entries, 1 hour 45 minutes in all" in html
    assert "=HYPERLINK(1)" in html
    assert not LogEntry.objects.exists()
    (url, _) = response.redirect_chain[-1]
    html = client.post(url, {"action": "confirm"}, follow=True).content.decode()
    assert "2 entries added to your log" in html
    entries = LogEntry.objects.filter(person=member)
    assert {entry.title for entry in entries} == {"Read about user needs", "=HYPERLINK(1)"}
    assert [one.slug for one in entries.get(kind="reading").skills.all()] == ["agile-working"]
    assert LogImport.objects.get().text == ""


def test_confirming_twice_adds_nothing_twice(client, upload):
    (url, _) = upload(rows(GOOD)).redirect_chain[-1]
    client.post(url, {"action": "confirm"})
    html = client.post(url, {"action": "confirm"}, follow=True).content.decode()
    assert "Nothing was added twice" in html
    waiting = LogImport.objects.get()
    assert services.confirm_import(waiting=waiting, by=waiting.person) == 0
    assert LogEntry.objects.count() == 1


def test_what_is_in_the_log_already_is_left_out(client, upload):
    client.post(upload(rows(GOOD)).redirect_chain[-1][0], {"action": "confirm"})
    response = upload(rows(GOOD, "01/04/2026,New,5,own,,,,"))
    assert "1 row with the date, text" in response.content.decode()
    client.post(response.redirect_chain[-1][0], {"action": "confirm"})
    assert LogEntry.objects.count() == 2
    assert "everything in the file is in your log" in upload(rows(GOOD)).content.decode()


def test_mistakes_are_shown_and_nothing_is_kept(client, upload):
    html = upload(rows(GOOD, "soon,A,5,own,,,,")).content.decode()
    assert "There is a problem with the file" in html
    assert "“soon” is not a date." in html
    assert "Error: Import entries" in html
    assert not LogImport.objects.exists()
    assert not LogEntry.objects.exists()


def test_not_importing_forgets_the_file(client, upload):
    (url, _) = upload(rows(GOOD)).redirect_chain[-1]
    client.post(url, {"action": "discard"})
    assert not LogImport.objects.exists()
    assert client.get(url).status_code == 404


def test_a_skill_retired_since_the_check_stops_the_whole_file(client, upload, release):
    (url, _) = upload(rows(GOOD, "01/04/2026,New,5,own,,,,")).redirect_chain[-1]
    release.skill_versions.filter(name="Agile working").update(name="Agility")
    assert "is no longer in force" in client.get(url).content.decode()
    html = client.post(url, {"action": "confirm"}, follow=True).content.decode()
    assert "The file is no longer right" in html
    assert not LogEntry.objects.exists()


def test_somebody_elses_file_is_out_of_sight(client, upload, line_manager):
    (url, _) = upload(rows(GOOD)).redirect_chain[-1]
    client.force_login(line_manager)
    assert client.get(url).status_code == 404
    assert client.post(url, {"action": "confirm"}).status_code == 404


def test_no_file_is_an_error(client, member):
    client.force_login(member)
    assert "Select your file" in client.post(IMPORT, {}).content.decode()


def test_checking_a_file_takes_the_same_queries_for_one_row_and_for_fifty(
    client, upload, django_assert_max_num_queries
):
    (one, _) = upload(rows(GOOD)).redirect_chain[-1]
    many_rows = [GOOD.replace("45", str(n)) for n in range(1, 51)]
    (fifty, _) = upload(rows(*many_rows)).redirect_chain[-1]
    with django_assert_max_num_queries(25) as few:
        client.get(one)
    with django_assert_max_num_queries(25) as many:
        client.get(fifty)
    assert len(many) == len(few)
    with django_assert_max_num_queries(25):
        client.post(fifty, {"action": "confirm"})
