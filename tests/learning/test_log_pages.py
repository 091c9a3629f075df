"""Logging, changing, deleting and sharing entries, and the year's totals."""

import datetime
import threading
import time
import uuid

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts_services
from learning.models import LogEntry, MinutesGoal
from learning.services import log as services
from tests import factories
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db
LOG = "/learning/"


@pytest.fixture
def release(member):
    made = factories.release(skills=("Agile working", "User focus", "Cloud"), targets=None)
    factories.chosen_role_level(member, factories.role_level_of(made))
    return made


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda url, **query: client.get(url, query).content.decode()


def filled(**changes):
    return {
        "title": "Read the service manual",
        "done_on-day": "3",
        "done_on-month": "3",
        "done_on-year": "2026",
        "duration_minutes": "1h 30m",
        "time": "own",
        "form_key": str(uuid.uuid4()),
    } | changes


def skill(release, name):
    return release.skill_versions.get(name=name).skill


# --- Logging ---------------------------------------------------------------------------------


def test_four_things_make_an_entry(client, read, member):
    tree = parse(read(LOG))
    form = tree.find("form", action=LOG)[0]
    key = form.find("input", name="form_key")[0].attrs["value"]
    today = timezone.localdate()
    shown = [form.find("input", name=f"done_on-{p}")[0].attrs["value"] for p in ("day", "month")]
    assert shown == [str(today.day), str(today.month)]
    response = client.post(LOG, filled(form_key=key), follow=True)
    entry = LogEntry.objects.get(person=member)
    assert (entry.title, entry.done_on) == ("Read the service manual", datetime.date(2026, 3, 3))
    assert (entry.duration_minutes, entry.time, entry.shared_with) == (90, "own", None)
    assert "Logged: Read the service manual" in response.content.decode()


