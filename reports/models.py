"""Gap reports: the row that drives the work, and the publishable figures."""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Unit
from accounts.permissions import Permission
from reports.leases import LeasedQuerySet, LeasedWork

LEAST_SMALLEST_COUNT, MOST_SMALLEST_COUNT = 5, 100


class GapReportQuerySet(LeasedQuerySet):
    def visible_to(self, user):
        """Reports of units for which the user may read gap reports."""
        return self.filter(unit__in=Unit.objects.where(user, Permission.READ_GAP_REPORTS))

    def ready(self):
        return self.filter(status=GapReport.Status.READY)

    def of_departments(self):
        """Reports of whole departments: of units with none above."""
        return self.filter(unit__parent=None)

    def comparable_with(self, report):
        """Ready reports of the same unit by the same method, this one included."""
        return self.ready().filter(unit=report.unit_id, method_version=report.method_version)

    def earlier_than(self, report):
        """Those to compare with of days before, the latest first."""
        return self.comparable_with(report).filter(as_at__lt=report.as_at).order_by("-as_at")

    def unfinished(self):
        return self.filter(status__in=[GapReport.Status.QUEUED, GapReport.Status.COMPILING])

    def stopped(self):
        """Reports that ended before they were ready, and wait for somebody to ask again."""
        return self.filter(status__in=[GapReport.Status.FAILED, GapReport.Status.CANCELLED])

    def claim(self, pk):
        return super().claim(pk, progress_percent=0, progress_step="Starting")


class GapReport(LeasedWork):
    """One row is one gap report: a unit's and its subtree's gaps as at the end of a day.

    `requested_by` asked for it first or again, nobody where the schedule did; `asked_by` are all
    who are told when it is ready. A ready report never changes.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        COMPILING = "compiling", "Compiling"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    WORKING = Status.COMPILING

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="gap_reports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_by = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    as_at = models.DateField()
    minimum_count = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    progress_step = models.CharField(max_length=100, blank=True)
    method_version = models.CharField(max_length=20, blank=True)
    parameters = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)

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
        return self.status not in {self.Status.QUEUED, self.Status.COMPILING}

    @property
    def facts(self):
        """What the report was compiled from: unit, day, releases, skills; empty until ready."""
        return json.loads(self.parameters) if self.parameters else {}


class GapReportSectionQuerySet(models.QuerySet):
    def of_units(self):
        return self.filter(dimension=GapReportSection.Dimension.UNIT)

    def of_groups(self):
        """Groups of the report's own unit, in order of reading."""
        return self.exclude(dimension=GapReportSection.Dimension.UNIT).order_by("pk")


class GapReportSection(models.Model):
    """One row holds the publishable figures of one shown unit for all skills, as JSON text.

    Or those of one group among the people of the report's own unit: a role family, a role level
    or a grade. Written suppressed, in one transaction with the report's "ready"; nothing that
    may not be published is ever stored. Text rather than JSON columns: it is read whole, and
    writing it is several times quicker.
    """

    class Dimension(models.TextChoices):
        UNIT = "unit", "Unit"
        ROLE_FAMILY = "role_family", "Role family"
        ROLE_LEVEL = "role_level", "Role level"
        GRADE = "grade", "Grade"

    report = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="sections")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dimension = models.CharField(
        max_length=11, choices=Dimension, default=Dimension.UNIT, db_default=Dimension.UNIT
    )
    group = models.CharField(max_length=400, blank=True, default="", db_default="")
    payload = models.TextField()

    objects = GapReportSectionQuerySet.as_manager()

    class Meta:
        ordering = ["report", "unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["report", "unit"], name="gap_report_section_once"),
            models.UniqueConstraint(
                fields=["report", "dimension", "group"],
                condition=Q(unit=None),
                name="gap_report_section_once_a_group",
            ),
            models.CheckConstraint(
                condition=Q(dimension="unit", unit__isnull=False, group="")
                | (~Q(dimension="unit") & Q(unit=None) & ~Q(group="")),
                name="gap_report_section_of_a_unit_or_a_group",
            ),
        ]

    def __str__(self):
        return f"{self.report}: {self.unit or self.group}"

    @property
    def figures(self):
        return json.loads(self.payload)

    @property
    def key(self):
        """Where the section stands in the report's digest: a unit's path then, or a group."""
        return f"{self.dimension}/{self.group}" if self.group else self.figures["path"]


class GapReportFileQuerySet(LeasedQuerySet):
    def visible_to(self, user):
        """Files of reports that the user may read."""
        return self.filter(report__in=GapReport.objects.visible_to(user))

    def made(self):
        return self.filter(status=GapReportFile.Status.MADE)


class GapReportFileManager(models.Manager.from_queryset(GapReportFileQuerySet)):
    def get_queryset(self):
        """Without the content, which only a download reads, by name."""
        return super().get_queryset().defer("content")


class GapReportFile(LeasedWork):
    """One row is a ready report as one file, made once by a worker and kept with the report.

    Written in one transaction with the report's "ready". A file that is made never changes;
    `digest` is its SHA-256. It lies in the database, where the web server finds it whichever
    machine the worker ran on, and where one backup holds both.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        ODS = "ods", "ODS"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        MAKING = "making", "Being made"
        MADE = "made", "Made"
        FAILED = "failed", "Failed"

    WORKING = Status.MAKING

    report = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=4, choices=Format)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    content = models.BinaryField(null=True)
    size_bytes = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    objects = GapReportFileManager()

    class Meta:
        ordering = ["report", "format"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "format"], name="gap_report_file_once_per_format"
            ),
            models.CheckConstraint(
                condition=~Q(status="made") | (Q(content__isnull=False) & ~Q(digest="")),
                name="gap_report_file_made_has_content",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""),
                name="gap_report_file_failed_has_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.report} as {self.get_format_display()}"

    def get_absolute_url(self):
        report = self.report
        return reverse("reports:file", args=[report.unit.slug, report.as_at, self.format])

    @property
    def is_finished(self):
        """Whether nothing will change any more by itself."""
        return self.status in {self.Status.MADE, self.Status.FAILED}

    @property
    def name(self):
        """Its name on the reader's machine; the CSV comes as an archive with its description."""
        ending = "csv.zip" if self.format == self.Format.CSV else self.format
        report = self.report
        return f"gap-report-{report.unit.slug}-{report.as_at.isoformat()}.{ending}"


class SmallestCountQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Choices for departments that the user looks after."""
        return self.filter(unit__in=Unit.objects.where(user, Permission.MANAGE_ORGANISATION))


class SmallestCount(models.Model):
    """One row is one choice of the smallest count that a department's new reports publish.

    The latest one holds. The others stay, so that it can be seen who chose what and when; each
    report has its own `minimum_count` all the same.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    minimum_count = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField(auto_now_add=True)

    objects = SmallestCountQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    minimum_count__gte=LEAST_SMALLEST_COUNT, minimum_count__lte=MOST_SMALLEST_COUNT
                ),
                name="smallest_count_is_5_to_100",
            )
        ]

    def __str__(self):
        return f"{self.unit}: {self.minimum_count}"
