"""Gap reports: the row that drives the work, and the publishable figures."""

import datetime
import json

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Unit
from accounts.permissions import Permission


class GapReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports of units for which the user may read gap reports."""
        return self.filter(unit__in=Unit.objects.where(user, Permission.READ_GAP_REPORTS))

    def ready(self):
        return self.filter(status=GapReport.Status.READY)

    def unfinished(self):
        return self.filter(status__in=[GapReport.Status.QUEUED, GapReport.Status.COMPILING])

    def without_worker(self):
        """Reports that nobody works on: queued, or compiling with a lease that has run out."""
        return self.filter(
            Q(status=GapReport.Status.QUEUED)
            | Q(status=GapReport.Status.COMPILING, lease_until__lt=timezone.now())
        )

    def with_attempts_left(self):
        return self.filter(attempt__lt=F("attempt_limit"))

    def without_attempts_left(self):
        return self.filter(attempt__gte=F("attempt_limit"))

    def held_by(self, pk, attempt):
        """The report while this attempt holds it: every write of a compile goes through here."""
        return self.filter(pk=pk, attempt=attempt, status=GapReport.Status.COMPILING)

    @transaction.atomic
    def claim(self, pk):
        """Take a report that nobody works on: its new attempt number, or None for all but one."""
        claimed = (
            self.filter(pk=pk)
            .without_worker()
            .with_attempts_left()
            .update(
                status=GapReport.Status.COMPILING,
                attempt=F("attempt") + 1,
                lease_until=new_lease(),
                progress_percent=0,
                progress_step="Starting",
                started_at=timezone.now(),
            )
        )
        return self.values_list("attempt", flat=True).get(pk=pk) if claimed else None


def new_lease():
    """Until when a compiling worker may be silent from now on."""
    return timezone.now() + datetime.timedelta(seconds=settings.REPORT_LEASE_SECONDS)


class GapReport(models.Model):
    """One row is one gap report: a unit's and its subtree's gaps as at the end of a day.

    The row is the truth about the work; a message in the broker is only a hint that there is
    some. `attempt` goes up with each claim and fences every later write; `lease_until` says how
    long the claim holds without a sign of life. After attempt number `attempt_limit` the report
    fails; asking again raises the limit and never lowers `attempt`, so that a worker frozen
    since an earlier attempt still finds its number taken. A ready report never changes.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        COMPILING = "compiling", "Compiling"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="gap_reports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    as_at = models.DateField()
    minimum_count = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    attempt_limit = models.PositiveSmallIntegerField(default=settings.REPORT_MAX_ATTEMPTS)
    lease_until = models.DateTimeField(null=True, blank=True)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    progress_step = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=500, blank=True)
    method_version = models.CharField(max_length=20, blank=True)
    parameters = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GapReportQuerySet.as_manager()

    class Meta:
        ordering = ["-as_at", "unit__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "as_at"], name="gap_report_once_per_unit_and_day"
            ),
            models.CheckConstraint(
                condition=Q(minimum_count__gte=5), name="gap_report_minimum_is_5_or_more"
            ),
            models.CheckConstraint(
                condition=~Q(status="ready") | (Q(finished_at__isnull=False) & ~Q(digest="")),
                name="gap_report_ready_has_a_digest",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="gap_report_failed_has_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.unit}, {self.as_at}"

    def get_absolute_url(self):
        return reverse("reports:report", args=[self.unit.slug, self.as_at])

    @property
    def is_finished(self):
        """Whether nothing will change any more by itself."""
        return self.status in {self.Status.READY, self.Status.FAILED}

    @property
    def facts(self):
        """What the report was compiled from: unit, day, releases, skills; empty until ready."""
        return json.loads(self.parameters) if self.parameters else {}


class GapReportSection(models.Model):
    """One row holds one shown unit's publishable figures for all skills, as JSON text.

    Written suppressed, in one transaction with the report's "ready"; nothing that may not be
    published is ever stored. Text rather than JSON columns: it is read whole, and writing it
    is several times quicker.
    """

    report = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="sections")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    payload = models.TextField()

    class Meta:
        ordering = ["report", "unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["report", "unit"], name="gap_report_section_once")
        ]

    def __str__(self):
        return f"{self.report}: {self.unit}"

    @property
    def figures(self):
        return json.loads(self.payload)
