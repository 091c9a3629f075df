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
    """

    unit: np.ndarray
    profile: np.ndarray
    targets: np.ndarray
    levels: np.ndarray


def array_gap(target, level):
    """`assessments.gaps.gap` for arrays of targets and of levels that are known."""
    return np.maximum(target - level, 0)


def aggregate_own(people, *, unit_count):
    """Figures of the people posted in each unit itself."""
    shape = (unit_count, people.targets.shape[1])
    figures = Figures(
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
    for start in range(0, len(people.unit), PEOPLE_AT_A_TIME):
        _add(figures, people, slice(start, start + PEOPLE_AT_A_TIME))
    figures.target_low[figures.target_low == NO_TARGET] = 0
    return figures


def _add(figures, people, some):
    unit, profile = people.unit[some], people.profile[some]
    first, last = unit[0], unit[-1]
    rows = slice(first, last + 1)
    skill_count = people.targets.shape[1]
    shape = (last - first + 1, skill_count)
    size = shape[0] * shape[1]

    targets = people.targets[profile]
    person, skill = np.nonzero(targets)
    target = targets[person, skill]
    level = people.levels[some][person, skill]
    cell = (unit[person] - first) * skill_count + skill

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
