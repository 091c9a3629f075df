"""The official CSV files of the Government Digital and Data Profession Capability Framework.

"Skill description" and "Role content" as the publisher's site offers them, read together, with an
optional third file that gives the order of role levels, which the official files lack. What real
files hold besides their facts is tolerated and counted: see the oddity sentences below.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from govuk.files.tables import read_table

from . import gdd_facts
from .parsed import (
    ParsedArea,
    ParsedFramework,
    ParsedLevel,
    ParsedRequirement,
    ParsedRole,
    ParsedRoleLevel,
    ParsedSkill,
    Place,
)
from .problems import Problems, reading
from .text import mend_name, mend_text, slug_of, statements_of, without_links

LEVELS = {"Awareness": 1, "Working": 2, "Practitioner": 3, "Expert": 4}
LEVEL_BY_WORD = {word.casefold(): value for word, value in LEVELS.items()}
SKILL_COLUMNS = ("Skill Name", "Skill Description", *LEVELS, "Roles that require Skill")
ROLE_COLUMNS = (
    "Role Family",
    "Role",
    "Role Description",
    "Role Level",
    "Role Level Description",
    "Skill Name",
    "Skill Description",
    "Skill Level",
    "Skill Level Description",
    "Role Type",
)
ORDER_COLUMNS = ("Role Family", "Role", "Role Level", "Level Order")
ORDER_EXTRAS = ("Distinct Skills", "Mean Required Level (1-4)")

NOT_IN_USE = "NOT IN USE"
PLACEHOLDERS = {"", "MISSING", NOT_IN_USE}
UNDEFINED = "this skill level is currently not defined"
ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0.\n"
    "The grouping of skills into areas is the portal’s own."
)

# Oddities that are mended or passed over. Each is followed by how many there are.
DUPLICATES = "Rows that repeat another row exactly, read once"
NAMES_MENDED = "Names with stray spaces or invisible characters, which were taken out"
TEXTS_MENDED = "Texts with stray spaces or invisible characters, which were taken out"
LINKS = "Texts with links, of which the words were kept and the addresses left out"
NO_DESCRIPTION = "Skills without a description"
UNDEFINED_LEVELS = "Levels not defined in skills that have others, shown as not defined"
WITHOUT_LEVELS = "Skills with no level defined, which can be listed but not rated"
UNLEVELLED = "Roles that list skills without saying how much of each, shown without targets"
STALE_ROLES = "Skills whose “Roles that require Skill” differs from the roles file, which was used"
TEXTS_DIFFER = "Texts that differ between the two files, of which the skills file’s was used"
OTHER_CASE = "Levels written with other capitals"
ROLE_TYPE = "Rows with a role type that the portal does not know, which was passed over"
ORDER_GUESSED = "Role levels whose order is not known, placed by how much they require on average"
AREA_GUESSED = (
    "Skills that are not in the portal’s list of areas, put under the role family "
    "that requires them most often"
)


@dataclass
class _RoleLevel:
    name: str
    description: str
    place: Place
    requirements: dict = field(default_factory=dict)  # skill name: ParsedRequirement
    unlevelled: dict = field(default_factory=dict)  # skill name: Place

    @property
    def mean(self):
        targets = [requirement.target for requirement in self.requirements.values()]
        return sum(targets) / len(targets) if targets else 0


@dataclass
class _Role:
    name: str
    family: str
    description: str
    place: Place
    levels: dict = field(default_factory=dict)  # name: _RoleLevel, in the file's order


def read(*, skills, roles, order=None):
    """Read the files (`SourceFile`s) as one framework; the outcome as a `Reading`."""
    problems = Problems()
    source = ", ".join(file.name for file in (skills, roles, order) if file)
    skill_rows = read_table(
        skills, SKILL_COLUMNS, problems, other=(ROLE_COLUMNS, "the file of roles")
    )
    role_rows = read_table(
        roles, ROLE_COLUMNS, problems, other=(SKILL_COLUMNS, "the file of skills")
    )
    order_rows = order and read_table(order, ORDER_COLUMNS, problems, optional=ORDER_EXTRAS)
    if skill_rows is None or role_rows is None or (order and order_rows is None):
        return reading(None, source, problems)
    mend = _Mender(problems)
    found_skills, listed_roles = _skills(skill_rows, mend, problems)
    found_roles = _roles(role_rows, found_skills, mend, problems)
    _compare_files(found_skills, found_roles, listed_roles, skills.name, roles.name, problems)
    given_order = _order(order_rows, found_roles, mend, problems) if order else {}
    if problems.errors:
        return reading(None, source, problems)
    areas = _areas(found_skills, found_roles, problems)
    _note_what_is_missing(found_skills, problems)
    shipped = gdd_facts.texts()
    framework = ParsedFramework(
        slug=shipped["framework"]["slug"],
        name=shipped["framework"]["name"],
        description=shipped["framework"]["description"],
        attribution=ATTRIBUTION,
        scale=gdd_facts.scale_of(shipped),
        areas=tuple(ParsedArea(name) for name in sorted(set(areas.values()))),
        skills=tuple(
            sorted(
                (
                    ParsedSkill(
                        slug=slug_of(skill.name),
                        name=skill.name,
                        area=areas[skill.name],
                        description=skill.description,
                        levels=tuple(
                            ParsedLevel(value, statements_of(text))
                            for value, text in skill.levels.items()
                            if text
                        ),
                        place=skill.place,
                    )
                    for skill in found_skills.values()
                ),
                key=lambda skill: skill.slug,
            )
        ),
        families=tuple(dict.fromkeys(role.family for role in found_roles.values())),
        roles=tuple(
            sorted(_parsed_roles(found_roles, given_order, problems), key=lambda role: role.slug)
        ),
        place=Place(skills.name),
    )
    return reading(framework, source, problems)


class _Mender:
    """Mends cells and counts what it mended; a text that is repeated is worked on once."""

    def __init__(self, problems):
        self.problems = problems
        self.texts = {}

    def name(self, row, column):
        raw = row.cells[column]
        mended = mend_name(raw)
        if mended != raw:
            self.problems.oddity(NAMES_MENDED, row.place(column), f"“{mended}”")
        return mended

    def text(self, row, column):
        raw = row.cells[column]
        if raw not in self.texts:
            mended = mend_text(raw)
            if mended != raw.replace("\r\n", "\n"):
                self.problems.oddity(TEXTS_MENDED, row.place(column), f"line {row.line}")
            plain = without_links(mended)
            if plain != mended:
                self.problems.oddity(LINKS, row.place(column), f"line {row.line}")
            self.texts[raw] = plain
        return self.texts[raw]

    def description(self, row, column):
        text = self.text(row, column)
        return "" if text in PLACEHOLDERS else text


@dataclass
class _Skill:
    name: str
    description: str
    levels: dict  # value: text, empty where the level is not defined
    place: Place

    def says_the_same(self, other):
        return (self.description, self.levels) == (other.description, other.levels)


def _skills(rows, mend, problems):
    """The skills of the skills file by name, and the roles it lists for each."""
    skills, listed_roles = {}, {}
    for row in rows:
        name = mend.name(row, "Skill Name")
        if not name:
            problems.error(
                row.place("Skill Name"), "The skill has no name.", "Name it or delete the row."
            )
            continue
        skill = _Skill(
            name=name,
            description=mend.description(row, "Skill Description"),
            levels={value: _level_text(row, word, mend) for word, value in LEVELS.items()},
            place=row.place("Skill Name"),
        )
        first = skills.setdefault(name, skill)
        if first is not skill:
            if first.says_the_same(skill):
                problems.oddity(DUPLICATES, row.place(), f"line {row.line}")
            else:
                problems.error(
                    row.place("Skill Name"),
                    f"“{name}” stands on line {first.place.line} already, with other texts.",
                    "Keep the row that is right and delete the other.",
                )
            continue
        # No role has a comma in its name: skills have, so that only this column can be split.
        listed = (mend_name(role) for role in row.cells["Roles that require Skill"].split(","))
        listed_roles[name] = {role for role in listed if role}
    return skills, listed_roles


def _level_text(row, column, mend):
    text = mend.description(row, column)
    return "" if text.rstrip(".").casefold() == UNDEFINED else text


def _roles(rows, skills, mend, problems):
    """The roles of the roles file by name, with their levels and what each requires."""
    roles = {}
    for row in rows:
        names = {
            column: mend.name(row, column)
            for column in ("Role Family", "Role", "Role Level", "Skill Name")
        }
        empty = [column for column, name in names.items() if not name]
        if empty:
            for column in empty:
                problems.error(
                    row.place(column), "The cell is empty.", "Fill it in or delete the row."
                )
            continue
        role = _role_of(row, names, roles, mend, problems)
        level = _role_level_of(row, names, role, mend, problems)
        _require(row, names["Skill Name"], level, skills, mend, problems)
        if mend_name(row.cells["Role Type"]) not in ("", "Senior Civil Service"):
            problems.oddity(ROLE_TYPE, row.place("Role Type"), f"“{row.cells['Role Type']}”")
    return roles


def _role_of(row, names, roles, mend, problems):
    description = mend.description(row, "Role Description")
    role = roles.setdefault(
        names["Role"],
        _Role(names["Role"], names["Role Family"], description, row.place("Role")),
    )
    if role.family != names["Role Family"]:
        problems.error(
            row.place("Role Family"),
            f"“{role.name}” belongs to “{names['Role Family']}” here "
            f"and to “{role.family}” on line {role.place.line}.",
            "Give one role family on all rows of the role.",
        )
    if role.description != description:
        problems.error(
            row.place("Role Description"),
            f"“{role.name}” is described otherwise than on line {role.place.line}.",
            "Give one description on all rows of the role.",
        )
    return role


def _role_level_of(row, names, role, mend, problems):
    """The row's role level; a role without levels has one, called as the role is."""
    name = names["Role Level"]
    if name == NOT_IN_USE:
        name = role.name
    description = mend.description(row, "Role Level Description")
    level = role.levels.setdefault(name, _RoleLevel(name, description, row.place("Role Level")))
    if level.description != description:
        problems.error(
            row.place("Role Level Description"),
            f"“{name}” is described otherwise than on line {level.place.line}.",
            "Give one description on all rows of the role level.",
        )
    return level


