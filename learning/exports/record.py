"""What every export holds."""

import datetime
from dataclasses import dataclass

from learning import totals
from learning.log_import import COLUMNS
from learning.models import LogEntry
from learning.skills import skill_names

__all__ = ["COLUMNS", "CpdRecord", "cpd_record"]


@dataclass(frozen=True)
class CpdRecord:
    """One person's log from `first` to `last`, both included, oldest entry first.

    Each entry has `names`, the names of its skills. Totals are `learning.totals.Total`s.
    """

    person: object
    first: datetime.date
    last: datetime.date
    entries: list
    total: totals.Total
    by_skill: list
    by_kind: list


def cpd_record(person, entries, *, first, last):
    """The `CpdRecord` of the person's entries of the period. Seven queries."""
    chosen = entries.done_between(first, last)
    listed = list(
        chosen.select_related("resource")
        .prefetch_related("skills__framework")
        .order_by("done_on", "pk")
    )
    names = skill_names({skill.pk for entry in listed for skill in entry.skills.all()})
    for entry in listed:
        entry.names = sorted(names.get(skill.pk, "") for skill in entry.skills.all())
        entry.named_skills = [(skill, names.get(skill.pk, "")) for skill in entry.skills.all()]
    return CpdRecord(
        person=person,
        first=first,
        last=last,
        entries=listed,
        total=totals.total_of(chosen),
        by_skill=totals.by_skill(chosen),
        by_kind=totals.by_kind(chosen),
    )


def time_word(entry):
    """ "own" or "work", as the import reads it."""
    return "own" if entry.time == LogEntry.Time.OWN else "work"
