"""Month-ends by themselves, cancelling, who is told, and the page of what is being compiled."""

import datetime

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, NoticeChoice
from accounts.permissions import GrantKind
from reports import compile as compiling
from reports import month_ends, services, tasks
from reports.models import GapReport
from tests import factories
from tests.reports.departments import DAY

pytestmark = pytest.mark.django_db
Status = GapReport.Status
TODAY = datetime.date(2026, 11, 25)


@pytest.fixture
def queued(skilled_department, report_reader):
    return ask(skilled_department, report_reader)


@pytest.fixture
def second_reader(department):
    return factories.person("Rowan Oakes", unit=department, grant=GrantKind.REPORT_READER)


def ask(unit, by):
    return services.request_gap_report(unit=unit, as_at=DAY, by=by)


def subjects_of(person):
    return list(Notice.objects.filter(recipient=person).values_list("subject", flat=True))


# --- Month-ends -------------------------------------------------------------------------------


def test_each_unit_with_a_report_reader_gets_the_last_month_once(
    department, digital, operations, report_reader, second_reader, ambassador
):
    own_reader = factories.person(unit=digital, grant=GrantKind.REPORT_READER)
    queued = month_ends.queue_month_end_reports(TODAY)
    reports = list(GapReport.objects.order_by("unit__path"))
    assert [report.unit for report in reports] == [department, digital]
    assert {(report.as_at, report.status, report.requested_by) for report in reports} == {
        (DAY, Status.QUEUED, None)
    }
    assert sorted(report.pk for report in reports) == queued
    assert set(reports[0].asked_by.all()) == {report_reader, second_reader}
    assert set(reports[1].asked_by.all()) == {own_reader}
    assert month_ends.queue_month_end_reports(TODAY) == []
    assert GapReport.objects.count() == 2


@pytest.mark.parametrize("status", Status.values)
def test_a_report_that_exists_is_left_alone_whatever_came_of_it(queued, status):
    made = {"digest": "d", "finished_at": timezone.now()} if status == "ready" else {}
    GapReport.objects.filter(pk=queued.pk).update(status=status, error="It broke.", **made)
    before = GapReport.objects.values().get()
    assert month_ends.queue_month_end_reports(TODAY) == []
    assert GapReport.objects.values().get() == before


def test_readers_who_lost_their_grant_or_account_make_no_reports(department, report_reader):
    report_reader.grants.update(withdrawn_at=timezone.now())
    gone = factories.person(unit=department, grant=GrantKind.REPORT_READER)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    assert month_ends.queue_month_end_reports(TODAY) == []


def test_month_ends_cost_the_same_queries_for_one_unit_and_for_many(
    department, report_reader, django_assert_num_queries
):
    for _ in range(12):
        unit = factories.unit(parent=department)
        factories.person(unit=unit, grant=GrantKind.REPORT_READER)
    with django_assert_num_queries(11):  # a savepoint and its release included
        assert len(month_ends.queue_month_end_reports(TODAY)) == 13


def test_beat_asks_each_day_and_the_task_tells_the_workers(department, report_reader, monkeypatch):
    (entry,) = (
        entry
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == tasks.request_month_end_reports.name
    )
    assert entry["schedule"].day_of_month == set(range(1, 32))
    sent = []
    monkeypatch.setattr(
        tasks.compile_gap_report, "apply_async", lambda args, **_: sent.append(*args)
    )
    tasks.request_month_end_reports()
    assert sent == [GapReport.objects.get().pk]


def test_a_month_ends_readers_are_told_when_it_is_ready(skilled_department, report_reader):
    (pk,) = month_ends.queue_month_end_reports(TODAY)
    compiling.compile_report(pk)
    assert subjects_of(report_reader) == ["The gap report for Department of Lanterns is ready"]


# --- Who is told ------------------------------------------------------------------------------


def test_everybody_who_asked_is_told_once(queued, report_reader, second_reader, skilled_department):
    ask(skilled_department, second_reader)
    ask(skilled_department, second_reader)
    compiling.compile_report(queued.pk)
    for person in (report_reader, second_reader):
        assert subjects_of(person) == ["The gap report for Department of Lanterns is ready"]


def test_who_asks_for_a_ready_report_is_not_told_of_it(ready_report, second_reader):
    ask(ready_report.unit, second_reader)
    assert not ready_report.asked_by.filter(pk=second_reader.pk).exists()
    assert subjects_of(second_reader) == []


def test_who_wants_no_such_notice_gets_none(queued, report_reader):
    NoticeChoice.objects.create(user=report_reader, kind="gap-report", delivery="off")
    compiling.compile_report(queued.pk)
    assert subjects_of(report_reader) == []


# --- Cancelling -------------------------------------------------------------------------------


def test_a_cancelled_report_stops_and_others_who_wait_are_told(
    queued, report_reader, second_reader, skilled_department
):
    ask(skilled_department, second_reader)
    assert services.cancel_gap_report(report=queued, by=report_reader)
    assert not services.cancel_gap_report(report=queued, by=report_reader)
    queued.refresh_from_db()
    assert (queued.status, queued.cancelled_by) == (Status.CANCELLED, report_reader)
    compiling.compile_report(queued.pk)
    tasks.sweep_gap_reports()
    queued.refresh_from_db()
    assert (queued.status, queued.attempt) == (Status.CANCELLED, 0)
    assert subjects_of(report_reader) == []
    assert subjects_of(second_reader) == ["The gap report for Department of Lanterns was cancelled"]


