"""The portal's own format: one TOML file, described in `assessments/frameworks/README.md`."""

import datetime
import re
import tomllib

from govuk.files.tables import MOST_ROWS, decode

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
from .text import mend_name, mend_text

SYNTAX_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
# Python's TOML reader takes a time that grows with the square of a dotted key's parts.
MOST_DOTS = 50
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KIND_NAMES = {
    str: "text in quotation marks",
    int: "a whole number",
    list: "a list",
    dict: "a table",
    datetime.date: "a date, as 2026-09-01",
}


def read(file):
    """Read a `SourceFile` as a framework; the outcome as a `Reading`."""
    problems = Problems()
    data = _parse(file, problems)
    framework = None
    if data is not None:
        framework = _Reader(file, problems).framework(data)
    return reading(framework, file.name, problems)


def _parse(file, problems):
    text = decode(file, problems)
    if text is None:
        return None
    lines = text.splitlines()
    if len(lines) > MOST_ROWS:
        problems.error(
            Place(file.name, MOST_ROWS + 1),
            f"The file has more than {MOST_ROWS:,} lines.",
            "Choose a file in the portal’s own format.",
        )
        return None
    for number, line in enumerate(lines, 1):
        if line.count(".") > MOST_DOTS:
            problems.error(
                Place(file.name, number),
                f"The line has more than {MOST_DOTS} dots.",
                "Choose a file in the portal’s own format.",
            )
            return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = SYNTAX_PLACE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        column = f"character {found[2]}" if found else ""
        message = SYNTAX_PLACE.sub("", str(error)).replace("(at end of document)", "").strip()
        problems.error(
            Place(file.name, line, column),
            f"The file is not valid TOML: {message[:200]}.",
            "Look for a missing quotation mark, bracket or equals sign on or above this line.",
        )
    except RecursionError:
        problems.error(
            Place(file.name),
            "The file nests lists or tables too deeply.",
            "Choose a file in the portal’s own format.",
        )
    return None


