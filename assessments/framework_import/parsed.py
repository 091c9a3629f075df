"""A framework as read from files or from a release: values only, equal when they say the same.

Everything a release fixes takes part in comparison. What belongs to the framework itself (name,
description, scale) and where in a file a thing stood do not.
"""

import datetime
from dataclasses import dataclass, field

from govuk.files.problems import Place


@dataclass(frozen=True)
class ParsedScaleLevel:
    value: int
    name: str
    description: str = field(default="", compare=False)


@dataclass(frozen=True)
class ParsedArea:
    name: str
    description: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ParsedLevel:
    """A level that is defined for a skill; a level that is not has none."""

    value: int
    statements: tuple[str, ...]


@dataclass(frozen=True)
class ParsedSkill:
    slug: str
    name: str
    area: str
    description: str = ""
    levels: tuple[ParsedLevel, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ParsedRequirement:
    skill: str
    target: int
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ParsedRoleLevel:
    """Skills are sorted by slug in both lists of them, grades by name."""

    slug: str
    name: str
    seniority: int
    description: str = ""
    requirements: tuple[ParsedRequirement, ...] = ()
    unlevelled_skills: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ParsedRole:
    """`levels` are sorted by seniority."""

    slug: str
    name: str
    family: str
    description: str = ""
    levels: tuple[ParsedRoleLevel, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ParsedFramework:
    """`skills` and `roles` are sorted by slug; areas and families stand in the order shown."""

    slug: str
    name: str = field(compare=False)
    areas: tuple[ParsedArea, ...]
    skills: tuple[ParsedSkill, ...]
    families: tuple[str, ...]
    roles: tuple[ParsedRole, ...]
    attribution: str = ""
    description: str = field(default="", compare=False)
    scale: tuple[ParsedScaleLevel, ...] = field(default=(), compare=False)
    label: str = field(default="", compare=False)
    published_on: datetime.date | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False, repr=False)