def _require(row, skill_name, level, skills, mend, problems):
    word = mend_name(row.cells["Skill Level"])
    target = LEVEL_BY_WORD.get(word.casefold())
    if target is None and word != NOT_IN_USE:
        problems.error(
            row.place("Skill Level"),
            f"“{word}” is not a level." if word else "The cell is empty.",
            f"Write {', '.join(LEVELS)} or {NOT_IN_USE}.",
        )
        return
    if target and word not in LEVELS:
        problems.oddity(OTHER_CASE, row.place("Skill Level"), f"“{word}”")
    if skill_name in level.requirements:
        before = level.requirements[skill_name].target, level.requirements[skill_name].place.line
    elif skill_name in level.unlevelled:
        before = None, level.unlevelled[skill_name].line
    else:
        before = None
    if before:
        if before[0] == target:
            problems.oddity(DUPLICATES, row.place(), f"line {row.line}")
        else:
            problems.error(
                row.place("Skill Level"),
                f"“{level.name}” needs “{skill_name}” at another level than on line {before[1]}.",
                "Keep the row that is right and delete the other.",
            )
        return
    if target:
        level.requirements[skill_name] = ParsedRequirement(
            slug_of(skill_name), target, row.place("Skill Name")
        )
    else:
        level.unlevelled[skill_name] = row.place("Skill Name")
    skill = skills.get(skill_name)
    if skill is None:
        return  # named once for the whole file by _compare_files
    description = mend.description(row, "Skill Description")
    if not skill.description:
        skill.description = description
    elif description and description != skill.description:
        problems.oddity(TEXTS_DIFFER, row.place("Skill Description"), f"“{skill_name}”")
    text = _level_text(row, "Skill Level Description", mend)
    if target and text != skill.levels[target]:
        problems.oddity(TEXTS_DIFFER, row.place("Skill Level Description"), f"“{skill_name}”")


