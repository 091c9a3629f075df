"""What people have logged of their learning: from entries to totals that may be published.

Pure: arrays in, arrays out. Totals are by unit and skill, with one column more, the last, for
entries towards any skill or none.
"""

from dataclasses import dataclass, fields

import numpy as np

from reports.suppression import (
    WITHHELD,
    generations,
    least_publishable,
    pass_gates,
    round_to_5,
)

HOURS_ROUNDED_TO = 5


@dataclass(frozen=True)
class Study:
    """Entries as arrays of equal length; `person` and `skill` are positions."""

    person: np.ndarray
    skill: np.ndarray
    minutes: np.ndarray
    is_own: np.ndarray

    def in_order(self, place):
        """The same with each person at their place."""
        return Study(place[self.person], self.skill, self.minutes, self.is_own)


@dataclass(frozen=True)
class Totals:
    """People with entries, their minutes and the most minutes of one of them, by unit and skill.

    For all entries, those in people's own time and those in work time.
    """

    learners: np.ndarray
    own_learners: np.ndarray
    work_learners: np.ndarray
    own_minutes: np.ndarray
    work_minutes: np.ndarray
    own_largest: np.ndarray
    work_largest: np.ndarray


@dataclass(frozen=True)
class PublishedStudy:
    """People to the nearest 5 and hours to the nearest 5; WITHHELD where one may not be told."""

    learners: np.ndarray
    own_learners: np.ndarray
    own_hours: np.ndarray
    work_hours: np.ndarray

    def only(self, units):
        return PublishedStudy(
            **{field.name: getattr(self, field.name)[units] for field in fields(self)}
        )


def add_up(study, unit_of, *, unit_count, column_count):
    """Totals of the people posted in each unit itself; `unit_of` holds each person's unit."""
    shape = (unit_count, column_count)
    learners, _, _ = _by_cell(study, slice(None), unit_of, shape)
    own_learners, own_minutes, own_largest = _by_cell(study, study.is_own, unit_of, shape)
    work_learners, work_minutes, work_largest = _by_cell(study, ~study.is_own, unit_of, shape)
    return Totals(
        learners=learners,
        own_learners=own_learners,
        work_learners=work_learners,
        own_minutes=own_minutes,
        work_minutes=work_minutes,
        own_largest=own_largest,
        work_largest=work_largest,
    )


def _by_cell(study, some, unit_of, shape):
    """People, minutes and the most minutes of one person, for some of the entries."""
    person, skill = study.person[some], study.skill[some]
    each, which = np.unique(person * shape[1] + skill, return_inverse=True)
    minutes = np.bincount(which, study.minutes[some], minlength=len(each)).astype(np.int64)
    person, skill = np.divmod(each, shape[1])
    cell = unit_of[person] * shape[1] + skill
    size = shape[0] * shape[1]
    largest = np.zeros(size, np.int64)
    np.maximum.at(largest, cell, minutes)
    return (
        np.bincount(cell, minlength=size).reshape(shape),
        np.bincount(cell, minutes, minlength=size).astype(np.int64).reshape(shape),
        largest.reshape(shape),
    )


def roll_up(totals, parents):
    """Totals of whole subtrees from totals of each unit's own people."""
    tree = generations(parents)
    rolled = {}
    for field in fields(Totals):
        combine = np.maximum if field.name.endswith("largest") else np.add
        rolled[field.name] = values = getattr(totals, field.name).copy()
        for generation in reversed(tree):
            below = combine.reduceat(values[generation.children], generation.starts, axis=0)
            values[generation.heads] = combine(values[generation.heads], below)
    return Totals(**rolled)


def publish_study(totals, *, own, parents, tie_break, minimum, allowed):
    """The publishable part of totals of whole subtrees; `own` are those of each unit itself.

    A number of people with entries passes the gates of `reports.suppression` like a number of
    raters, in units that are `allowed` to be shown at all. Hours in own time and in work time
    are told where the people behind each pass the same gates and none of them has more than
    half of the hours.
    """
    least = least_publishable(minimum)
    organisation = {"parents": parents, "tie_break": tie_break, "least": least}
    # A manager knows their own team's learning no better than its answers: the same gates.
    allowed = np.broadcast_to(allowed[:, np.newaxis], totals.learners.shape)
    shown = pass_gates(totals.learners, own_rated=own.learners, allowed=allowed, **organisation)
    own_shown, work_shown = (
        pass_gates(people, own_rated=own_people, allowed=shown, **organisation)
        for people, own_people in (
            (totals.own_learners, own.own_learners),
            (totals.work_learners, own.work_learners),
        )
    )
    return PublishedStudy(
        learners=np.where(shown, round_to_5(totals.learners), WITHHELD),
        own_learners=_told(round_to_5(totals.own_learners), totals.own_learners, own_shown, shown),
        own_hours=_told(
            _hours(totals.own_minutes, totals.own_largest), totals.own_learners, own_shown, shown
        ),
        work_hours=_told(
            _hours(totals.work_minutes, totals.work_largest),
            totals.work_learners,
            work_shown,
            shown,
        ),
    )


def _hours(minutes, largest):
    """Hours to the nearest 5, withheld where one person has more than half of them."""
    step = 60 * HOURS_ROUNDED_TO
    hours = (minutes + step // 2) // step * HOURS_ROUNDED_TO
    return np.where(2 * largest > minutes, WITHHELD, hours)


def _told(values, people, people_shown, shown):
    """Values where the people behind them are shown, 0 where there are none of them."""
    return np.where(people_shown, values, np.where(shown & (people == 0), 0, WITHHELD))
