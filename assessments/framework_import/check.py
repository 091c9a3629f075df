"""Whether a framework as read can be published: names, addresses, levels and references.

Whatever format it came from. Readers have checked what only they can know.
"""

from collections import Counter

from accounts.models import Grade
from assessments.models import (
    Framework,
    RoleFamily,
    RoleLevelVersion,
    RoleVersion,
    ScaleLevel,
    SkillArea,
    SkillVersion,
)

from .parsed import Place
from .problems import Problems
from .text import SLUG_LENGTH

RESERVED_SLUGS = {"import"}  # taken by the page of that address


def check(framework):
    """The framework's problems, none when it can be published."""
    problems = Problems()
    place = framework.place or Place("")
    _check_framework(framework, place, problems)
    _check_scale(framework, place, problems)
    _check_areas(framework, place, problems)
    _check_skills(framework, place, problems)
    _check_roles(framework, place, problems)
    return problems


def _longest(model):
    return model._meta.get_field("name").max_length


def _check_name(name, what, model, place, problems):
    longest = _longest(model)
    if not name:
        problems.error(place, f"The {what} has no name.", "Name it.")
    elif len(name) > longest:
        problems.error(
            place,
            f"The name of the {what} “{name[:40]}…” has {len(name)} characters.",
            f"Shorten it to {longest} characters or fewer.",
        )


def _check_once(things, what, default, problems):
    """No two of these share a name, whatever its capitals, or an address."""
    by_name, by_slug = {}, {}
    for thing in things:
        place = thing.place or default
        first = by_name.setdefault(thing.name.casefold(), thing)
        if first is not thing:
            problems.error(
                place,
                f"Two {what}s are called “{thing.name}”{_line_of(first)}.",
                "Give each a name of its own.",
            )
            continue
        slug = getattr(thing, "slug", None)
        if slug is None:
            continue
        if not slug or len(slug) > SLUG_LENGTH:
            problems.error(
                place,
                f"No address can be made from the name of the {what} “{thing.name}”.",
                f"Use letters or numbers, {SLUG_LENGTH} at most.",
            )
            continue
        first = by_slug.setdefault(slug, thing)
        if first is not thing:
            problems.error(
                place,
                f"The {what}s “{first.name}”{_line_of(first)} and “{thing.name}” "
                "would have the same address.",
                "Make the names differ in letters or numbers.",
            )


def _line_of(thing):
    return f" (line {thing.place.line})" if thing.place and thing.place.line else ""


def _check_framework(framework, place, problems):
    _check_name(framework.name, "framework", Framework, place, problems)
    longest = Framework._meta.get_field("slug").max_length
    if not framework.slug or len(framework.slug) > longest or framework.slug in RESERVED_SLUGS:
        problems.error(
            place,
            f"The framework cannot have the address “{framework.slug}”.",
            f"Use 1 to {longest} letters, numbers and hyphens, and not the word “import”.",
        )


def _check_scale(framework, place, problems):
    values = [level.value for level in framework.scale]
    if values != list(range(1, len(values) + 1)) or not 2 <= len(values) <= 8:
        problems.error(
            place,
            "The scale does not have 2 to 8 levels numbered from 1.",
            "Number its levels 1, 2, 3 and so on, the lowest first.",
        )
    names = Counter(level.name.casefold() for level in framework.scale)
    for level in framework.scale:
        _check_name(level.name, "scale level", ScaleLevel, place, problems)
        if names[level.name.casefold()] > 1:
            problems.error(
                place,
                f"Two levels of the scale are called “{level.name}”.",
                "Give each a name of its own.",
            )


def _check_areas(framework, place, problems):
    for area in framework.areas:
        _check_name(area.name, "skill area", SkillArea, area.place or place, problems)
    _check_once(framework.areas, "skill area", place, problems)


def _check_skills(framework, default, problems):
    if not framework.skills:
        problems.error(default, "The framework has no skills.", "Add the skills.")
    _check_once(framework.skills, "skill", default, problems)
    areas = {area.name for area in framework.areas}
    scale = {level.value for level in framework.scale}
    for skill in framework.skills:
        place = skill.place or default
        _check_name(skill.name, "skill", SkillVersion, place, problems)
        if skill.area not in areas:
            problems.error(
                place,
                f"“{skill.name}” is in the area “{skill.area}”, which does not exist.",
                "Add the area or correct its name.",
            )
        for level in skill.levels:
            if level.value not in scale:
                problems.error(
                    place,
                    f"“{skill.name}” has a level {level.value}, which the scale does not have.",
                    "Use the levels of the scale.",
                )
            elif not level.statements:
                problems.error(
                    place,
                    f"“{skill.name}” has no statement at level {level.value}.",
                    "Write at least one, or leave the level out.",
                )


def _check_roles(framework, default, problems):
    _check_once(framework.roles, "role", default, problems)
    for name in framework.families:
        _check_name(name, "role family", RoleFamily, default, problems)
    families = set(framework.families)
    names = {level.value: level.name for level in framework.scale}
    skills = {skill.slug: skill for skill in framework.skills}
    defined = {(skill.slug, level.value) for skill in framework.skills for level in skill.levels}
    for role in framework.roles:
        place = role.place or default
        _check_name(role.name, "role", RoleVersion, place, problems)
        if role.family not in families:
            problems.error(
                place,
                f"“{role.name}” is in the role family “{role.family}”, which does not exist.",
                "Add the role family or correct its name.",
            )
        if not role.levels:
            problems.error(place, f"“{role.name}” has no levels.", "Add at least one.")
        if [level.seniority for level in role.levels] != list(range(1, len(role.levels) + 1)):
            problems.error(
                place,
                f"The levels of “{role.name}” are not numbered from 1 without gaps.",
                "Number them 1, 2, 3 and so on, the most junior first.",
            )
        _check_once(role.levels, "role level", place, problems)
        for level in role.levels:
            _check_role_level(level, skills, names, defined, place, problems)


def _check_role_level(level, skills, names, defined, default, problems):
    place = level.place or default
    _check_name(level.name, "role level", RoleLevelVersion, place, problems)
    for grade in level.grades:
        if grade not in Grade:
            problems.error(
                place,
                f"“{level.name}” is for the grade “{grade}”, which does not exist.",
                f"Use {', '.join(Grade.values)}.",
            )
    listed = Counter(
        [requirement.skill for requirement in level.requirements] + list(level.unlevelled_skills)
    )
    for slug, count in listed.items():
        if slug not in skills:
            problems.error(
                place,
                f"“{level.name}” requires the skill “{slug}”, which does not exist.",
                "Add the skill or correct the name.",
            )
        elif count > 1:
            problems.error(
                place,
                f"“{level.name}” requires “{skills[slug].name}” more than once.",
                "Keep one target.",
            )
    for requirement in level.requirements:
        if requirement.skill not in skills:
            continue
        name = names.get(requirement.target)
        if name is None:
            problems.error(
                requirement.place or place,
                f"“{level.name}” requires level {requirement.target} of "
                f"“{skills[requirement.skill].name}”, which the scale does not have.",
                "Use the levels of the scale.",
            )
        elif (requirement.skill, requirement.target) not in defined:
            problems.error(
                requirement.place or place,
                f"“{level.name}” requires {name} in “{skills[requirement.skill].name}”, "
                "a level that is not defined for that skill.",
                "Define the level, or require one that is.",
            )
