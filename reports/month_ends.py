"""The reports that come by themselves: of every unit that has a report reader, each month."""

from django.db import transaction

from accounts.models import Grant, Unit
from accounts.permissions import Permission
from reports.days import last_month_ends
from reports.models import GapReport
from reports.smallest_counts import counts_for


@transaction.atomic
def queue_month_end_reports(today):
    """Queue what is missing of the last complete month; the keys of the new reports.

    A unit's own report readers are told when its report is ready; readers of a unit above find
    it there. Safe to run at any time and any number of times: a report that exists is left
    alone, so one that failed or was cancelled waits for somebody to ask again. A fixed number
    of queries.
    """
    as_at = last_month_ends(today, count=1)[0]
    readers = list(
        Grant.objects.current()
        .carrying(Permission.REQUEST_GAP_REPORTS)
        .filter(unit__isnull=False, user__is_active=True)
        .values_list("unit", "user")
    )
    units = {unit for unit, _ in readers}
    of_the_day = GapReport.objects.filter(as_at=as_at, unit__in=units)
    missing = units - set(of_the_day.values_list("unit", flat=True))
    counts = counts_for(Unit.objects.filter(pk__in=missing), as_at)
    GapReport.objects.bulk_create(
        [
            GapReport(unit_id=unit, as_at=as_at, minimum_count=counts[unit])
            for unit in sorted(missing)
        ],
        ignore_conflicts=True,
    )
    queued = dict(of_the_day.filter(unit__in=missing).values_list("unit", "pk"))
    asked_by = GapReport.asked_by.through
    asked_by.objects.bulk_create(
        [
            asked_by(gapreport_id=queued[unit], user_id=user)
            for unit, user in readers
            if unit in queued
        ],
        ignore_conflicts=True,
    )
    return sorted(queued.values())
