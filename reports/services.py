"""Writes to gap reports that people ask for."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.publishing import publish_on_commit
from reports import tasks
from reports.models import GapReport


@transaction.atomic
def request_gap_report(*, unit, as_at, by):
    """The gap report for this unit and day, queued the first time it is asked for.

    A report that failed is queued again, with as many attempts as a new one. Raises
    ValidationError for a day that is not over: its figures could still change.
    """
    report, is_queued = enqueue_gap_report(unit=unit, as_at=as_at, by=by)
    if is_queued:
        publish_on_commit(tasks.compile_gap_report, report.pk)
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
            "minimum_count": settings.REPORT_MINIMUM_COUNT,
            "attempt_limit": settings.REPORT_MAX_ATTEMPTS,
        },
    )
    requeued = 0
    if report.status == GapReport.Status.FAILED:
        # Fenced, so that two people asking at once start it once.
        requeued = GapReport.objects.filter(
            pk=report.pk, attempt=report.attempt, status=GapReport.Status.FAILED
        ).update(
            status=GapReport.Status.QUEUED,
            attempt_limit=F("attempt") + settings.REPORT_MAX_ATTEMPTS,
            requested_by=by,
            requested_at=timezone.now(),
            finished_at=None,
            progress_percent=0,
            progress_step="",
            error="",
        )
        report.refresh_from_db()
    return report, bool(created or requeued)
