"""How resources worked: who followed them, and whether a higher rating followed.

Both are counts of people and so are shown only where they cannot point to one: never below the
smallest publishable count, rounded, and standing still until enough further people are in them
(the rules of gap reports; the source is beside REPORT_MINIMUM_COUNT in the settings).
"""

from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from assessments.models import Rating
from learning.models import LogEntry, Resource, ResourceOutcome

ROUND_TO = 5


# --- Putting them into words ------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What may be shown of an outcome: `tenths` of the measured improved, None where withheld."""

    followers: str
    improved: str = ""
    tenths: int | None = None


def rounded(count):
    return round(count / ROUND_TO) * ROUND_TO


def shown_outcome(outcome, *, minimum):
    """The `Shown` of a ResourceOutcome, or of None for a resource never counted.

    The share needs `minimum` people on either side of it: a smaller group, or all but one, could
    be worked out from it.
    """
    if outcome is None or outcome.followers < minimum:
        return Shown(f"Fewer than {minimum} people have logged it.")
    followers = f"About {rounded(outcome.followers):,} people have logged it."
    if min(outcome.improved, outcome.measured - outcome.improved) < minimum:
        return Shown(followers)
    people, tenths = rounded(outcome.measured), round(10 * outcome.improved / outcome.measured)
    # Groups of at least `minimum` each may still round to all or none of ten.
    tenths = min(max(tenths, 1), 9)
    return Shown(
        followers,
        f"Of about {people:,} people who rated its skills before and after, about {tenths} in 10 "
        "gave themselves a higher level after.",
        tenths,
    )


# --- Counting ---------------------------------------------------------------------------------


def count_outcomes(*, minimum=None, now=None):
    """How many resources were counted. Repeatable; a nightly task and a command call it."""
    minimum = minimum or settings.REPORT_MINIMUM_COUNT
    now = now or timezone.now()
    followers = dict(
        LogEntry.objects.kept()
        .exclude(resource=None)
        .order_by()
        .values("resource")
        .annotate(people=Count("person", distinct=True))
        .values_list("resource", "people")
    )
    stored = {outcome.resource_id: outcome for outcome in ResourceOutcome.objects.all()}
    for resource in Resource.objects.filter(pk__in=followers | stored).prefetch_related("skills"):
        people = followers.get(resource.pk, 0)
        values = {"followers": people, "counted_at": now}
        before = stored[resource.pk].measured if resource.pk in stored else 0
        if people >= minimum:
            measured, improved = measure(resource)
            if measured >= before + minimum:
                values |= {"measured": measured, "improved": improved, "measured_at": now}
        ResourceOutcome.objects.update_or_create(resource=resource, defaults=values)
    return len(followers | stored)


def measure(resource):
    """How many followers rated one of the resource's skills before and after, and how many higher.

    Before is the rating in force when the day of their first entry began; after is the first
    rating given once that day was over. Three queries.
    """
    first_days = dict(
        LogEntry.objects.kept()
        .filter(resource=resource)
        .order_by()
        .values("person")
        .annotate(first=Min("done_on"))
        .values_list("person", "first")
    )
    ratings = defaultdict(list)
    rows = Rating.objects.filter(
        skill__in=[skill.pk for skill in resource.skills.all()],
        level__isnull=False,
        person__in=LogEntry.objects.kept().filter(resource=resource).values("person"),
    ).values_list("person", "skill", "rated_at", "level")
    for person, skill, rated_at, level in rows.order_by("rated_at", "pk").iterator():
        ratings[person, skill].append((timezone.localdate(rated_at), level))
    return count_improved(first_days, ratings)


def count_improved(first_days, ratings):
    """People with a level before and after, and those of them with a higher one. No queries.

    `first_days` gives each person's day; `ratings` their (day, level) of each (person, skill),
    oldest first. A rating of the day itself is neither before nor after.
    """
    measured, improved = set(), set()
    for (person, _), given in ratings.items():
        day = first_days.get(person)
        if day is None:
            continue
        before = [level for rated_on, level in given if rated_on < day]
        after = [level for rated_on, level in given if rated_on > day]
        if before and after:
            measured.add(person)
            if after[0] > before[-1]:
                improved.add(person)
    return len(measured), len(improved)
