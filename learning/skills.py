"""Skills by name, for people who log, search and set goals. Says how many queries it takes."""

from dataclasses import dataclass

from django.utils import timezone

from assessments.models import Release, Requirement, RoleVersion, ScaleLevel, SkillVersion
from assessments.reading import measured_against


@dataclass(frozen=True)
class NeededSkill:
    """A skill that a person's role levels require, at its highest target.

    `scale` holds the names of the framework's levels, from level 1 up; `needed_by` names the
    role levels.
    """

    skill_id: int
    slug: str
    name: str
    area: str
    target: int
    scale: tuple[str, ...]
    needed_by: tuple[str, ...]


def skill_names(skill_ids):
    """For each skill, its name in the newest published release that has it. One query."""
    versions = (
        SkillVersion.objects.filter(skill__in=skill_ids, release__published_at__isnull=False)
        .order_by("release__published_at", "pk")
        .values_list("skill", "name")
    )
    return dict(versions)


def role_names(role_ids):
    """For each role, its name in the newest published release that has it. One query."""
    versions = (
        RoleVersion.objects.filter(role__in=role_ids, release__published_at__isnull=False)
        .order_by("release__published_at", "pk")
        .values_list("role", "name")
    )
    return dict(versions)


def current_roles():
    """Versions of every role of the releases in force, by framework and name. One query."""
    return (
        RoleVersion.objects.filter(release__in=Release.objects.current())
        .select_related("release__framework")
        .order_by("release__framework__name", "name")
    )


def current_skills():
    """Versions of every skill of the releases in force, by framework and name. One query."""
    return (
        SkillVersion.objects.filter(release__in=Release.objects.current())
        .select_related("release__framework", "skill")
        .order_by("release__framework__name", "name")
    )


def skills_at_hand(needed, extra_ids=()):
    """Names by id: what the person's role needs, then any other skill already chosen."""
    at_hand = {skill.skill_id: skill.name for skill in needed}
    missing = set(extra_ids) - at_hand.keys()
    return at_hand | (skill_names(missing) if missing else {})


def level_choices():
    """Pairs of a level's number and its names in the frameworks in force, as text. One query."""
    names = {}
    levels = ScaleLevel.objects.filter(framework__in=Release.objects.current().values("framework"))
    for level in levels.order_by("value", "framework"):
        names.setdefault(level.value, {})[level.name] = True
    return [(str(value), " or ".join(found)) for value, found in sorted(names.items())]


def scales(framework_ids):
    """For each framework, the names of its levels from level 1 up. One query."""
    found = {}
    for level in ScaleLevel.objects.filter(framework__in=framework_ids):
        found.setdefault(level.framework_id, []).append(level.name)
    return found


def skills_by_name(user):
    """For each name of a skill in force, in lower case, its id.

    Where two frameworks have a skill of one name, it is the one the user's role needs. Seven
    queries at most.
    """
    needed = {skill.skill_id for skill in needed_skills(user)}
    found = {}
    for version in current_skills():
        name = version.name.lower()
        if name not in found or version.skill_id in needed:
            found[name] = version.skill_id
    return found


def all_skills_by_name():
    """For each name of a skill in force, in lower case, the ids of all so called. One query."""
    found = {}
    for version in current_skills():
        found.setdefault(version.name.lower(), []).append(version.skill_id)
    return found


def needed_skills(user):
    """What the user's role levels require, by area and name; nothing between posts.

    Six queries: the post, three for role levels, requirements, scales.
    """
    post = user.current_post
    if post is None:
        return []
    measured = [
        row for row in measured_against([post], day=timezone.localdate())[post.pk] if row.in_force
    ]
    names = {(row.release.pk, row.role_level_id): row.name for row in measured}
    needed = {}
    requirements = Requirement.objects.filter(
        release__in={row.release.pk for row in measured},
        role_level__in={row.role_level_id for row in measured},
    )
    for requirement in requirements:
        name = names.get((requirement.release_id, requirement.role_level_id))
        if name is not None:
            found = needed.setdefault(requirement.skill_id, {"target": 0, "names": []})
            found["target"] = max(found["target"], requirement.target)
            found["names"].append(name)
    of_framework = scales({row.release.framework_id for row in measured})
    versions = (
        SkillVersion.objects.filter(
            release__in={row.release.pk for row in measured}, skill__in=needed
        )
        .select_related("area", "skill")
        .order_by("release", "area__position", "name")
    )
    return [
        NeededSkill(
            skill_id=version.skill_id,
            slug=version.skill.slug,
            name=version.name,
            area=version.area.name,
            target=needed[version.skill_id]["target"],
            scale=tuple(of_framework[version.skill.framework_id]),
            needed_by=tuple(sorted(needed[version.skill_id]["names"])),
        )
        for version in versions
    ]
