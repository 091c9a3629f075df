"""The life of a report's files: made once, by one worker, offered when made, read by few."""

import datetime
import hashlib
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from reports import compile as compiling
from reports import file_reading, making, services, tasks
from reports.leases import WORKER_LOST, ClaimLostError, Heartbeat
from reports.models import GapReportFile
from tests.reports.departments import DAY

pytestmark = pytest.mark.django_db
Status = GapReportFile.Status


@pytest.fixture
def file(ready_report):
    return ready_report.files.get(format="csv")


@pytest.fixture
def reader(client, report_reader):
    client.force_login(report_reader)
    return client


def address(name, report, *more):
    return reverse(f"reports:{name}", args=[report.unit.slug, report.as_at, *more])


def let_the_lease_run_out(file):
    past = timezone.now() - datetime.timedelta(seconds=1)
    GapReportFile.objects.filter(pk=file.pk).update(lease_until=past)


def always_fail(monkeypatch):
    def fail(*_):
        raise ArithmeticError("the abacus broke")

    monkeypatch.setattr(making, "write_content", fail)


def stored(file):
    return GapReportFile.objects.filter(pk=file.pk).values().get()


# --- Making -----------------------------------------------------------------------------------


def test_a_ready_report_has_a_queued_file_of_each_format(ready_report):
    assert set(ready_report.files.values_list("format", "status")) == {
        (each, Status.QUEUED) for each in ("csv", "ods", "pdf", "xlsx")
    }


def test_a_report_that_is_not_ready_has_none(skilled_department):
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=None)
    assert not report.files.exists()


def test_the_task_of_the_report_sends_for_its_files(skilled_department, monkeypatch):
    sent = []
    monkeypatch.setattr(
        tasks.make_gap_report_file, "apply_async", lambda args, **_: sent.append(*args)
    )
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=None)
    tasks.compile_gap_report(report.pk)
    assert sorted(sent) == sorted(report.files.values_list("pk", flat=True))


def test_a_file_is_made_once_and_never_again(file):
    tasks.make_gap_report_file(file.pk)
    before = stored(file)
    assert (before["status"], before["attempt"]) == (Status.MADE, 1)
    content = bytes(before["content"])
    assert before["digest"] == hashlib.sha256(content).hexdigest()
    assert before["size_bytes"] == len(content)
    tasks.make_gap_report_file(file.pk)
    assert stored(file) == before


def test_an_error_is_tried_again_and_the_third_fails_the_file(file, monkeypatch):
    always_fail(monkeypatch)
    for attempt in (1, 2, 3, 3):
        making.make_file(file.pk)
        file.refresh_from_db()
        assert file.attempt == attempt
    assert file.status == Status.FAILED
    assert file.error == "It stopped with an error (ArithmeticError)."


def test_the_sweep_fails_a_file_whose_last_worker_was_killed(file):
    for _ in range(3):
        GapReportFile.objects.claim(file.pk)
        let_the_lease_run_out(file)
    making.fail_exhausted_files()
    file.refresh_from_db()
    assert (file.status, file.error) == (Status.FAILED, WORKER_LOST)


def test_a_worker_that_wakes_up_late_changes_nothing(file, monkeypatch):
    write = making.write_content

    def finished_by_another(*args):
        monkeypatch.setattr(making, "write_content", write)
        let_the_lease_run_out(file)
        making.make_file(file.pk)
        finished.append(stored(file))
        return b"late"

    finished = []
    monkeypatch.setattr(making, "write_content", finished_by_another)
    making.make_file(file.pk)
    assert [stored(file)] == finished
    assert finished[0]["attempt"] == 2


def test_the_heartbeat_renews_the_lease_and_stops_a_worker_that_lost_it(file, settings):
    attempt = GapReportFile.objects.claim(file.pk)
    heartbeat = Heartbeat(GapReportFile.objects.held_by(file.pk, attempt))
    let_the_lease_run_out(file)
    heartbeat()  # too early to say so again
    assert stored(file)["lease_until"] < timezone.now()
    heartbeat.every = 0
    heartbeat()
    assert stored(file)["lease_until"] > timezone.now()
    let_the_lease_run_out(file)
    GapReportFile.objects.claim(file.pk)
    with pytest.raises(ClaimLostError):
        heartbeat()


# --- The page ---------------------------------------------------------------------------------