def _levels(roles):
    for role in roles.values():
        for level in role.levels.values():
            yield role, level


def _compare_files(skills, roles, listed_roles, skills_file, roles_file, problems):
    """Name each skill that only one of the files has, and count stale lists of roles."""
    required_by = defaultdict(set)
    first_place = {}
    for role, level in _levels(roles):
        places = {name: one.place for name, one in level.requirements.items()} | level.unlevelled
        for name, place in places.items():
            required_by[name].add(role.name)
            first_place.setdefault(name, place)
    by_case = {name.casefold(): name for name in skills}
    for name, place in first_place.items():
        if name in skills:
            continue
        like = by_case.get(name.casefold())
        problems.error(
            place,
            f"The skill “{name}” is not in {skills_file}.",
            f"It is called “{like}” there: write it the same way in both files."
            if like
            else "Add it there, or correct the name here. Both files must be of the same date.",
        )
    for name, skill in skills.items():
        if name not in required_by:
            problems.error(
                skill.place,
                f"No role in {roles_file} has the skill “{name}”.",
                "Delete it here, or correct the name. Both files must be of the same date.",
            )
        elif listed_roles[name] != required_by[name]:
            problems.oddity(
                STALE_ROLES,
                Place(skill.place.file, skill.place.line, "Roles that require Skill"),
                f"“{name}”",
            )


