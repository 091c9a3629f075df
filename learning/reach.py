"""What assigning has reached, in figures that cannot point to a person.

Assignments by gap are left out: whoever is offered one is below target, so a figure that moves
when one is set would tell ratings. The figures stand as at the end of the month before, are
rounded, and are withheld for fewer people than may be published (the rules of gap reports; the
source is beside REPORT_MINIMUM_COUNT in the settings).
"""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Max, Sum
from django.utils import timezone

from learning.models import AssignedPerson, Assignment
from learning.outcomes import rounded

MINUTES_ROUNDED_TO = 60
# Nobody's time may be more than this share of a sum, or the sum would tell it.
LARGEST_SHARE = 0.5


@dataclass(frozen=True)
class Reach:
    """Counts of people and a sum of minutes up to and with a day; None where withheld."""

    as_at: datetime.date
    asked: int | None
    finished: int | None
    late: int | None
    minutes: int | None


def reach_of(user, *, minimum, day=None):
    """The `Reach` of the assignments the user looks after, those by gap left out. Four queries."""
    day = day or timezone.localdate()
    first = day.replace(day=1)
    ends_at = timezone.make_aware(datetime.datetime.combine(first, datetime.time()))
    people = AssignedPerson.objects.filter(
        assignment__in=Assignment.objects.looked_after_by(user).exclude(
            audience=Assignment.Audience.BELOW_TARGET
        ),
        offered_at__lt=ends_at,
    )
    done = people.filter(done_at__lt=ends_at)
    late = (
        people.filter(assignment__due_on__lt=first, assignment__withdrawn_at=None)
        .exclude(done_at__lt=ends_at)
        .exclude(declined_at__lt=ends_at)
    )
    return Reach(
        as_at=first - datetime.timedelta(days=1),
        asked=_shown(_distinct(people), minimum),
        finished=_shown(_distinct(done), minimum),
        late=_shown(_distinct(late), minimum),
        minutes=_minutes(done, minimum),
    )


def _distinct(people):
    return people.order_by().values("person").distinct().count()


def _shown(count, minimum):
    return rounded(count) if count >= minimum else None


def _minutes(done, minimum):
    """Minutes logged for what was done, to the hour; None where few people or one made the sum."""
    by_person = (
        done.filter(log_entry__deleted_at=None, log_entry__isnull=False)
        .order_by()
        .values("person")
        .annotate(minutes=Sum("log_entry__duration_minutes"))
    )
    found = by_person.aggregate(people=Count("person"), total=Sum("minutes"), most=Max("minutes"))
    if found["people"] < minimum or found["most"] > LARGEST_SHARE * found["total"]:
        return None
    return round(found["total"] / MINUTES_ROUNDED_TO) * MINUTES_ROUNDED_TO
