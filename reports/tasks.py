"""Background work on gap reports. A task takes a key and calls one function."""

from celery import shared_task
from celery.signals import worker_ready

from accounts.publishing import publish
from reports import compile as compiling
from reports.models import GapReport


@shared_task
def compile_gap_report(report_id):
    compiling.compile_report(report_id)


@shared_task
def sweep_gap_reports():
    """Send every report that nobody works on again, of any age; fail those without attempts left.

    Safe to run at any time and any number of times, so lost messages and killed workers heal.
    """
    compiling.fail_exhausted_reports()
    waiting = GapReport.objects.without_worker().with_attempts_left()
    for report_id in waiting.order_by("requested_at").values_list("pk", flat=True):
        publish(compile_gap_report, report_id)


@worker_ready.connect
def sweep_when_a_worker_starts(**_):
    """Recovery does not wait for beat, which may be the program that died."""
    publish(sweep_gap_reports)