def test_the_rest_is_optional_and_kept(client, read, member, release):
    agile, cloud = skill(release, "Agile working"), skill(release, "Cloud")
    resource = factories.resource("The manual")
    client.post(
        LOG,
        filled(
            kind="reading",
            link="www.gov.uk/service-manual",
            reflection="Start small.",
            skills=[agile.pk, cloud.pk],
            resource=resource.pk,
        ),
    )
    entry = LogEntry.objects.get()
    assert (entry.kind, entry.reflection, entry.resource) == ("reading", "Start small.", resource)
    assert entry.link == "https://www.gov.uk/service-manual"
    assert set(entry.skills.all()) == {agile, cloud}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Enter what you did"),
        ({"title": "x" * 201}, "What you did must be 200 characters or fewer"),
        ({"done_on-year": "3026"}, "Date must be today or in the past"),
        ({"done_on-year": "1066"}, "Date must be in 1970 or later"),
        ({"done_on-day": ""}, "Date must include a day"),
        ({"duration_minutes": ""}, "Enter how long it took"),
        ({"duration_minutes": "a while"}, "Time it took must be minutes, such as 90"),
        ({"duration_minutes": "0"}, "Time it took must be from 1 minute to 100 hours"),
        ({"time": ""}, "Select work time or your own time"),
        ({"link": "javascript:alert(1)"}, "Enter a link in the correct format"),
        ({"link": "ftp://example.com/a"}, "Enter a link in the correct format"),
        ({"kind": "nap"}, "Select a kind from the list"),
        ({"skills": ["999"]}, "Select"),
        ({"resource": "999"}, "A hidden part of this page was changed"),
        ({"form_key": "x"}, "A hidden part of this page was changed"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(client, member, release, changes, message):
    client.force_login(member)
    html = client.post(LOG, filled(**changes)).content.decode()
    assert "Error: Your learning" in html
    assert message in html
    assert not LogEntry.objects.exists()


def test_a_resource_one_may_not_see_cannot_be_attached(client, member, operations):
    hidden = factories.resource(unit=operations)
    client.force_login(member)
    client.post(LOG, filled(resource=hidden.pk))
    assert not LogEntry.objects.exists()


def test_posted_fields_that_are_not_in_the_form_change_nothing(client, member, outsider):
    client.force_login(member)
    client.post(LOG, filled(person=outsider.pk, shared_with=outsider.pk, version=9))
    entry = LogEntry.objects.get()
    assert (entry.person, entry.shared_with, entry.version) == (member, None, 1)


def test_a_form_sent_twice_makes_one_entry(client, member):
    client.force_login(member)
    data = filled()
    for _ in range(3):
        assert client.post(LOG, data).status_code == 302
    assert LogEntry.objects.count() == 1


def test_a_form_changed_after_going_back_makes_another_entry(client, member):
    client.force_login(member)
    data = filled()
    client.post(LOG, data)
    client.post(LOG, data | {"title": "Read it again"})
    assert LogEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_posts_of_a_form_make_one_entry(member):
    form_key, barrier, made = uuid.uuid4(), threading.Barrier(10), []

    def post():
        try:
            barrier.wait()
            entry = services.log_learning(
                by=member,
                form_key=form_key,
                title="Once",
                done_on=datetime.date(2026, 3, 3),
                duration_minutes=5,
                time="own",
            )
            made.append(entry.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 10
    assert LogEntry.objects.count() == 1


def test_logging_again_fills_the_form_for_today(client, read, member, release):
    agile = skill(release, "Agile working")
    entry = factories.log_entry(
        member, "Stand-up", done_on=datetime.date(2026, 1, 1), kind="mentoring", skills=[agile]
    )
    form = parse(read(LOG, repeat=entry.pk)).find("form", action=LOG)[0]
    assert form.find("input", name="title")[0].attrs["value"] == "Stand-up"
    day = form.find("input", name="done_on-day")[0].attrs["value"]
    assert day == str(timezone.localdate().day)
    assert "checked" in form.find("input", name="skills", value=str(agile.pk))[0].attrs


def test_only_own_entries_can_be_logged_again(client, outsider, member):
    entry = factories.log_entry(member, "Secret course")
    client.force_login(outsider)
    for query in ({"repeat": entry.pk}, {"logged": entry.pk}, {"deleted": entry.pk}):
        assert "Secret course" not in client.get(LOG, query).content.decode()


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "", "٣"])
def test_hostile_addresses_do_no_harm(client, member, value):
    client.force_login(member)
    for name in ("repeat", "resource", "logged", "deleted", "page"):
        assert client.get(LOG, {name: value}).status_code == 200
    assert client.get("/learning/year/", {"year": value}).status_code == 200


def test_after_logging_for_a_skill_one_is_invited_to_rate_it_again(client, member, release):
    client.force_login(member)
    agile = skill(release, "Agile working")
    html = client.post(LOG, filled(skills=[agile.pk]), follow=True).content.decode()
    assert "Has your level changed?" in html
    banner = parse(html).find("div", class_="govuk-notification-banner")[0]
    assert banner.find("a", href="/skills/")[0].text() == "Agile working"
    draft = factories.draft(member, release)
    factories.answer(draft, "Agile working", 1)
    html = client.post(LOG, filled(skills=[agile.pk]), follow=True).content.decode()
    banner = parse(html).find("div", class_="govuk-notification-banner")[0]
    assert banner.find("a", href=f"/self-assessments/{draft.pk}/skills/agile-working/")


def test_the_log_takes_the_same_queries_for_one_entry_and_for_a_hundred(
    client, member, release, django_assert_max_num_queries
):
    agile = skill(release, "Agile working")
    MinutesGoal.objects.create(person=member, minutes_a_month=60)
    factories.log_entry(member, skills=[agile])
    client.force_login(member)
    with django_assert_max_num_queries(25) as few:
        client.get(LOG)
    for number in range(99):
        factories.log_entry(member, skills=[agile], done_on=datetime.date(2025, 1, 1 + number % 30))
    with django_assert_max_num_queries(25) as many:
        html = client.get(LOG).content.decode()
    assert len(many) == len(few)
    assert 'aria-label="Pagination"' in html


