"""Writes to gap reports that people ask for."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.publishing import publish_on_commit
from reports import audit_actions, tasks
from reports.compile import tell_of_cancelling
from reports.models import GapReport, GapReportFile
from reports.smallest_counts import counts_for


@transaction.atomic
def request_gap_report(*, unit, as_at, by):
    """The gap report for this unit and day, queued the first time it is asked for.

    A report that failed or was cancelled is queued again, with as many attempts as a new one.
    Whoever asks for a report that is not ready is told when it is. Raises ValidationError for a
    day that is not over: its figures could still change.
    """
    report, is_queued = enqueue_gap_report(unit=unit, as_at=as_at, by=by)
    if is_queued:
        publish_on_commit(tasks.compile_gap_report, report.pk)
    if by is not None:
        audit.note(audit_actions.REPORT_ASKED, by=by, thing=f"gap report {report.pk}")
    return report


@transaction.atomic
def enqueue_gap_report(*, unit, as_at, by):
    """The report, and whether this call put it into the queue; the workers are not told."""
    if as_at >= timezone.localdate():
        raise ValidationError("Report date must be in the past.")
    report, created = GapReport.objects.get_or_create(
        unit=unit,
        as_at=as_at,
        defaults={
            "requested_by": by,
            "minimum_count": counts_for([unit], as_at)[unit.pk],
            "attempt_limit": settings.REPORT_MAX_ATTEMPTS,
        },
    )
    requeued = 0
    if report.status in {GapReport.Status.FAILED, GapReport.Status.CANCELLED}:
        # Fenced, so that two people asking at once start it once.
        requeued = GapReport.objects.filter(
            pk=report.pk, attempt=report.attempt, status=report.status
        ).update(
            status=GapReport.Status.QUEUED,
            attempt_limit=F("attempt") + settings.REPORT_MAX_ATTEMPTS,
            requested_by=by,
            requested_at=timezone.now(),
            cancelled_by=None,
            finished_at=None,
            progress_percent=0,
            progress_step="",
            error="",
        )
        report.refresh_from_db()
    if by is not None and not report.is_finished:
        report.asked_by.add(by)
    return report, bool(created or requeued)


@transaction.atomic
def cancel_gap_report(*, report, by):
    """Stop a report that is not finished; True for the one call that did.

    A worker that is at it finds its claim gone at its next step and changes nothing more. Others
    who wait for the report are told.
    """
    cancelled = (
        GapReport.objects.filter(pk=report.pk)
        .unfinished()
        .update(
            status=GapReport.Status.CANCELLED,
            cancelled_by=by,
            lease_until=None,
            finished_at=timezone.now(),
            progress_percent=0,
            progress_step="",
        )
    )
    if cancelled:
        report.refresh_from_db()
        tell_of_cancelling(report)
        # Who asks next is told of that report; nobody else is.
        report.asked_by.clear()
        audit.note(audit_actions.REPORT_CANCELLED, by=by, thing=f"gap report {report.pk}")
    return bool(cancelled)


@transaction.atomic
def make_file_again(*, file):
    """Queue a file that could not be made once more; True for the one call that did."""
    queued = GapReportFile.objects.filter(
        pk=file.pk, attempt=file.attempt, status=GapReportFile.Status.FAILED
    ).update(
        status=GapReportFile.Status.QUEUED,
        attempt_limit=F("attempt") + settings.REPORT_MAX_ATTEMPTS,
        finished_at=None,
        error="",
    )
    if queued:
        publish_on_commit(tasks.make_gap_report_file, file.pk)
    return bool(queued)
