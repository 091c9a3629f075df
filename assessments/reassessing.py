"""What has to be asked again, and what changed in a framework: values in, values out."""

import calendar
import datetime
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class SkillText:
    """What one release says of one skill; `levels` are pairs of a level and its statements."""

    name: str
    description: str = ""
    levels: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @property
    def defined(self):
        """The levels the release describes, 0 ("not yet") always among them."""
        return {0, *(value for value, _ in self.levels)}


def text_changes(old, new, level_name):
    """How a skill's words differ, a line of plain English for each difference; none: unchanged.

    The order of a level's statements does not matter. `level_name` puts a level in words.
    """
    changes = []
    if old.name != new.name:
        changes.append(f"It was called “{old.name}” before")
    if old.description != new.description:
        changes.append("Its description is worded differently")
    before, after = dict(old.levels), dict(new.levels)
    for value in sorted(before | after):
        name = level_name(value)
        if value not in after:
            changes.append(f"{name} is no longer described")
        elif value not in before:
            changes.append(f"{name} is now described")
        elif Counter(before[value]) != Counter(after[value]):
            come = (Counter(after[value]) - Counter(before[value])).total()
            gone = (Counter(before[value]) - Counter(after[value])).total()
            parts = [f"{come} new"] * bool(come) + [f"{gone} taken out"] * bool(gone)
            changes.append(f"{name}: {' and '.join(parts)} of its statements")
    return changes


def is_stale(rated_on, today, months):
    """Whether a rating of that day is older than so many months: on the same day it is not yet."""
    return rated_on < months_before(today, months)


def months_before(day, months):
    """The same day so many months earlier, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))
