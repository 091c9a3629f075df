"""Compile a unit's gap report here and now, without a worker."""

import datetime

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Unit
from reports import compile as compiling
from reports import reading, services
from reports.days import last_month_ends
from reports.models import GapReport


class Command(BaseCommand):
    help = "Compiles a unit's gap report in the foreground and prints its biggest gaps."

    def add_arguments(self, parser):
        parser.add_argument("unit", help="the unit's slug, as in the address of its page")
        parser.add_argument(
            "--as-at",
            type=datetime.date.fromisoformat,
            help="a day that is over, such as 2026-10-31; the end of last month if left out",
        )

    def handle(self, *, unit, as_at, **options):
        found = Unit.objects.filter(slug=unit).first()
        if found is None:
            raise CommandError(f"There is no unit {unit!r}.")
        as_at = as_at or last_month_ends(timezone.localdate(), count=1)[0]
        try:
            report, _ = services.enqueue_gap_report(unit=found, as_at=as_at, by=None)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        compiling.compile_report(report.pk)
        report.refresh_from_db()
        if report.status != GapReport.Status.READY:
            raise CommandError(f"{reading.status_sentence(report)} {report.error}".strip())
        self.stdout.write(headline_text(report))


def headline_text(report):
    """The biggest gaps of a ready report as a table of plain text."""
    titles = ["Skill", "Below target", "Mean gap", "Rated", "Coverage"]
    rows = [
        [row.skill, row.below_share, row.mean_gap, row.rated, row.coverage]
        for row in reading.headline_rows(report)
    ]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = [f"Gap report of {report.unit} as at {report.as_at:%-d %B %Y}", ""]
    for first, *rest in [titles, *rows]:
        cells = [text.rjust(width) for text, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join([*lines, "", f"Digest {report.digest}"])
