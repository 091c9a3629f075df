"""Gap reports on the real broker, worker and beat, while these are killed, frozen and lost.

However the work is disturbed, a report that was asked for ends ready once, with the digest that
an undisturbed compile gives and one notice; or failed once, with a reason.
"""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from accounts.publishing import publish
from reports import compile as compiling
from reports import services, tasks
from reports.models import GapReport, GapReportSection
from tests import factories
from tests.faults.conftest import SHORT_TIMES
from tests.faults.programs import wait_until
from tests.reports.departments import DAY, fill

pytestmark = pytest.mark.django_db(transaction=True)
LEASE_SECONDS = int(SHORT_TIMES["REPORT_LEASE_SECONDS"])


@pytest.fixture(autouse=True)
def mail(tmp_path, monkeypatch):
    """The folder into which workers write their e-mails."""
    folder = tmp_path / "mail"
    monkeypatch.setenv("EMAIL_FILE_PATH", str(folder))
    return folder


@pytest.fixture
def release(db):
    return factories.release(skills=["Agile working", "User focus", "Data ethics"])


@pytest.fixture
def skilled_department(department, digital, operations, release):
    for place, unit in enumerate([digital, operations]):
        fill(unit, release, people=20, shift=place)
    return department


@pytest.fixture
def undisturbed(skilled_department):
    """The digest of the report when nothing goes wrong."""
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=None)
    compiling.compile_report(report.pk)
    digest = GapReport.objects.get().digest
    GapReport.objects.all().delete()
    return digest


def ask(unit, by):
    return services.request_gap_report(unit=unit, as_at=DAY, by=by)


def finished(report):
    report.refresh_from_db()
    return report.is_finished


def assert_ready_once(report, digest, *, attempt=None):
    wait_until(lambda: finished(report), seconds=60, what="the report")
    assert (report.status, report.digest) == ("ready", digest), report.error
    if attempt is not None:
        assert report.attempt == attempt
    assert GapReport.objects.count() == 1
    assert GapReportSection.objects.of_units().count() == 3
    assert Notice.objects.count() == 1


def test_a_report_is_compiled_by_the_worker_and_its_notice_sent(
    skilled_department, report_reader, undisturbed, worker, mail
):
    report = ask(skilled_department, report_reader)
    assert_ready_once(report, undisturbed, attempt=1)
    wait_until(lambda: Notice.objects.filter(email_sent_at__isnull=False), what="the e-mail")
    assert len(list(mail.iterdir())) == 1


def test_asking_twice_makes_one_report(skilled_department, report_reader, undisturbed, worker):
    reports = {ask(skilled_department, report_reader).pk for _ in range(2)}
    assert len(reports) == 1
    assert_ready_once(GapReport.objects.get(), undisturbed, attempt=1)


@pytest.mark.parametrize("step", ["read_inputs", "write_result"])
def test_kill_9_of_the_worker_in_mid_report_while_beat_is_dead(
    skilled_department, report_reader, undisturbed, start_worker, latches, step
):
    """Criterion R2: workers look for lost reports by themselves, so beat is not needed."""
    latches.hold(step)
    doomed = start_worker("doomed")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached(step)
    doomed.kill()
    latches.release(step)
    killed_at = time.monotonic()
    start_worker("second")
    assert_ready_once(report, undisturbed, attempt=2)
    assert time.monotonic() - killed_at < LEASE_SECONDS + 60


def test_kill_9_of_the_worker_while_it_makes_a_file(
    skilled_department, report_reader, undisturbed, start_worker, latches
):
    latches.hold("store")
    doomed = start_worker("doomed")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached("store")
    doomed.kill()
    latches.release("store")
    start_worker("second")
    wait_until(lambda: report.files.made().count() == 4, what="the files")
    assert_ready_once(report, undisturbed, attempt=1)
    assert sorted(report.files.values_list("attempt", flat=True)) == [1, 1, 1, 2]


@pytest.mark.parametrize("step", ["aggregate", "write_result"])
def test_a_report_cancelled_in_mid_compile_stays_cancelled(
    skilled_department, report_reader, worker, latches, step
):
    latches.hold(step)
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached(step)
    assert services.cancel_gap_report(report=report, by=report_reader)
    before = GapReport.objects.values().get()
    latches.release(step)
    worker.wait_for(f"Attempt 1 at gap report {report.pk} was overtaken")
    assert GapReport.objects.values().get() == before
    assert not GapReportSection.objects.exists()
    assert not Notice.objects.exists()


def test_kill_9_of_the_process_that_runs_the_task(
    skilled_department, report_reader, undisturbed, worker, latches, beat
):
    latches.hold("suppress")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached("suppress")
    worker.kill_pool_process()
    latches.release("suppress")
    assert_ready_once(report, undisturbed, attempt=2)