@pytest.mark.parametrize("step", ["read_inputs", "aggregate", "suppress", "write_result"])
def test_the_worker_of_a_cancelled_report_changes_nothing_more(
    queued, report_reader, monkeypatch, step
):
    run = getattr(compiling, step)

    def cancelled_meanwhile(*args):
        services.cancel_gap_report(report=queued, by=report_reader)
        before.append(GapReport.objects.values().get())
        return run(*args)

    before = []
    monkeypatch.setattr(compiling, step, cancelled_meanwhile)
    compiling.compile_report(queued.pk)
    assert [GapReport.objects.values().get()] == before
    assert before[0]["status"] == Status.CANCELLED
    assert not queued.sections.exists()
    assert not queued.files.exists()
    assert not Notice.objects.exists()


def test_the_error_of_a_cancelled_reports_worker_changes_nothing(queued, report_reader):
    attempt = GapReport.objects.claim(queued.pk)
    services.cancel_gap_report(report=queued, by=report_reader)
    before = GapReport.objects.values().get()
    compiling.record_failure(queued, attempt, "too late")
    assert GapReport.objects.values().get() == before


def test_a_cancelled_report_can_be_asked_for_again_and_the_old_worker_stays_out(
    queued, report_reader, second_reader
):
    old = compiling.Claim(queued.pk, GapReport.objects.claim(queued.pk))
    services.cancel_gap_report(report=queued, by=report_reader)
    ask(queued.unit, second_reader)
    queued.refresh_from_db()
    assert (queued.status, queued.cancelled_by) == (Status.QUEUED, None)
    GapReport.objects.claim(queued.pk)
    with pytest.raises(compiling.ClaimLostError):
        old.progress(50, "Late")
    GapReport.objects.filter(pk=queued.pk).update(status=Status.QUEUED)
    compiling.compile_report(queued.pk)
    assert subjects_of(second_reader) == ["The gap report for Department of Lanterns is ready"]
    assert subjects_of(report_reader) == []  # cancelled what they had asked for


def test_a_ready_report_cannot_be_cancelled(ready_report, report_reader):
    assert not services.cancel_gap_report(report=ready_report, by=report_reader)
    ready_report.refresh_from_db()
    assert ready_report.status == Status.READY


# --- Pages ------------------------------------------------------------------------------------


def page_of(report, name):
    return reverse(f"reports:{name}", args=[report.unit.slug, report.as_at])


def test_cancelling_asks_first_and_leads_to_asking_again(client, queued, report_reader):
    client.force_login(report_reader)
    assert "Cancel this report" in client.get(queued.get_absolute_url()).text
    assert (
        "Cancel the report of Department of Lanterns" in client.get(page_of(queued, "cancel")).text
    )
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED
    answer = client.post(page_of(queued, "cancel"), follow=True)
    assert "You have cancelled the gap report" in answer.text
    assert "was cancelled by Rhoda Marchbank" in answer.text
    assert "Ask for it again" in answer.text
    assert client.get(page_of(queued, "cancel")).url == queued.get_absolute_url()
    twice = client.post(page_of(queued, "cancel"), follow=True)
    assert "You have cancelled" not in twice.text
    client.post(page_of(queued, "ask_again"))
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED


def test_who_asked_may_cancel_and_others_need_the_permission(
    client, skilled_department, ambassador, report_reader
):
    report = ask(skilled_department, report_reader)
    client.force_login(ambassador)
    assert client.post(page_of(report, "cancel")).status_code == 403
    assert "Cancel this report" not in client.get(report.get_absolute_url()).text
    GapReport.objects.update(requested_by=ambassador)
    assert client.post(page_of(report, "cancel")).status_code == 302
    report.refresh_from_db()
    assert report.status == Status.CANCELLED


def test_the_page_of_running_reports_says_how_far_since_when_and_what_next(
    client, queued, digital, operations, report_reader
):
    client.force_login(report_reader)
    claim = compiling.Claim(queued.pk, GapReport.objects.claim(queued.pk))
    claim.progress(60, "Counting people and levels")
    services.enqueue_gap_report(unit=digital, as_at=DAY, by=None)
    failed = ask(operations, report_reader)
    GapReport.objects.filter(pk=failed.pk).update(
        status="failed", error="The abacus broke.", finished_at=timezone.now()
    )
    page = client.get(reverse("reports:running")).text
    assert "Counting people and levels: 60%" in page
    assert "It has been compiling since" in page
    assert "Rhoda Marchbank asked for it on" in page
    assert "It was queued by the monthly schedule on" in page
    assert "It starts by itself, usually within a minute." in page
    assert "failed. The abacus broke." in page


def test_nothing_running_is_said(client, report_reader):
    client.force_login(report_reader)
    assert "Nothing is being compiled" in client.get(reverse("reports:running")).text


def test_running_reports_of_other_units_are_not_shown(client, queued, digital):
    client.force_login(factories.person(unit=digital, grant=GrantKind.REPORT_READER))
    assert "Department of Lanterns" not in client.get(reverse("reports:running")).text


def test_the_page_of_running_reports_costs_the_same_for_one_and_for_many(
    client, department, report_reader, django_assert_num_queries
):
    client.force_login(report_reader)
    ask(department, report_reader)
    client.get(reverse("reports:running"))
    for _ in range(12):
        ask(factories.unit(parent=department), report_reader)
    with django_assert_num_queries(7):
        client.get(reverse("reports:running"))