class _Reader:
    """Reads tables key by key, naming each that is missing, misspelt or of the wrong kind."""

    def __init__(self, file, problems):
        self.file, self.problems = file, problems
        # TOML's reader says nothing of lines, so that a table is placed by the first line that
        # gives its slug or name.
        self.lines = {}
        for number, line in enumerate(file.content.decode("utf-8-sig").splitlines(), 1):
            key, _, value = line.partition("=")
            if key.strip() in ("slug", "name"):
                self.lines.setdefault((key.strip(), value.strip().strip("\"'")), number)

    def place(self, table, column=""):
        for key in ("slug", "name"):
            value = table.get(key) if isinstance(table, dict) else None
            if isinstance(value, str) and (key, value) in self.lines:
                return Place(self.file.name, self.lines[key, value], column)
        return Place(self.file.name, None, column)

    def take(self, table, key, kind, place, default=None):
        """The value of a key; `default`, or an error and the kind's empty value, without one."""
        empty = default if default is not None else (None if kind is datetime.date else kind())
        if key not in table:
            if default is None:
                self.problems.error(
                    Place(place.file, place.line, key), f"“{key}” is missing.", "Add it."
                )
            return empty
        value = table[key]
        # `True` is an integer to Python, and a time of day makes a date another thing.
        if type(value) is not kind:
            self.problems.error(
                Place(place.file, place.line, key),
                f"“{key}” is not {KIND_NAMES[kind]}.",
                f"Write {KIND_NAMES[kind]}.",
            )
            return empty
        return value

    def tables(self, table, key, place):
        found = self.take(table, key, list, place)
        good = [one for one in found if isinstance(one, dict)]
        if len(good) < len(found):
            self.problems.error(
                Place(place.file, place.line, key),
                f"“{key}” is not a list of tables.",
                f"Begin each with [[{key}]].",
            )
        return good

    def known(self, table, keys, place):
        for key in sorted(table.keys() - set(keys)):
            self.problems.error(
                Place(place.file, place.line, key),
                f"“{key}” is not expected here.",
                f"Use {', '.join(keys)}.",
            )

    def slug(self, table, place):
        slug = self.take(table, "slug", str, place)
        if slug and not SLUG.fullmatch(slug):
            self.problems.error(
                Place(place.file, place.line, "slug"),
                f"“{slug}” cannot be part of an address.",
                "Use small letters, numbers and single hyphens.",
            )
        return slug

    def name(self, table, place):
        return mend_name(self.take(table, "name", str, place))

    def description(self, table, place):
        return mend_text(self.take(table, "description", str, place, default=""))

    def framework(self, data):
        top = Place(self.file.name)
        self.known(data, ("framework", "release", "scale", "areas", "role_families"), top)
        head = self.take(data, "framework", dict, top)
        place = self.place(head)
        self.known(head, ("slug", "name", "description", "attribution"), place)
        release = self.take(data, "release", dict, top)
        self.known(release, ("label", "published_on"), top)
        areas = self.tables(data, "areas", top)
        families = self.tables(data, "role_families", top) if "role_families" in data else []
        skills = [skill for area in areas for skill in self.skills(area)]
        roles = [role for family in families for role in self.roles(family)]
        return ParsedFramework(
            slug=self.slug(head, place),
            name=self.name(head, place),
            description=self.description(head, place),
            attribution=mend_text(self.take(head, "attribution", str, place, default="")),
            label=self.label(release, top),
            published_on=self.take(release, "published_on", datetime.date, top),
            scale=tuple(self.scale_level(level) for level in self.tables(data, "scale", top)),
            areas=tuple(self.area(area) for area in areas),
            skills=tuple(sorted(skills, key=lambda skill: skill.slug)),
            families=tuple(self.name(family, self.place(family)) for family in families),
            roles=tuple(sorted(roles, key=lambda role: role.slug)),
            place=place,
        )

    def label(self, release, place):
        label = mend_name(self.take(release, "label", str, place))
        if len(label) > 50:
            self.problems.error(
                Place(place.file, place.line, "label"),
                "The release’s label is too long.",
                "Shorten it to 50 characters or fewer.",
            )
        return label

    def scale_level(self, table):
        place = self.place(table)
        self.known(table, ("value", "name", "description"), place)
        return ParsedScaleLevel(
            value=self.take(table, "value", int, place),
            name=self.name(table, place),
            description=self.description(table, place),
        )

    def area(self, table):
        place = self.place(table)
        self.known(table, ("name", "description", "skills"), place)
        return ParsedArea(self.name(table, place), self.description(table, place), place)

    def skills(self, area):
        for table in self.tables(area, "skills", self.place(area)):
            place = self.place(table)
            self.known(table, ("slug", "name", "description", "levels"), place)
            yield ParsedSkill(
                slug=self.slug(table, place),
                name=self.name(table, place),
                area=mend_name(str(area.get("name", ""))),
                description=self.description(table, place),
                levels=tuple(self.levels(self.take(table, "levels", dict, place), place)),
                place=place,
            )

    def levels(self, table, place):
        place = Place(place.file, place.line, "levels")
        good = {}
        for key, statements in table.items():
            if not re.fullmatch("[1-9]", key):
                self.problems.error(
                    place, f"“{key}” is not the number of a level.", "Use numbers from 1 to 8."
                )
            elif not isinstance(statements, list) or not all(
                isinstance(text, str) and text.strip() for text in statements
            ):
                self.problems.error(
                    place,
                    f"Level {key} is not a list of statements.",
                    "Write texts in quotation marks, between square brackets.",
                )
            else:
                good[int(key)] = tuple(mend_name(text) for text in statements)
        for value, statements in sorted(good.items()):
            yield ParsedLevel(value, statements)

    def roles(self, family):
        family_place = self.place(family)
        self.known(family, ("name", "roles"), family_place)
        for table in self.tables(family, "roles", family_place):
            place = self.place(table)
            self.known(table, ("slug", "name", "description", "levels"), place)
            levels = [self.role_level(level) for level in self.tables(table, "levels", place)]
            yield ParsedRole(
                slug=self.slug(table, place),
                name=self.name(table, place),
                family=mend_name(str(family.get("name", ""))),
                description=self.description(table, place),
                levels=tuple(sorted(levels, key=lambda level: level.seniority)),
                place=place,
            )

    def role_level(self, table):
        place = self.place(table)
        self.known(table, ("slug", "name", "grades", "seniority", "description", "targets"), place)
        grades = self.take(table, "grades", list, place, default=[])
        if not all(isinstance(grade, str) for grade in grades):
            self.problems.error(
                Place(place.file, place.line, "grades"),
                "“grades” is not a list of texts.",
                'Write them as ["AA", "AO"].',
            )
            grades = []
        targets = self.take(table, "targets", dict, place)
        place_of_targets = Place(place.file, place.line, "targets")
        for skill, target in targets.items():
            if type(target) is not int:
                self.problems.error(
                    place_of_targets,
                    f"The target for “{skill}” is not a whole number.",
                    "Write the number of a level.",
                )
        return ParsedRoleLevel(
            slug=self.slug(table, place),
            name=self.name(table, place),
            seniority=self.take(table, "seniority", int, place),
            description=self.description(table, place),
            requirements=tuple(
                ParsedRequirement(skill, target, place_of_targets)
                for skill, target in sorted(targets.items())
                if type(target) is int
            ),
            grades=tuple(sorted(set(grades))),
            place=place,
        )