def _order(rows, roles, mend, problems):
    """{(role, role level): number} of the order file."""
    order, lines = {}, {}
    for row in rows:
        role_name, level_name = mend.name(row, "Role"), mend.name(row, "Role Level")
        number = row.cells["Level Order"].strip()
        if level_name == NOT_IN_USE and not number:
            continue
        role = roles.get(role_name)
        level = role and role.levels.get(role.name if level_name == NOT_IN_USE else level_name)
        if not level:
            column = "Role Level" if role else "Role"
            problems.error(
                row.place(column),
                f"The roles file has no role level “{level_name}” of the role “{role_name}”.",
                "Correct the name or delete the row.",
            )
        elif not (number.isascii() and number.isdecimal() and 1 <= int(number) <= 999):
            problems.error(
                row.place("Level Order"),
                f"“{number}” is not a whole number from 1 to 999.",
                "Number the levels of a role from 1, the most junior.",
            )
        elif order.setdefault((role_name, level.name), int(number)) != int(number):
            problems.error(
                row.place("Level Order"),
                f"“{level_name}” has another number on line {lines[role_name, level.name]}.",
                "Keep the row that is right and delete the other.",
            )
        else:
            lines.setdefault((role_name, level.name), row.line)
    return order


def in_order(levels, known):
    """Role levels, the most junior first.

    Those with a `known` number (by name) stand in its order. Any other stands before the first
    known one that requires more than it does on average; all else by the order of the file.
    """
    placed = sorted(
        (level for level in levels if level.name in known), key=lambda it: known[it.name]
    )
    others = sorted((level for level in levels if level.name not in known), key=lambda it: it.mean)
    for level in others:
        above = (n for n, one in enumerate(placed) if one.mean > level.mean)
        placed.insert(next(above, len(placed)), level)
    return placed


def _parsed_roles(roles, given_order, problems):
    shipped = gdd_facts.seniority_by_role_level()
    for role in roles.values():
        order = {
            name: given_order[key]
            for name in role.levels
            if (key := (role.name, name)) in given_order
        }
        if not order:
            order = {
                name: shipped[key] for name in role.levels if (key := (role.name, name)) in shipped
            }
        if len(role.levels) > 1:
            for level in role.levels.values():
                if level.name not in order:
                    problems.oddity(ORDER_GUESSED, level.place, f"“{level.name}” ({role.name})")
        levels = in_order(list(role.levels.values()), order)
        if any(level.unlevelled for level in levels):
            problems.oddity(UNLEVELLED, role.place, f"“{role.name}”")
        yield ParsedRole(
            slug=slug_of(role.name),
            name=role.name,
            family=role.family,
            description=role.description,
            levels=tuple(
                ParsedRoleLevel(
                    slug=slug_of(level.name),
                    name=level.name,
                    seniority=seniority,
                    description=level.description,
                    requirements=tuple(
                        sorted(level.requirements.values(), key=lambda one: one.skill)
                    ),
                    unlevelled_skills=tuple(sorted(map(slug_of, level.unlevelled))),
                    place=level.place,
                )
                for seniority, level in enumerate(levels, 1)
            ),
            place=role.place,
        )


def _areas(skills, roles, problems):
    """The area of each skill by name: the portal's own, or the family that requires it most."""
    shipped = gdd_facts.areas_by_skill()
    families = defaultdict(Counter)
    for role, level in _levels(roles):
        for name in [*level.requirements, *level.unlevelled]:
            families[name][role.family] += 1
    areas = {}
    for name, skill in skills.items():
        areas[name] = shipped.get(name)
        if areas[name] is None:
            # Of families that require it equally often, the first in the file.
            areas[name] = families[name].most_common(1)[0][0]
            problems.oddity(AREA_GUESSED, skill.place, f"“{name}”")
    return areas


def _note_what_is_missing(skills, problems):
    for skill in skills.values():
        if not skill.description:
            problems.oddity(NO_DESCRIPTION, skill.place, f"“{skill.name}”")
        undefined = [word for word, value in LEVELS.items() if not skill.levels[value]]
        if len(undefined) == len(LEVELS):
            problems.oddity(WITHOUT_LEVELS, skill.place, f"“{skill.name}”")
        else:
            for word in undefined:
                place = Place(skill.place.file, skill.place.line, word)
                problems.oddity(UNDEFINED_LEVELS, place, f"“{skill.name}”, {word}")
