"""How one release of a framework differs from another. Values in, values out."""

from collections import Counter
from dataclasses import dataclass

ADDED, CHANGED, RETIRED = "added", "changed", "retired"
SKILL, ROLE, ROLE_LEVEL, REQUIREMENT = "skill", "role", "role_level", "requirement"


@dataclass(frozen=True)
class Change:
    """`kind` and `subject` are those of `ReleaseChange`; `detail` says what differs, by lines."""

    kind: str
    subject: str
    name: str
    detail: str = ""


def difference(old, new):
    """The changes from one `ParsedFramework` to the next; with `old` None, everything is added.

    Things are the same when they have the same slug, whatever they are called.
    """
    level_names = {level.value: level.name for level in new.scale}
    names = {skill.slug: skill.name for one in (old, new) if one for skill in one.skills}

    def named(value):
        return level_names.get(value, str(value))

    return [
        *_compare(SKILL, _skills(old), _skills(new), lambda a, b: _skill_changes(a, b, named)),
        *_compare(ROLE, _roles(old), _roles(new), _role_changes),
        *_compare(
            ROLE_LEVEL,
            _role_levels(old),
            _role_levels(new),
            lambda a, b: _role_level_changes(a, b, names),
        ),
        *_compare(
            REQUIREMENT,
            _requirements(old, names),
            _requirements(new, names),
            lambda a, b: [f"{named(a)} → {named(b)}"] if a != b else [],
            detail_of=named,
        ),
    ]


def _compare(subject, old, new, changes, detail_of=lambda thing: ""):
    """`old` and `new` are {key: (name, thing)}."""
    for key, (name, thing) in new.items():
        if key not in old:
            yield Change(ADDED, subject, name, detail_of(thing))
        elif found := changes(old[key][1], thing):
            yield Change(CHANGED, subject, name, "\n".join(found))
    for key, (name, thing) in old.items():
        if key not in new:
            yield Change(RETIRED, subject, name, detail_of(thing))


def _skills(framework):
    skills = framework.skills if framework else ()
    return {skill.slug: (skill.name, skill) for skill in skills}


def _roles(framework):
    roles = framework.roles if framework else ()
    return {role.slug: (role.name, role) for role in roles}


def _role_levels(framework):
    return {
        (role.slug, level.slug): (_full_name(role, level), level)
        for role in (framework.roles if framework else ())
        for level in role.levels
    }


def _requirements(framework, names):
    return {
        (role.slug, level.slug, requirement.skill): (
            f"{_full_name(role, level)}: {names[requirement.skill]}",
            requirement.target,
        )
        for role in (framework.roles if framework else ())
        for level in role.levels
        for requirement in level.requirements
    }


def _full_name(role, level):
    """A role level's name, with its role's where it does not say it."""
    if role.name.casefold() in level.name.casefold():
        return level.name
    return f"{level.name} ({role.name})"


def _line(what, old, new):
    return [f"{what}: {old} → {new}"] if old != new else []


def _description(old, new):
    return ["Description"] if old.description != new.description else []


def _skill_changes(old, new, named):
    found = [
        *_line("Name", old.name, new.name),
        *_line("Area", old.area, new.area),
        *_description(old, new),
    ]
    before = {level.value: level.statements for level in old.levels}
    after = {level.value: level.statements for level in new.levels}
    for value in sorted(before | after):
        if value not in after:
            found.append(f"{named(value)}: no longer defined")
        elif value not in before:
            found.append(f"{named(value)}: now defined")
        elif before[value] != after[value]:
            found.append(f"{named(value)}: {_statement_changes(before[value], after[value])}")
    return found


def _statement_changes(old, new):
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not gone and not come:
        return "statements in another order"
    parts = [f"{count} {word}" for count, word in ((come.total(), "new"), (gone.total(), "gone"))]
    return f"statements {' and '.join(part for part in parts if not part.startswith('0'))}"


def _role_changes(old, new):
    return [
        *_line("Name", old.name, new.name),
        *_line("Role family", old.family, new.family),
        *_description(old, new),
    ]


def _role_level_changes(old, new, names):
    found = [
        *_line("Name", old.name, new.name),
        *_line("Place in the order", old.seniority, new.seniority),
        *_line("Grades", ", ".join(old.grades) or "none", ", ".join(new.grades) or "none"),
        *_description(old, new),
    ]
    for word, slugs in (
        ("Lists", set(new.unlevelled_skills) - set(old.unlevelled_skills)),
        ("No longer lists", set(old.unlevelled_skills) - set(new.unlevelled_skills)),
    ):
        if slugs:
            found.append(f"{word}: {', '.join(sorted(names.get(slug, slug) for slug in slugs))}")
    return found
