"""Exact figures of every unit and skill by array arithmetic: arrays in, arrays out.

No queries and no loop over people. The cost grows with the number of people times the skills
their role levels require.
"""

from dataclasses import dataclass, fields

import numpy as np

from reports.suppression import Figures, generations

LEVELS = 9  # "not yet" and up to eight levels
NOT_APPLICABLE, UNRATED = -1, -2
PEOPLE_AT_A_TIME = 8192
NO_TARGET = np.int8(127)


@dataclass(frozen=True)
class People:
    """Everybody in post, sorted by unit, and what is asked of them.

    `unit` and `profile` hold a position for each person; `targets` is profiles by skills with
    0 for "not required"; `levels` is people by skills: a level, NOT_APPLICABLE or UNRATED.
    `asked_by` is profiles by skills: the position of the role level that asks for the target,
    and `grade` the number of each profile's grade. `reviewed` has a row for each level that a
    line manager has agreed to or seen otherwise: person, skill, the line manager's level.
    """

    unit: np.ndarray
    profile: np.ndarray
    targets: np.ndarray
    levels: np.ndarray
    asked_by: np.ndarray
    grade: np.ndarray
    reviewed: np.ndarray


def array_gap(target, level):
    """`assessments.gaps.gap` for arrays of targets and of levels that are known."""
    return np.maximum(target - level, 0)


def aggregate_own(people, *, unit_count):
    """Figures of the people posted in each unit itself."""
    figures = _empty(unit_count, people.targets.shape[1])
    for some in _chunks(people):
        unit = people.unit[some]
        person, skill, target, level = _entries(people, some)
        _add(figures, slice(unit[0], unit[-1] + 1), unit[person], skill, target, level)
    return _finished(figures)


def aggregate_own_reviewed(people, skills, *, unit_count):
    """Figures on line managers' levels of the people posted in each unit itself.

    Of some skills, given by a slice.

    Only ratings with such a level are counted: they are `required` and rated both.
    """
    skill = people.reviewed[:, 1]
    person, skill, level = people.reviewed[(skill >= skills.start) & (skill < skills.stop)].T
    target = people.targets[people.profile[person], skill]
    asked = target > 0
    figures = _empty(unit_count, skills.stop - skills.start)
    entries = people.unit[person[asked]], skill[asked] - skills.start, target[asked], level[asked]
    _add(figures, slice(0, unit_count), *entries)
    return _finished(figures)


def aggregate_groups(people, some, group_of, *, group_count):
    """Figures of groups among some of the people, a slice of them.

    `group_of` is profiles by skills, or profiles by 1 where it is the same for all skills: the
    position of the group in which a person's skill counts, `group_count` for none.
    """
    figures = _empty(group_count, people.targets.shape[1])
    group_of = np.broadcast_to(group_of, people.targets.shape)
    for chunk in _chunks(people, some):
        person, skill, target, level = _entries(people, chunk)
        group = group_of[people.profile[chunk][person], skill]
        counted = group < group_count
        entries = group[counted], skill[counted], target[counted], level[counted]
        _add(figures, slice(0, group_count), *entries)
    return _finished(figures)


def count_people(people, *, unit_count):
    """People posted in each unit itself: all, those asked for something, and those who answered.

    Answered means a level or "not applicable" for a skill that is asked of them.
    """
    counts = np.zeros((unit_count, 3), np.int32)
    for some in _chunks(people):
        unit = people.unit[some]
        person, _, _, level = _entries(people, some)
        asked, answered = np.zeros((2, len(unit)), bool)
        asked[person] = True
        answered[person[level != UNRATED]] = True
        for column, these in enumerate((slice(None), asked, answered)):
            counts[:, column] += np.bincount(unit[these], minlength=unit_count).astype(np.int32)
    return counts