def quickest(client, address):
    """Seconds on the clock and of this program's work that the page takes, least of five times."""
    clock, work = [], []
    for _ in range(5):
        started, worked = time.perf_counter(), time.process_time()
        assert client.get(address).status_code == 200
        clock.append(time.perf_counter() - started)
        work.append(time.process_time() - worked)
    return min(clock), min(work)


@pytest.mark.slow
def test_a_log_of_5000_entries_opens_at_once(client, member, release):
    """Criterion of the log page: as many queries as for one entry, first byte under 200 ms.

    The machine may be busy with something else, so what is held to 200 ms is the work, which
    with the embedded database is all there is.
    """
    agile = skill(release, "Agile working")
    factories.log_entry(member, skills=[agile])
    client.force_login(member)
    with CaptureQueriesContext(connection) as few:
        client.get(LOG)
    today = timezone.localdate()
    entries = LogEntry.objects.bulk_create(
        LogEntry(
            person=member,
            title=f"Retrospective {number}",
            done_on=today - datetime.timedelta(days=number % 1500),
            duration_minutes=20 + number % 70,
            time=LogEntry.Time.OWN if number % 3 else LogEntry.Time.WORK,
        )
        for number in range(5000)
    )
    through = LogEntry.skills.through
    through.objects.bulk_create(through(logentry=one, skill=agile) for one in entries)
    print()
    for address in (LOG, f"{LOG}?page=200", "/learning/year/"):
        clock, work = quickest(client, address)
        print(f"{1000 * clock:6.0f} ms, {1000 * work:.0f} of work: {address} with 5,000 entries")
        assert work < 0.2
    with CaptureQueriesContext(connection) as many:
        client.get(LOG)
    assert len(many) == len(few)


# --- Signed out while typing -----------------------------------------------------------------


def test_what_was_typed_is_back_after_signing_in(client, member):
    data = filled(title="Long afternoon", written_by=str(member.public_id))
    response = client.post(LOG, data)
    assert response["Location"] == "/account/login/?next=/learning/"
    assert not LogEntry.objects.exists()
    client.force_login(member)
    html = client.get(LOG).content.decode()
    assert "You were signed out before this was saved" in html
    assert "Long afternoon" in html
    assert "Long afternoon" not in client.get(LOG, {"new": 1}).content.decode()
    client.post(LOG, data)
    assert LogEntry.objects.get().title == "Long afternoon"
    assert "You were signed out" not in client.get(LOG).content.decode()


def test_what_somebody_else_typed_at_this_computer_is_not_shown(client, member, outsider):
    client.post(LOG, filled(title="Long afternoon", written_by=str(member.public_id)))
    client.force_login(outsider)
    assert "Long afternoon" not in client.get(LOG).content.decode()


def test_nothing_sent_by_a_stranger_breaks_the_page(client, member):
    client.post(LOG, {"written_by": str(member.public_id), "done_on-day": "x", "skills": ["y"]})
    client.force_login(member)
    assert client.get(LOG).status_code == 200


# --- Changing --------------------------------------------------------------------------------


def change(client, entry, **changes):
    data = filled(version=entry.version, **changes)
    del data["form_key"]
    return client.post(f"/learning/entries/{entry.pk}/change/", data)


def test_an_entry_can_be_changed(client, read, member, release):
    entry = factories.log_entry(member, skills=[skill(release, "Cloud")])
    html = read(f"/learning/entries/{entry.pk}/change/")
    assert entry.title in html
    assert change(client, entry, skills=[skill(release, "User focus").pk]).status_code == 302
    entry.refresh_from_db()
    assert (entry.title, entry.version) == ("Read the service manual", 2)
    assert [one.slug for one in entry.skills.all()] == ["user-focus"]
    assert "Read the service manual" in read(f"/learning/entries/{entry.pk}/")