def test_kill_9_of_the_broker_in_mid_report(
    skilled_department, report_reader, undisturbed, worker, latches, broker, mail, beat
):
    step = "write_result"
    latches.hold(step)
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached(step)
    broker.kill()
    latches.release(step)
    assert_ready_once(report, undisturbed, attempt=1)
    broker.start()
    wait_until(lambda: Notice.objects.filter(email_sent_at__isnull=False), what="the e-mail")
    assert len(list(mail.iterdir())) == 1


def test_a_broker_that_forgets_everything_in_mid_report(
    skilled_department, report_reader, undisturbed, worker, latches, broker, beat
):
    latches.hold("read_inputs")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached("read_inputs")
    broker.forget()
    broker.start()
    latches.release("read_inputs")
    assert_ready_once(report, undisturbed)


def test_a_lost_message_is_made_good_when_a_worker_starts_without_beat(
    skilled_department, report_reader, undisturbed, broker, start_worker
):
    report = ask(skilled_department, report_reader)
    broker.forget()
    broker.start()
    start_worker()
    assert_ready_once(report, undisturbed, attempt=1)


@pytest.mark.parametrize(("end", "back"), [("kill", "start"), ("freeze", "thaw")])
def test_pages_answer_while_the_broker_is_down_and_the_report_starts_when_it_is_back(
    skilled_department,
    report_reader,
    member,
    release,
    undisturbed,
    broker,
    worker,
    beat,
    client,
    end,
    back,
):
    # From today, so that the report of an earlier day stays as it is.
    role_level, today = factories.role_level_of(release), timezone.localdate()
    factories.chosen_role_level(member, role_level, started_on=today)
    draft = factories.draft(member, release)
    for name in ("Agile working", "User focus", "Data ethics"):
        factories.answer(draft, name)
    publish(tasks.sweep_gap_reports)  # a connection is open, as in a process that runs for days
    getattr(broker, end)()

    with under_3_seconds():
        signed_in = client.post(
            reverse("account_login"),
            {"login": member.email, "password": factories.PASSWORD},
        )
    assert signed_in.status_code == 302
    check = reverse("assessments:check_answers", args=[draft.pk])
    page = client.get(check)
    with under_3_seconds():
        client.post(check, {"shown_manager": page.context["form"]["shown_manager"].value()})
    draft.refresh_from_db()
    assert draft.submitted_at is not None
    Notice.objects.all().delete()  # the line manager's, about the submission

    client.force_login(report_reader)
    with under_3_seconds():
        answer = client.post(
            reverse("reports:request"), {"unit": skilled_department.slug, "as_at": str(DAY)}
        )
    report = GapReport.objects.get()
    assert answer.url == report.get_absolute_url()
    with under_3_seconds():
        assert "waiting to be compiled" in client.get(answer.url).text

    getattr(broker, back)()
    assert_ready_once(report, undisturbed, attempt=1)


class under_3_seconds:
    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            assert time.monotonic() - self.began < 3


def test_the_same_message_five_times_and_two_beats(
    skilled_department, report_reader, undisturbed, start_worker, latches, start_beat
):
    latches.hold("aggregate")
    start_worker("first", pool_processes=2)
    start_beat("first-beat")
    start_beat("second-beat")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached("aggregate")
    for _ in range(5):
        assert publish(tasks.compile_gap_report, report.pk)
    latches.release("aggregate")
    assert_ready_once(report, undisturbed)
    before = GapReport.objects.values().get()
    for _ in range(5):
        publish(tasks.compile_gap_report, report.pk)
    time.sleep(3)
    assert GapReport.objects.values().get() == before
    assert Notice.objects.count() == 1


def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(
    skilled_department, report_reader, undisturbed, start_worker, latches, start_beat
):
    latches.hold("write_result")
    frozen = start_worker("frozen")
    report = ask(skilled_department, report_reader)
    latches.wait_until_reached("write_result")
    frozen.freeze()
    latches.release("write_result")
    start_worker("second")
    start_beat()
    assert_ready_once(report, undisturbed, attempt=2)
    before = GapReport.objects.values().get(), list(GapReportSection.objects.values())
    frozen.thaw()
    frozen.wait_for(f"Attempt 1 at gap report {report.pk} was overtaken")
    assert (GapReport.objects.values().get(), list(GapReportSection.objects.values())) == before
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("raise", "It stopped with an error (ArithmeticError)."), ("kill", compiling.WORKER_LOST)],
)
def test_a_report_that_always_crashes_stops_after_three_attempts_and_others_finish(
    skilled_department, report_reader, digital, worker, latches, beat, fault, reason
):
    crash = latches.folder / f"aggregate.{fault}"
    crash.touch()
    report = ask(skilled_department, report_reader)
    wait_until(lambda: finished(report), seconds=60, what="the report to fail")
    crash.unlink()
    assert (report.status, report.attempt, report.error) == ("failed", 3, reason)
    other = ask(digital, report_reader)
    wait_until(lambda: finished(other), seconds=60, what="the other report")
    assert other.status == "ready"
    report.refresh_from_db()
    assert (report.status, report.attempt) == ("failed", 3)
    assert not report.sections.exists()
    assert Notice.objects.filter(link=report.get_absolute_url()).count() == 1