def count_raters(people, group_of, column_of, *, unit_count):
    """Raters posted in each unit itself, as units by columns.

    `column_of` is groups by skills: the column in which to count, -1 for none.
    """
    counts = np.zeros((unit_count, column_of.max(initial=-1) + 1), np.int32)
    if not counts.size:
        return counts
    group_of = np.broadcast_to(group_of, people.targets.shape)
    for some in _chunks(people):
        unit, profile = people.unit[some], people.profile[some]
        person, skill, _, level = _entries(people, some)
        column = column_of[group_of[profile[person], skill], skill]
        counted = (level >= 0) & (column >= 0)
        rows = slice(unit[0], unit[-1] + 1)
        cell = (unit[person[counted]] - unit[0]) * counts.shape[1] + column[counted]
        part = counts[rows]
        part += np.bincount(cell, minlength=part.size).reshape(part.shape).astype(np.int32)
    return counts


def _chunks(people, some=slice(None)):
    start, stop, _ = some.indices(len(people.unit))
    for first in range(start, stop, PEOPLE_AT_A_TIME):
        yield slice(first, min(first + PEOPLE_AT_A_TIME, stop))


def _entries(people, some):
    """What is asked of some people as arrays of equal length: person, skill, target, level.

    The person is a position among these people.
    """
    targets = people.targets[people.profile[some]]
    person, skill = np.nonzero(targets)
    return person, skill, targets[person, skill], people.levels[some][person, skill]


def _empty(row_count, skill_count):
    shape = (row_count, skill_count)
    return Figures(
        required=np.zeros(shape, np.int32),
        not_applicable=np.zeros(shape, np.int32),
        levels=np.zeros((*shape, LEVELS), np.int32),
        below=np.zeros(shape, np.int32),
        at=np.zeros(shape, np.int32),
        above=np.zeros(shape, np.int32),
        gap_sum=np.zeros(shape, np.int32),
        target_low=np.full(shape, NO_TARGET, np.int8),
        target_high=np.zeros(shape, np.int8),
    )


def _finished(figures):
    figures.target_low[figures.target_low == NO_TARGET] = 0
    return figures


def _add(figures, rows, row, skill, target, level):
    """Count entries into the figures; `rows` is a slice around every `row`."""
    skill_count = figures.required.shape[1]
    shape = (rows.stop - rows.start, skill_count)
    size = shape[0] * shape[1]
    cell = (row - rows.start) * skill_count + skill

    def count(cells, weights=None):
        counted = np.bincount(cells, weights, minlength=size)
        return counted.astype(np.int32).reshape(shape)

    figures.required[rows] += count(cell)
    figures.not_applicable[rows] += count(cell[level == NOT_APPLICABLE])
    figures.target_high[rows] = np.maximum(
        figures.target_high[rows], _extreme(np.maximum, cell, target, shape, 0)
    )
    figures.target_low[rows] = np.minimum(
        figures.target_low[rows], _extreme(np.minimum, cell, target, shape, NO_TARGET)
    )

    rated = level >= 0
    cell, level, target = cell[rated], level[rated], target[rated]
    at_level = np.bincount(cell * LEVELS + level, minlength=size * LEVELS)
    figures.levels[rows] += at_level.astype(np.int32).reshape(*shape, LEVELS)
    figures.below[rows] += count(cell[level < target])
    figures.at[rows] += count(cell[level == target])
    figures.above[rows] += count(cell[level > target])
    figures.gap_sum[rows] += count(cell, array_gap(target, level))


def _extreme(ufunc, cell, target, shape, nothing):
    found = np.full(shape, nothing, np.int8)
    ufunc.at(found.reshape(-1), cell, target)
    return found


def roll_up(figures, parents):
    """Figures of whole subtrees from figures of each unit's own people."""
    tree = generations(parents)
    return Figures(
        **{
            field.name: _roll_up(field.name, getattr(figures, field.name), tree)
            for field in fields(Figures)
        }
    )


def add_below(values, parents):
    """Sums over whole subtrees of counts by units, from those of each unit itself."""
    return _roll_up("", values, generations(parents))


def _roll_up(name, values, tree):
    total = values.copy()
    if name == "target_low":
        total[total == 0] = NO_TARGET
    combine = {"target_low": np.minimum, "target_high": np.maximum}.get(name, np.add)
    for generation in reversed(tree):
        below = combine.reduceat(total[generation.children], generation.starts, axis=0)
        total[generation.heads] = combine(total[generation.heads], below)
    if name == "target_low":
        total[total == NO_TARGET] = 0
    return total