def test_before_a_file_is_made_its_page_says_so_and_then_offers_it(reader, ready_report):
    page = reader.get(address("files", ready_report)).text
    assert page.count("It is being made and will be offered here") == 4
    assert "0 of 4 files made" in page
    assert "govuk/progress.js" in page
    state = reader.get(address("files_progress", ready_report)).json()
    assert (state["percent"], state["finished"]) == (0, False)
    for file in ready_report.files.all():
        making.make_file(file.pk)
    page = reader.get(address("files", ready_report)).text
    assert "being made" not in page
    assert "govuk/progress.js" not in page
    for file in ready_report.files.all():
        assert f"Download {file.name}" in page
        assert file.digest in page
    state = reader.get(address("files_progress", ready_report)).json()
    assert (state["percent"], state["finished"]) == (100, True)


def test_a_failed_file_gives_its_reason_and_can_be_made_again(
    client, reader, ready_report, file, ambassador, django_capture_on_commit_callbacks
):
    GapReportFile.objects.filter(pk=file.pk).update(status="failed", error="It broke.", attempt=3)
    again = address("make_again", ready_report, "csv")
    assert "could not be made. It broke." in reader.get(address("files", ready_report)).text
    assert "Make it again" in reader.get(address("files", ready_report)).text
    with django_capture_on_commit_callbacks() as callbacks:
        for _ in range(2):
            assert reader.post(again).url == address("files", ready_report)
    assert len(callbacks) == 1
    file.refresh_from_db()
    assert (file.status, file.attempt, file.attempt_limit) == (Status.QUEUED, 3, 6)
    making.make_file(file.pk)
    before = stored(file)
    assert before["status"] == Status.MADE
    reader.post(again)
    assert stored(file) == before
    client.force_login(ambassador)
    assert client.post(again).status_code == 403


@pytest.mark.parametrize("extension", GapReportFile.Format.values)
def test_a_download_is_what_was_made_and_no_proxy_keeps_it(reader, ready_report, extension):
    file = ready_report.files.get(format=extension)
    assert reader.get(file.get_absolute_url()).status_code == 404
    making.make_file(file.pk)
    answer = reader.get(file.get_absolute_url())
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == stored(file)["digest"]
    assert answer["Content-Type"] == file_reading.CONTENT_TYPES[extension]
    assert answer["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert file.name == "gap-report-department-of-lanterns-2026-10-31." + (
        "csv.zip" if extension == "csv" else extension
    )


def test_access_is_checked_again_at_each_download(client, reader, file, report_reader, member):
    making.make_file(file.pk)
    assert reader.get(file.get_absolute_url()).status_code == 200
    report_reader.grants.update(withdrawn_at=timezone.now())
    assert reader.get(file.get_absolute_url()).status_code == 404
    client.force_login(member)
    assert client.get(file.get_absolute_url()).status_code == 404


def test_a_download_is_noted_in_the_audit_log(reader, file, report_reader):
    making.make_file(file.pk)
    reader.get(file.get_absolute_url())
    entry = AuditEntry.objects.get(action="report-downloaded")
    assert (entry.actor, entry.thing) == (report_reader, f"gap report file {file.pk}")


def test_a_format_that_does_not_exist_is_no_page(reader, ready_report):
    assert reader.get(address("file", ready_report, "docx")).status_code == 404
    assert reader.post(address("make_again", ready_report, "docx")).status_code == 404


def test_pages_do_not_read_the_content_of_files(
    reader, ready_report, django_assert_max_num_queries
):
    for file in ready_report.files.all():
        making.make_file(file.pk)
    with django_assert_max_num_queries(12) as queries:
        reader.get(address("files", ready_report))
    assert not [query for query in queries if '"content"' in query["sql"]]


def test_figures_are_in_no_column_besides_the_content(file):
    making.make_file(file.pk)
    row = stored(file) | {"content": None}
    assert "User focus" not in json.dumps(row, default=str)


def test_files_go_with_their_report(ready_report):
    ready_report.delete()
    assert not GapReportFile.objects.exists()


def test_visible_files_are_those_of_visible_reports(file, report_reader, member):
    assert file in GapReportFile.objects.visible_to(report_reader)
    assert not GapReportFile.objects.visible_to(member).exists()
    assert compiling.WORKER_LOST == WORKER_LOST
