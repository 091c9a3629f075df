"""The report's own unit by role family, role level and grade: inputs in, publishable tables out.

Pure: no queries, no clock, no settings. A group of a unit is shown for a skill where the same
group of the unit above is, counting that group's raters alone along the whole organisation, so
that no report of another unit gives it away. Within the unit, role families are the parts of all,
and role levels the parts of a family: the gates of `reports.suppression` hold along that tree
too, and along the one of grades.

Somebody whom two role levels ask for one skill counts once, in the role level that asks for more
(as their target does), so that groups add up to their unit and can be checked like units.
"""

from dataclasses import dataclass, fields

import numpy as np
from django.utils.text import slugify

from accounts.models import Grade
from reports import aggregate, disclosure_audit
from reports.beside import Rules
from reports.suppression import (
    WITHHELD,
    Figures,
    Published,
    least_publishable,
    pass_gates,
    publish_lines,
)

CELLS_AT_A_TIME = 4_000_000
NO_COLUMN = -1


@dataclass(frozen=True)
class Group:
    """One group of the report's own unit, with a line for each skill; `key` is for addresses."""

    dimension: str
    key: str
    facts: dict
    published: Published
    figures: Figures


def make_groups(inputs, unit, published, figures, *, minimum):
    """The groups of which something may be published, families first, in order of reading.

    `unit` is the position of the report's own unit, `published` and `figures` those of all units.
    """
    people = inputs.people
    rules = Rules(inputs.units.parents, inputs.units.ids, minimum)
    mine = inputs.units.within(inputs.units.paths[unit])
    some = slice(*np.searchsorted(people.unit, [mine[0], mine[-1] + 1]))
    if not published.shown[unit].any() or some.start == some.stop:
        return []
    places, families, level_of, family_of, family_of_level = _role_places(inputs, some)
    grade_of = people.grade[:, np.newaxis]
    levels, by_family, by_grade = (
        aggregate.aggregate_groups(people, some, group_of, group_count=count)
        for group_of, count in (
            (level_of, len(places)),
            (family_of, len(families)),
            (grade_of, len(Grade.values)),
        )
    )
    level_allowed, family_allowed, grade_allowed = (
        allowed_along_organisation(people, unit, counted, group_of, rules)
        for counted, group_of in (
            (levels, level_of),
            (by_family, family_of),
            (by_grade, grade_of),
        )
    )
    whole = figures_of_row(figures, unit)
    own = published.only([unit])
    of_roles = publish_parts(
        stack(whole, by_family, levels),
        parents=np.concatenate([[-1], np.zeros(len(families), int), family_of_level + 1]),
        allowed=np.concatenate([own.shown, family_allowed, level_allowed]),
        whole=own,
        minimum=minimum,
    )
    of_grades = publish_parts(
        stack(whole, by_grade),
        parents=np.concatenate([[-1], np.zeros(len(Grade.values), int)]),
        allowed=np.concatenate([own.shown, grade_allowed]),
        whole=own,
        minimum=minimum,
    )
    first_level = 1 + len(families)
    found = [
        *_groups("role_family", families, of_roles.only(slice(1, first_level)), by_family),
        *_groups(
            "role_level",
            {
                _level_key(place): {
                    "framework": place["framework"],
                    "family": _family_key(place),
                    "role": place["role"],
                    "name": place["name"],
                }
                for place in places
            },
            of_roles.only(slice(first_level, None)),
            levels,
        ),
        *_groups(
            "grade",
            {value.lower(): {"name": label} for value, label in Grade.choices},
            of_grades.only(slice(1, None)),
            by_grade,
        ),
    ]
    return [group for group in found if group.published.shown.any()]


