"""How a department stands beside all others, from what their reports publish.

The one place that reads reports of units that the reader has no grant for. What leaves it is an
average over the others, told only where no single department shows through it: over at least
`LEAST_OTHERS` of them, none with more than half of the people.
"""

from dataclasses import dataclass

from reports import reading
from reports.models import GapReport, GapReportSection

LEAST_OTHERS = 3


@dataclass(frozen=True)
class BesideOthers:
    """One skill of a department and the average of the others; None where it is withheld."""

    line: reading.Line
    departments: int | None = None
    rated: int | None = None
    below_share: int | None = None

    @property
    def difference(self):
        """The department's share below target less the others', in percentage points."""
        if None in (self.below_share, self.line.below_share):
            return None
        return self.line.below_share - self.below_share

    @property
    def is_told(self):
        return self.below_share is not None


def beside_others(report, lines):
    """The lines of a department's report, each beside the other departments; one query.

    Compared are ready reports of whole departments, of the same day and by the same method, where
    the framework asks the same of everybody.
    """
    others = GapReport.objects.ready().of_departments().exclude(unit=report.unit_id)
    found = (
        GapReportSection.objects.of_units()
        .filter(
            report__in=others.filter(as_at=report.as_at, method_version=report.method_version),
            unit__parent=None,
        )
        .select_related("report")
    )
    told = {}
    for section in found:
        for line in reading.lines_of(section, section.report.facts):
            if line.below is not None:
                told.setdefault((line.key, line.asked), []).append(line)
    return [_beside(line, told.get((line.key, line.asked), [])) for line in lines]


def _beside(line, others):
    rated = sum(other.rated for other in others)
    if len(others) < LEAST_OTHERS or 2 * max(other.rated for other in others) > rated:
        return BesideOthers(line)
    return BesideOthers(
        line,
        departments=len(others),
        rated=rated,
        below_share=reading.percentage(sum(other.below for other in others), rated),
    )