def test_a_second_tab_shows_both_and_overwrites_nothing_unseen(client, member):
    client.force_login(member)
    entry = factories.log_entry(member)
    assert change(client, entry, title="First tab").status_code == 302
    response = change(client, entry, title="Second tab", **{"done_on-month": "March"})
    assert response.status_code == 409
    html = response.content.decode()
    assert "First tab" in html
    assert "Second tab" in html
    entry.refresh_from_db()
    assert entry.title == "First tab"
    keep = {
        field.attrs["name"]: field.attrs["value"]
        for field in parse(html).find("main")[0].find("input", type="hidden")
    }
    assert client.post(f"/learning/entries/{entry.pk}/change/", keep).status_code == 302
    entry.refresh_from_db()
    assert (entry.title, entry.done_on.month) == ("Second tab", 3)


def test_saving_the_same_twice_is_no_conflict(client, member):
    client.force_login(member)
    entry = factories.log_entry(member)
    for _ in range(2):
        assert change(client, entry).status_code == 302
    entry.refresh_from_db()
    assert entry.version == 2


# --- Deleting --------------------------------------------------------------------------------


def test_deleting_can_be_undone(client, member):
    client.force_login(member)
    entry = factories.log_entry(member, "Mistake")
    html = client.post(f"/learning/entries/{entry.pk}/delete/", follow=True).content.decode()
    assert "Deleted: Mistake" in html
    assert not LogEntry.objects.own(member).exists()
    assert client.get(f"/learning/entries/{entry.pk}/").status_code == 404
    assert "Mistake" in client.get("/learning/deleted/").content.decode()
    undo = parse(html).find("form", action=f"/learning/entries/{entry.pk}/restore/")
    assert undo
    client.post(undo[0].attrs["action"])
    assert LogEntry.objects.own(member).get() == entry


# --- Sharing ---------------------------------------------------------------------------------


def test_an_entry_is_shared_and_made_private_again(client, member, line_manager):
    entry = factories.log_entry(member, "Shadowing")
    client.force_login(member)
    url = f"/learning/entries/{entry.pk}/"
    form = parse(client.get(url).content.decode()).find("form", action=f"{url}share/")[0]
    shown = form.find("input", name="shown_manager")[0].attrs["value"]
    html = client.post(f"{url}share/", {"shown_manager": shown}, follow=True).content.decode()
    assert "Maud Ferrywell can now see this entry" in html
    client.force_login(line_manager)
    assert "Shadowing" in client.get("/learning/shared/").content.decode()
    html = client.get(url).content.decode()
    assert "Shared by Ned Thornbury" in html
    assert "Delete" not in html
    client.force_login(member)
    client.post(f"{url}stop-sharing/")
    client.force_login(line_manager)
    assert client.get(url).status_code == 404
    assert "Shadowing" not in client.get("/learning/shared/").content.decode()


def test_nothing_is_shared_with_a_manager_the_person_was_not_shown(client, member, outsider):
    entry = factories.log_entry(member)
    client.force_login(member)
    html = client.post(
        f"/learning/entries/{entry.pk}/share/",
        {"shown_manager": str(outsider.public_id)},
        follow=True,
    ).content.decode()
    assert "Your line manager changed while you were on this page" in html
    entry.refresh_from_db()
    assert entry.shared_with is None


def test_without_a_line_manager_there_is_nobody_to_share_with(client, outsider):
    entry = factories.log_entry(outsider)
    client.force_login(outsider)
    url = f"/learning/entries/{entry.pk}/"
    assert "You have no line manager in the portal" in client.get(url).content.decode()
    client.post(f"{url}share/", {"shown_manager": str(uuid.uuid4())})
    entry.refresh_from_db()
    assert entry.shared_with is None


