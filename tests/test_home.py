"""The home page: what each person can do, and their notices."""

import datetime
import gzip

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from accounts.notices import queue_notice
from reports.compile import compile_report
from reports.services import enqueue_gap_report
from tests import factories

pytestmark = pytest.mark.django_db


def labels(response):
    return [entry["label"] for entry in response.context["navigation"]]


def test_the_menu_shows_what_each_person_may_do(
    client, member, line_manager, report_reader, organisation_administrator
):
    seen = {}
    for person in (member, line_manager, report_reader, organisation_administrator):
        client.force_login(person)
        seen[person] = labels(client.get(reverse("home")))
    assert seen[member] == ["Home", "Your skills", "Your learning", "Frameworks"]
    assert {"Your team", "Assignments"} <= set(seen[line_manager])
    assert "Gap reports" in seen[report_reader]
    assert "People" in seen[organisation_administrator]


def test_an_ambassador_finds_units_assignments_and_the_newest_gap_report(
    client, ambassador, department, digital, member
):
    made = factories.assignment(ambassador, unit=digital, title="Retrospectives")
    factories.assignment(
        ambassador, unit=digital, due_on=timezone.localdate() - datetime.timedelta(days=3)
    )
    client.force_login(ambassador)
    page = client.get(reverse("ambassador")).text
    assert "No gap report yet" in page
    assert "1 open, 1 past the due date" in page
    assert made.get_absolute_url() in page
    for day in (datetime.date(2026, 1, 31), datetime.date(2026, 2, 28)):
        report, _ = enqueue_gap_report(unit=department, as_at=day, by=None)
        compile_report(report.pk)
    page = client.get(reverse("ambassador")).text
    assert "Gap report as at 28 February 2026" in page
    assert "31 January" not in page
    assert "Ambassador" in labels(client.get(reverse("home")))


@pytest.mark.parametrize("assignments", [1, 30])
def test_the_ambassadors_page_takes_the_same_queries_for_one_and_many(
    client, ambassador, digital, assignments, django_assert_num_queries
):
    for _ in range(assignments):
        factories.assignment(ambassador, unit=digital)
    client.force_login(ambassador)
    with django_assert_num_queries(12):
        client.get(reverse("ambassador"))


def test_sign_in_is_asked_for(client):
    response = client.get(reverse("home"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_notices_are_shown_and_marked_as_read(client, member):
    queue_notice(recipient=member, key="a", subject="Your report is ready", body="-", link="/x/")
    client.force_login(member)
    page = client.get(reverse("home")).content.decode()
    assert 'href="/x/"' in page
    assert "Mark all as read" in page
    client.post(reverse("mark_notices_read"))
    assert Notice.objects.get().read_at is not None
    assert "Mark all as read" not in client.get(reverse("home")).content.decode()


def test_reading_somebody_elses_notices_is_impossible(client, member, outsider):
    queue_notice(recipient=member, key="a", subject="For Ned only", body="-")
    client.force_login(outsider)
    client.post(reverse("mark_notices_read"))
    assert Notice.objects.get().read_at is None
    assert "For Ned only" not in client.get(reverse("home")).content.decode()


def test_the_number_of_queries_is_the_same_for_one_notice_and_for_twelve(
    client, member, django_assert_max_num_queries
):
    client.force_login(member)
    counts = []
    for numbers in (range(1), range(1, 12)):
        for number in numbers:
            queue_notice(recipient=member, key=f"{number}", subject="Note", body="-", link="/x/")
        with django_assert_max_num_queries(9) as made:
            client.get(reverse("home"))
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_health_pages_answer_without_sign_in(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ok"


def test_pages_are_small_on_the_wire(client, member):
    client.force_login(member)
    plain = client.get(reverse("home"))
    packed = client.get(reverse("home"), headers={"accept-encoding": "gzip"})
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert b"Ned Thornbury" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 2


def test_no_copy_of_a_page_is_kept(client, member):
    client.force_login(member)
    assert "no-store" in client.get(reverse("home"))["Cache-Control"]
