"""Sums over a person's log: each function says how many queries it takes."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.db.models.functions import ExtractYear

from learning.models import LogEntry
from learning.skills import skill_names


@dataclass
class Total:
    """Minutes of one month, skill or kind."""

    label: str
    own: int = 0
    work: int = 0
    entries: int = 0

    @property
    def all(self):
        return self.own + self.work

    def add(self, row):
        if row["time"] == LogEntry.Time.OWN:
            self.own += row["minutes"]
        else:
            self.work += row["minutes"]
        self.entries += row["entries"]


def _grouped(entries, group, labels):
    """A `Total` for each value of `group`, in the order of `labels` (value: label). One query."""
    totals = {value: Total(label) for value, label in labels.items()}
    rows = (
        entries.order_by()
        .values(group, "time")
        .annotate(minutes=Sum("duration_minutes"), entries=Count("pk"))
    )
    for row in rows:
        totals.setdefault(row[group], Total("")).add(row)
    return totals


def month_bounds(day):
    """The first and the last day of the month in which `day` lies."""
    first = day.replace(day=1)
    next_month = (first + datetime.timedelta(days=32)).replace(day=1)
    return first, next_month - datetime.timedelta(days=1)


def total_of(entries):
    """The sum of all the entries. One query."""
    total = Total("All")
    for row in (
        entries.order_by()
        .values("time")
        .annotate(minutes=Sum("duration_minutes"), entries=Count("pk"))
    ):
        total.add(row)
    return total


def by_month(entries, year):
    """Twelve totals for a year's entries, those without any included. One query."""
    names = {n: f"{datetime.date(year, n, 1):%B}" for n in range(1, 13)}
    return list(_grouped(entries, "done_on__month", names).values())


def by_kind(entries):
    """Totals by kind, most minutes first, kinds without entries left out. One query."""
    labels = {**dict(LogEntry.Kind.choices), "": "Kind not given"}
    totals = _grouped(entries, "kind", labels).values()
    return sorted((t for t in totals if t.entries), key=lambda t: (-t.all, t.label))


def by_skill(entries):
    """Totals by skill, most minutes first. Two queries.

    An entry for several skills counts under each of them, so these do not add up to the whole.
    """
    totals = _grouped(entries, "skills", {None: "No skill given"})
    names = skill_names([pk for pk in totals if pk is not None])
    for pk, total in totals.items():
        total.label = total.label or names.get(pk, "Unknown skill")
    return sorted((t for t in totals.values() if t.entries), key=lambda t: (-t.all, t.label))


def years_of(entries):
    """The years that have entries, newest first. One query."""
    years = entries.order_by().values_list(ExtractYear("done_on"), flat=True).distinct()
    return sorted(years, reverse=True)
