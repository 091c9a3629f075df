"""How near somebody is to role levels: values in, values out.

The distance to a role level, in levels:

- **missing**: for each skill it requires, the levels from the person's own up to the target. A
  skill that is not rated, or not applicable to today's work, counts from the very start: nothing
  is known to build on. It is listed apart, so that nobody reads it as a weakness.
- **unused**: levels the person has that the role level does not ask for: those above a target,
  and all of a skill it does not require. They count half: what is not used is no obstacle, but
  without it everybody would be nearest to the most junior roles.

    distance = missing + unused / 2

The nearest role level is the one of the smallest distance; of two at the same distance first the
one with less missing, then the one that meets more skills, then the one given first.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

UNUSED_WEIGHT = 0.5


@dataclass(frozen=True)
class Fit:
    """How one role level fits one person. Skills are keys; numbers are levels.

    `missing` and `unused` map skills to levels short and levels over; `unrated` are required
    skills without a level (their levels are in `missing` too); `met` are required skills at or
    above the target.
    """

    role_level: Hashable
    missing: Mapping
    unused: Mapping
    unrated: frozenset
    met: frozenset

    @property
    def required(self):
        return len(self.met) + len(self.missing)

    @property
    def missing_levels(self):
        return sum(self.missing.values())

    @property
    def unused_levels(self):
        return sum(self.unused.values())

    @property
    def distance(self):
        return self.missing_levels + UNUSED_WEIGHT * self.unused_levels


def fit(role_level, targets, levels):
    """The `Fit` of a role level that requires `targets` for somebody who has `levels`.

    Both map skills to levels; in `levels`, None and a skill left out both mean that no level is
    known, and 0 is "not yet".
    """
    missing, unused, unrated, met = {}, {}, set(), set()
    for skill, target in targets.items():
        level = levels.get(skill)
        if level is None:
            unrated.add(skill)
        if (level or 0) < target:
            missing[skill] = target - (level or 0)
            continue
        met.add(skill)
        if level > target:
            unused[skill] = level - target
    for skill, level in levels.items():
        if level and skill not in targets:
            unused[skill] = level
    return Fit(role_level, missing, unused, frozenset(unrated), frozenset(met))


def nearest(requirements, levels):
    """A `Fit` for each role level, the nearest first.

    `requirements` maps role levels to their targets. A role level without targets is left out:
    everybody would be at no distance from it.
    """
    fits = (fit(role_level, targets, levels) for role_level, targets in requirements.items())
    return sorted(
        (one for one in fits if one.required),
        key=lambda one: (one.distance, one.missing_levels, -len(one.met)),
    )