def allowed_along_organisation(people, unit, counted, group_of, rules):
    """Which groups of the unit pass the gates along the whole organisation, skill by skill."""
    allowed = np.zeros(counted.rated.shape, bool)
    group, skill = np.nonzero(counted.rated >= rules.least)
    step = max(1, CELLS_AT_A_TIME // len(rules.parents))
    for start in range(0, len(group), step):
        columns = slice(start, start + step)
        column_of = np.full((len(allowed) + 1, allowed.shape[1]), NO_COLUMN)
        column_of[group[columns], skill[columns]] = np.arange(len(group[columns]))
        own = aggregate.count_raters(people, group_of, column_of, unit_count=len(rules.parents))
        shown = rules.gates(aggregate.add_below(own, rules.parents), own_rated=own)
        allowed[group[columns], skill[columns]] = shown[unit]
    return allowed


def publish_parts(figures, *, parents, allowed, whole, minimum):
    """Publishable figures along a tree of groups, of which the first row is all of them.

    `whole` is what is published of all of them elsewhere. Where the audit would have some of
    that withdrawn, the groups are withheld instead.
    """
    least = least_publishable(minimum)
    shown = pass_gates(
        figures.rated,
        own_rated=np.zeros_like(figures.rated),
        parents=parents,
        tie_break=np.arange(len(parents)),
        least=least,
        allowed=allowed,
    )
    audited = disclosure_audit.audit(
        figures,
        publish_lines(figures, shown, least=least),
        parents=parents,
        tie_break=np.arange(len(parents)),
        minimum=minimum,
    )
    return withhold_skills(audited, ~stands(whole, audited))


def stands(whole, audited):
    """For which skills nothing of what is published of the whole has been withdrawn."""
    stands = np.ones(whole.shown.shape[1], bool)
    for field in fields(Published):
        told, left = getattr(whole, field.name)[0], getattr(audited, field.name)[0]
        kept = left if field.name == "shown" else (told == WITHHELD) | (left != WITHHELD)
        stands &= kept.reshape(len(stands), -1).all(axis=1)
    return stands


def withhold_skills(published, skills):
    """The same without anything about some skills, given by a mask."""
    kept = {field.name: getattr(published, field.name).copy() for field in fields(Published)}
    for name, values in kept.items():
        values[:, skills] = False if name == "shown" else WITHHELD
    return Published(**kept)


def figures_of_row(figures, row):
    return Figures(**{field.name: getattr(figures, field.name)[[row]] for field in fields(Figures)})


def stack(*parts):
    return Figures(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Figures)
        }
    )


def _role_places(inputs, some):
    """The role levels that ask for something there, and the families they belong to.

    Both as facts in order of reading; then, as profiles by skills, the position of the role
    level and of the family that asks, one past the last for any other; and the family's position
    for each role level.
    """
    people, role_levels = inputs.people, inputs.role_levels
    asking = np.unique(people.asked_by[np.unique(people.profile[some])]).tolist()
    used = [position for position in asking if role_levels[position] is not None]
    used.sort(key=lambda position: role_levels[position]["order"])
    places = [role_levels[position] for position in used]
    families, family_of_level = {}, []
    for place in places:
        key = _family_key(place)
        families.setdefault(key, {"framework": place["framework"], "name": place["family"]})
        family_of_level.append(list(families).index(key))
    level_at = np.full(len(role_levels), len(used))
    level_at[used] = np.arange(len(used))
    level_of = level_at[people.asked_by]
    family_of = np.array([*family_of_level, len(families)])[level_of]
    return places, families, level_of, family_of, np.array(family_of_level, int)


def _family_key(place):
    name = slugify(place["family"]) or f"family-{place['order'][1]}"
    return f"{place['framework']}--{name}"


def _level_key(place):
    return f"{place['framework']}--{place['role_slug']}--{place['slug']}"


def _groups(dimension, facts, published, figures):
    """`facts` by key, in the order of the figures' rows."""
    return [
        Group(
            dimension=dimension,
            key=key,
            facts=each,
            published=published.only([row]),
            figures=figures_of_row(figures, row),
        )
        for row, (key, each) in enumerate(facts.items())
    ]
