"""Background work on gap reports. A task takes a key and calls one function."""

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from accounts.publishing import publish
from reports import compile as compiling
from reports import making, month_ends
from reports.models import GapReport, GapReportFile

# How much one sweep sends, the oldest first: what is beyond comes with the next ones, and a month's
# end with hundreds of reports and many workers does not flood the broker with repeats.
MOST_SENT = 100


@shared_task
def compile_gap_report(report_id):
    compiling.compile_report(report_id)
    waiting = GapReportFile.objects.filter(report=report_id).without_worker().with_attempts_left()
    for file_id in waiting.values_list("pk", flat=True):
        publish(make_gap_report_file, file_id)


@shared_task
def make_gap_report_file(file_id):
    making.make_file(file_id)


@shared_task
def request_month_end_reports():
    for report_id in month_ends.queue_month_end_reports(timezone.localdate()):
        publish(compile_gap_report, report_id)


@shared_task
def sweep_gap_reports():
    """Send reports and files that nobody works on again, of any age; fail what is exhausted.

    Safe to run at any time and any number of times, so lost messages and killed workers heal.
    """
    compiling.fail_exhausted_reports()
    waiting = GapReport.objects.without_worker().with_attempts_left()
    for report_id in waiting.order_by("requested_at").values_list("pk", flat=True)[:MOST_SENT]:
        publish(compile_gap_report, report_id)
    making.fail_exhausted_files()
    waiting = GapReportFile.objects.without_worker().with_attempts_left()
    for file_id in waiting.order_by("pk").values_list("pk", flat=True)[:MOST_SENT]:
        publish(make_gap_report_file, file_id)


@worker_ready.connect
def sweep_when_a_worker_starts(**_):
    """Recovery does not wait for beat, which may be the program that died."""
    publish(sweep_gap_reports)
