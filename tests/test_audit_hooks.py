"""What is noted in the audit log, asked of the pages and services themselves."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import audit, cover, services
from accounts.models import AuditEntry
from accounts.permissions import GrantKind
from assessments.audit_actions import RATINGS_READ
from assessments.services.reviews import Said, save_review
from reports import services as report_services
from tests import factories

pytestmark = pytest.mark.django_db


def noted(*, since=0):
    """(action, actor, subject, thing) of each entry, the oldest first."""
    entries = AuditEntry.objects.filter(number__gt=since).order_by("number")
    return [(one.action, one.actor, one.subject, one.thing) for one in entries]


@pytest.fixture
def submitted(member, line_manager):
    release = factories.release()
    factories.chosen_role_level(member, factories.role_level_of(release))
    levels = {"Agile working": 1, "User focus": 3}
    return factories.submitted(member, release, levels, to=line_manager)


# --- Reading ---------------------------------------------------------------------------------


def test_a_line_managers_reading_is_noted_and_the_persons_own_is_not(
    client, member, line_manager, submitted
):
    review = factories.reviewed(submitted, {"Agile working": "agree"}, by=line_manager)
    entry = factories.log_entry(member, shared_with=line_manager)
    pages = {
        reverse("assessments:result", args=[submitted.pk]): "ratings-read",
        reverse("assessments:review", args=[submitted.pk]): "ratings-read",
        reverse("assessments:review_answers", args=[submitted.pk]): "review-read",
        reverse("assessments:review_answer", args=[review.answers.get().pk]): "review-read",
        reverse("assessments:team"): "team-read",
        reverse("assessments:team_csv"): "team-downloaded",
        reverse("learning:entry", args=[entry.pk]): "log-entry-read",
        reverse("learning:shared_entries"): "log-entries-read",
    }
    client.force_login(member)
    for page in pages:
        client.get(page)
    assert [line for line in noted() if line[0] != "refused"] == []
    client.force_login(line_manager)
    for page in pages:
        assert client.get(page).status_code == 200
    read = [line for line in noted() if line[0] != "refused"]
    assert {line[:3] for line in read} == {
        (action, line_manager, member) for action in pages.values()
    }
    # The two pages with the same thing are noted once, and opening all again adds nothing.
    assert len(read) == len(pages) - 2
    count = len(noted())
    for page in pages:
        client.get(page)
    assert len(noted()) == count


def test_a_team_is_noted_person_by_person_in_a_fixed_number_of_queries(
    client, digital, line_manager, submitted, django_assert_max_num_queries
):
    release = submitted.release
    for _ in range(8):
        one = factories.person(unit=digital, line_manager=line_manager)
        factories.chosen_role_level(one, submitted.role_level)
        factories.submitted(one, release, {"Agile working": 2}, to=line_manager)
    factories.person(unit=digital, line_manager=line_manager)  # of whom nothing is shown
    client.force_login(line_manager)
    with django_assert_max_num_queries(25):
        client.get(reverse("assessments:team"))
    assert [line[0] for line in noted()] == ["team-read"] * 9
    assert audit.verify().problems == []


def test_an_entry_carries_the_id_of_its_request(client, line_manager, submitted):
    client.force_login(line_manager)
    page = reverse("assessments:result", args=[submitted.pk])
    answer = client.get(page, headers={"X-Request-ID": "from-a-proxy-1"})
    assert answer["X-Request-ID"] == "from-a-proxy-1"
    assert AuditEntry.objects.get().request_id == "from-a-proxy-1"


# --- Refusals --------------------------------------------------------------------------------


def test_a_refused_page_is_noted_once_an_hour(client, outsider, member, submitted):
    client.force_login(outsider)
    for _ in range(2):
        client.get(reverse("assessments:result", args=[submitted.pk]))
        client.get(member.get_absolute_url())
        client.get(reverse("accounts:people"))
        client.get("/nothing-is-here/")
    assert noted() == [
        ("refused", outsider, None, f"assessments:result {submitted.pk}"),
        ("refused", outsider, member, f"accounts:person {member.public_id}"),
        ("refused", outsider, None, "accounts:people"),
    ]


def test_what_somebody_typed_into_an_address_is_not_noted(client, outsider):
    client.force_login(outsider)
    client.get(reverse("accounts:unit", args=["canary-jane-doe"]))
    assert noted() == [("refused", outsider, None, "accounts:unit")]


def test_nobody_signed_in_leaves_no_entry(client, member):
    client.get(member.get_absolute_url())
    client.get(reverse("openid_connect_callback", args=["nobody"]))
    assert noted() == []


# --- Writing ---------------------------------------------------------------------------------


def test_grants_posts_and_cover_are_noted(digital, member, line_manager, system_administrator):
    by, since = system_administrator, AuditEntry.objects.count()
    today = timezone.localdate()
    grant = services.give_grant(user=member, kind=GrantKind.AMBASSADOR, unit=digital, by=by)
    services.give_grant(user=member, kind=GrantKind.AMBASSADOR, unit=digital, by=by)
    services.withdraw_grant(grant=grant, by=by)
    services.withdraw_grant(grant=grant, by=by)
    post = services.move_person(
        person=member, unit=digital, grade="SEO", line_manager=None, started_on=today, by=by
    )
    given = cover.give_cover(
        manager=line_manager, cover=member, first_day=today, last_day=today, by=line_manager
    )
    cover.withdraw_cover(cover=given, by=line_manager)
    cover.withdraw_cover(cover=given, by=line_manager)
    services.close_account(person=member, last_day=today, by=by)
    assert noted(since=since) == [
        ("grant-given", by, member, f"grant {grant.pk}"),
        ("grant-withdrawn", by, member, f"grant {grant.pk}"),
        ("post-changed", by, member, f"post {post.pk}"),
        ("cover-given", line_manager, line_manager, f"cover {given.pk}"),
        ("cover-ended", line_manager, line_manager, f"cover {given.pk}"),
        ("account-closed", by, member, ""),
    ]


def test_a_new_person_is_noted(digital, system_administrator):
    since = AuditEntry.objects.count()
    person = services.add_person(
        email="nell.farrow@example.gov.uk",
        full_name="Nell Farrow",
        unit=digital,
        grade="EO",
        started_on=timezone.localdate(),
        by=system_administrator,
    )
    post = person.posts.get()
    added = ("person-added", system_administrator, person, f"post {post.pk}")
    assert noted(since=since) == [added]


def test_a_review_is_noted_when_it_is_finished(member, line_manager, submitted):
    said = {submitted.ratings.first().pk: Said(kind="agree")}
    common = {"self_assessment": submitted, "by": line_manager, "after": None, "leave_rest": True}
    outcome = save_review(**common, said=said, finish=False)
    assert noted() == []
    save_review(**common, said=said, finish=True)
    assert noted() == [("review-finished", line_manager, member, f"review {outcome.review.pk}")]


def test_gap_reports_asked_for_and_cancelled_are_noted(department, report_reader):
    since = AuditEntry.objects.count()
    day = timezone.localdate() - datetime.timedelta(days=1)
    report = report_services.request_gap_report(unit=department, as_at=day, by=report_reader)
    report_services.cancel_gap_report(report=report, by=report_reader)
    report_services.cancel_gap_report(report=report, by=report_reader)
    assert noted(since=since) == [
        ("report-asked", report_reader, None, f"gap report {report.pk}"),
        ("report-cancelled", report_reader, None, f"gap report {report.pk}"),
    ]


def test_a_new_password_is_noted(client, member):
    client.force_login(member)
    page = reverse("account_change_password")
    new = "harbour-lantern-8"
    form = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    client.post(page, form)
    assert ("password-changed", member, member, "") in noted()


# --- The two pages ---------------------------------------------------------------------------


def test_people_see_who_looked_and_not_who_was_refused(
    client, member, line_manager, outsider, submitted
):
    client.force_login(outsider)
    client.get(member.get_absolute_url())
    client.force_login(line_manager)
    client.get(reverse("assessments:result", args=[submitted.pk]))
    client.force_login(member)
    assert reverse("accounts:who_looked") in client.get(member.get_absolute_url()).text
    page = client.get(reverse("accounts:who_looked")).text
    assert "Maud Ferrywell" in page and "Read a self-assessment" in page
    assert "Olive Quillmoor" not in page


def test_nobody_sees_what_was_done_to_somebody_else(client, member, outsider, line_manager):
    audit.note(RATINGS_READ, by=line_manager, about=member)
    client.force_login(outsider)
    assert "Nobody else has looked" in client.get(reverse("accounts:who_looked")).text
    assert not AuditEntry.objects.visible_to(outsider).exists()
    assert list(AuditEntry.objects.visible_to(member)) == list(AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, True),
        ({"who": "ferrywell"}, True),
        ({"who": "quillmoor"}, False),
        ({"about": "thornbury"}, True),
        ({"about": "ferrywell"}, False),
        ({"action": "ratings-read"}, True),
        ({"action": "grant-withdrawn"}, False),
        ({"first_day-day": "1", "first_day-month": "1", "first_day-year": "2020"}, True),
        ({"last_day-day": "1", "last_day-month": "1", "last_day-year": "2020"}, False),
    ],
)
def test_the_log_is_filtered(client, member, line_manager, system_administrator, query, shown):
    audit.note(RATINGS_READ, by=line_manager, about=member)
    client.force_login(system_administrator)
    page = client.get(reverse("accounts:audit_log"), query).text
    assert ("Ned Thornbury" in page) is shown


@pytest.mark.parametrize("year", ["0001", "9999", "200", "x"])
def test_odd_days_are_refused_in_words(client, system_administrator, year):
    client.force_login(system_administrator)
    query = {f"last_day-{part}": "1" for part in ("day", "month")} | {"last_day-year": year}
    answer = client.get(reverse("accounts:audit_log"), query)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text


@pytest.mark.parametrize("address", ["accounts:who_looked", "accounts:audit_log"])
def test_a_long_page_takes_as_many_queries_as_a_short_one(
    client, digital, member, system_administrator, address, django_assert_max_num_queries
):
    people = [factories.person(unit=digital) for _ in range(60)]
    for person in people:
        audit.note(RATINGS_READ, by=person, about=system_administrator)
    client.force_login(system_administrator)
    with django_assert_max_num_queries(12):
        page = client.get(reverse(address)).text
    assert page.count("Read a self-assessment") >= 50
    assert "page=2" in page
