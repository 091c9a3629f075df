"""The Government Digital and Data framework as the portal ships it: facts, and texts of our own.

The files are described in `assessments/frameworks/gdd/README.md`. The reader of the official files
uses the same facts for what those files lack: areas, seniority, and what the framework is called.
"""

import csv
import tomllib
from collections import defaultdict
from pathlib import Path

from .parsed import (
    ParsedArea,
    ParsedFramework,
    ParsedLevel,
    ParsedRequirement,
    ParsedRole,
    ParsedRoleLevel,
    ParsedScaleLevel,
    ParsedSkill,
    Place,
)
from .problems import Problems, reading
from .text import slug_of

FOLDER = Path(__file__).resolve().parent.parent / "frameworks" / "gdd"


def rows_of(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def texts():
    with (FOLDER / "level_texts.toml").open("rb") as file:
        return tomllib.load(file)


def scale_of(shipped_texts):
    return tuple(
        ParsedScaleLevel(level["level"], level["name"], level["description"])
        for level in shipped_texts["scale"]
    )


def areas_by_skill():
    """The portal's area of each skill, by the skill's name."""
    return {row["skill"]: row["area"] for row in rows_of("skills.csv")}


def seniority_by_role_level():
    """{(role, role level): seniority} by name, 1 the most junior."""
    return {
        (row["role"], row["role_level"]): int(row["seniority"])
        for row in rows_of("required_levels.csv")
    }


def read():
    """The shipped framework. The files are ours and tested, so that reading them cannot fail."""
    shipped = texts()
    general = shipped["general"]["levels"]
    skills = []
    for row in rows_of("skills.csv"):
        own = shipped["skills"].get(row["skill"], {})
        statements = own.get("levels", general)
        undefined = set(row["undefined_levels"].split())
        skills.append(
            ParsedSkill(
                slug=slug_of(row["skill"]),
                name=row["skill"],
                area=row["area"],
                description=own.get("description", ""),
                levels=tuple(
                    ParsedLevel(int(value), tuple(statements[value]))
                    for value in sorted(statements)
                    if value not in undefined
                ),
                place=Place("skills.csv"),
            )
        )
    facts = rows_of("required_levels.csv")
    senior = rows_of("senior_civil_service.csv")
    framework = ParsedFramework(
        slug=shipped["framework"]["slug"],
        name=shipped["framework"]["name"],
        description=shipped["framework"]["description"],
        attribution=shipped["framework"]["attribution"].strip(),
        scale=scale_of(shipped),
        label=shipped["release"]["label"],
        published_on=shipped["release"]["published_on"],
        areas=tuple(ParsedArea(name) for name in sorted({skill.area for skill in skills})),
        skills=tuple(sorted(skills, key=lambda skill: skill.slug)),
        families=tuple(sorted({row["role_family"] for row in [*facts, *senior]})),
        roles=tuple(sorted([*_roles(facts), *_senior_roles(senior)], key=lambda role: role.slug)),
        place=Place("level_texts.toml"),
    )
    return reading(framework, "", Problems())


def _roles(rows):
    requirements = defaultdict(lambda: defaultdict(list))
    families = {}
    for row in rows:
        families[row["role"]] = row["role_family"]
        requirements[row["role"]][int(row["seniority"]), row["role_level"]].append(
            ParsedRequirement(slug_of(row["skill"]), int(row["level"]))
        )
    for role, levels in requirements.items():
        yield ParsedRole(
            slug=slug_of(role),
            name=role,
            family=families[role],
            levels=tuple(
                ParsedRoleLevel(
                    slug=slug_of(name),
                    name=name,
                    seniority=seniority,
                    requirements=tuple(sorted(required, key=lambda one: one.skill)),
                )
                for (seniority, name), required in sorted(levels.items())
            ),
        )


def _senior_roles(rows):
    skills = defaultdict(list)
    for row in rows:
        skills[row["role_family"], row["role"]].append(slug_of(row["skill"]))
    for (family, role), unlevelled in skills.items():
        level = ParsedRoleLevel(
            slug=slug_of(role), name=role, seniority=1, unlevelled_skills=tuple(sorted(unlevelled))
        )
        yield ParsedRole(slug=slug_of(role), name=role, family=family, levels=(level,))