def test_after_a_move_the_author_reads_that_nobody_sees_it(
    client, member, line_manager, operations, outsider
):
    entry = factories.log_entry(member, shared_with=line_manager)
    accounts_services.start_post(
        person=member,
        unit=operations,
        grade="HEO",
        line_manager=outsider,
        started_on=timezone.localdate(),
    )
    client.force_login(member)
    html = client.get(f"/learning/entries/{entry.pk}/").content.decode()
    assert "who is not your line manager now" in html
    assert "Share with your line manager" in html


@pytest.mark.parametrize("action", ["change", "delete", "restore", "share", "stop-sharing"])
def test_a_line_manager_reads_a_shared_entry_and_changes_nothing(
    client, member, line_manager, action
):
    entry = factories.log_entry(member, shared_with=line_manager)
    client.force_login(line_manager)
    assert client.post(f"/learning/entries/{entry.pk}/{action}/", filled()).status_code == 404


# --- Totals ----------------------------------------------------------------------------------


def test_a_year_adds_up_by_month_skill_and_kind(read, member, release):
    agile, cloud = skill(release, "Agile working"), skill(release, "Cloud")
    day = datetime.date(2025, 3, 31)
    factories.log_entry(member, done_on=day, duration_minutes=30, skills=[agile, cloud])
    factories.log_entry(
        member, done_on=day, duration_minutes=45, time="own", kind="video", skills=[agile]
    )
    factories.log_entry(member, done_on=datetime.date(2024, 12, 31))
    factories.log_entry(member, done_on=day, deleted_at=timezone.now())
    html = read("/learning/year/", year=2025)
    assert "2 entries, 1 hour 15 minutes: 30 minutes of work time and 45 minutes" in html
    rows = [
        [cell.text() for cell in row.walk() if cell.tag in ("td", "th")]
        for row in parse(html).find("tr")
    ]
    assert ["March 2025", "30", "45", "75"] in rows
    assert ["Agile working", "2", "30m", "45m", "1h 15m"] in rows
    assert ["Cloud", "1", "30m", "0m", "30m"] in rows
    assert ["Video", "1", "0m", "45m", "45m"] in rows
    assert ["Kind not given", "1", "30m", "0m", "30m"] in rows
    assert 'href="?year=2024"' in html


def test_a_year_takes_the_same_queries_for_one_entry_and_for_many(
    client, member, release, django_assert_max_num_queries
):
    client.force_login(member)
    factories.log_entry(member, skills=[skill(release, "Cloud")])
    with django_assert_max_num_queries(15) as few:
        client.get("/learning/year/")
    for name in ("Agile working", "Cloud", "User focus") * 5:
        factories.log_entry(member, skills=[skill(release, name)], kind="video", time="own")
    with django_assert_max_num_queries(15) as many:
        client.get("/learning/year/")
    assert len(many) == len(few)


def test_lists_of_entries_take_the_same_queries_for_one_and_for_many(
    client, member, line_manager, release, django_assert_max_num_queries
):
    def counts():
        taken = []
        for person, url in ((line_manager, "/learning/shared/"), (member, "/learning/deleted/")):
            client.force_login(person)
            client.get(url)  # what is read is noted the first time only
            with django_assert_max_num_queries(15) as queries:
                client.get(url)
            taken.append(len(queries))
        return taken

    def add():
        cloud = [skill(release, "Cloud")]
        factories.log_entry(member, shared_with=line_manager, skills=cloud)
        factories.log_entry(member, deleted_at=timezone.now(), skills=cloud)

    add()
    few = counts()
    for _ in range(11):
        add()
    assert counts() == few


def test_a_persons_entries_come_from_an_index_in_their_order(member):
    plan = LogEntry.objects.own(member).order_by("-done_on", "-pk")[:20].explain()
    if connection.vendor == "sqlite":
        assert "log_entry_person_done_on" in plan
        assert "TEMP B-TREE" not in plan
