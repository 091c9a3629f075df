"""What every file of a report holds: texts, and tables of the figures its sections store.

One reading for all formats. A table says what its columns mean and how to get its rows out of a
section; CSV, spreadsheets and PDF print any table in the list, so that a new one needs no word
in them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings
from django.db.models import Q
from django.utils.formats import date_format

from govuk.charts import WITHHELD_TEXT, level_name
from reports import headlines, measures, reading, tables
from reports.definitions import DEFINITIONS, ROUNDED_FIRST, ROUNDING, withholding_rules

SECTIONS_AT_A_TIME = 50


class CannotBeMadeError(Exception):
    """The file can never be made; the message tells readers why and what to do instead."""


@dataclass(frozen=True)
class Field:
    """A column. With a `unit` it is a figure; without one it says what the figures are about."""

    key: str
    label: str
    meaning: str
    unit: str = ""


UNIT = [
    Field("unit_path", "Unit code", "Where the unit stands in the organisation: units above first"),
    Field("unit", "Unit", "Name of the unit on the report’s day; everything below it is counted"),
]
GROUP = [
    Field(
        "breakdown",
        "Breakdown",
        "Role family, role level or grade by which the unit’s people are told apart",
    ),
    Field("group_code", "Group code", "The group’s name in addresses; no two have the same"),
    Field("group", "Group", "Name of the role family, role level or grade"),
]
SKILL = [
    Field("framework", "Framework", "The framework that the skill belongs to"),
    Field("skill_area", "Skill area", "Where the framework puts the skill"),
    Field("skill", "Skill", "Name of the skill in the framework’s release of the day"),
]


@dataclass(frozen=True)
class Subject:
    """A section read: whom it counts, as the first values of each of its rows, and its figures."""

    values: list[str]
    name: str
    figures: dict
    lines: list
    people: object


@dataclass(frozen=True)
class FigureTable:
    """A table of one kind for every unit of a report, or for every group of its own unit.

    `rows_of(subject)` gives the rows of one of them, each with a value for every field: texts,
    numbers, and None for what is withheld. The first fields say whom the row counts.
    """

    title: str
    subject: list[Field]
    fields: list[Field]
    rows_of: Callable
    notes: list[str] = field(default_factory=list)

    @property
    def about(self):
        return [each for each in self.fields if not each.unit]

    @property
    def figures(self):
        return [each for each in self.fields if each.unit]

    @property
    def is_of_groups(self):
        return self.subject != UNIT


@dataclass(frozen=True)
class Content:
    """A report ready to be written into files.

    `units()` yields its units as `Subject`s, the report's own first and each before those below
    it, a few in memory at a time; `directly_below=True` leaves out what is further down.
    `own` is that first one, and `groups()` yields the groups of its people. `facts` are pairs of
    what and its value.
    """

    report: object
    title: str
    facts: list[tuple[str, str]]
    tables: list[FigureTable]
    own: Subject
    units: Callable[..., Iterator[Subject]]
    groups: Callable[[], Iterator[Subject]]

    def subjects_of(self, table):
        return self.groups() if table.is_of_groups else self.units()

    def rows_of(self, table):
        """Every row of a table, taken one by one."""
        for subject in self.subjects_of(table):
            yield from table.rows_of(subject)

    @cached_property
    def overview(self):
        """What the figures of the report's own unit come to, in sentences."""
        found = headlines.headlines_of(self.own.lines, self.own.people)
        sentences = [
            *found.overview.gaps,
            found.strengths,
            found.response,
            found.overview.coverage,
            *found.study,
            found.overview.withheld,
        ]
        return [text for text in sentences if text] or [
            "No figure about gaps can be published for this unit: too few people have rated "
            "themselves, or their answers are too much alike."
        ]

    @property
    def day(self):
        return date_format(self.report.as_at, "j F Y")

    @property
    def levels(self):
        """{framework: names of its levels, the lowest first}."""
        return {
            release["name"]: [
                level_name(level, release["scale"]) for level in range(len(release["scale"]) + 1)
            ]
            for release in self.report.facts["releases"]
        }

    @property
    def definitions(self):
        return DEFINITIONS

    @property
    def withholding(self):
        return [
            f"A figure shown as {WITHHELD_TEXT} is withheld, so that no reader can work out what "
            "one person answered.",
            *withholding_rules(self.report.minimum_count),
            ROUNDED_FIRST,
        ]


def content_of(report, heartbeat=lambda: None):
    """The content of a ready report; `heartbeat` is called for each section that is read."""
    facts = report.facts

    def units(*, directly_below=False):
        found = report.sections.of_units().order_by("unit__path")
        if directly_below:
            own = report.unit_id
            found = found.filter(Q(unit=own) | Q(unit__parent=own))
        for section in found.iterator(chunk_size=SECTIONS_AT_A_TIME):
            heartbeat()
            figures = section.figures
            name = figures["name"]
            yield _subject([figures["path"], name], name, section, facts)

    def groups():
        for section in report.sections.of_groups().iterator(chunk_size=SECTIONS_AT_A_TIME):
            heartbeat()
            breakdown, name = section.get_dimension_display(), tables.group_name(section)
            values = [*own.values, breakdown, section.group, name]
            yield _subject(values, f"{breakdown}: {name}", section, facts)

    own = next(units())
    first_group = next(groups(), None)
    releases = facts["releases"]
    return Content(
        report=report,
        title=f"Gap report of {report.unit}, {date_format(report.as_at, 'j F Y')}",
        facts=[
            ("Published by", settings.SERVICE_NAME),
            *((row["key"], str(row["value"])) for row in tables.about_rows(report)),
            ("Rounding", ROUNDING),
        ],
        tables=[
            *_tables(releases, UNIT, own),
            *(_tables(releases, [*UNIT, *GROUP], first_group) if first_group else []),
        ],
        own=own,
        units=units,
        groups=groups,
    )


def _subject(values, name, section, facts):
    return Subject(
        values=values,
        name=name,
        figures=section.figures,
        lines=reading.lines_of(section, facts),
        people=headlines.people_of(section),
    )


# --- The tables -------------------------------------------------------------------------------


def _tables(releases, subject, first):
    """The tables of skills for units or groups, by what was counted for the first of them."""
    by = "by unit and skill" if subject == UNIT else "by group and skill"
    gaps = [*measures.TARGETS.values(), *measures.RESPONSE.values(), *measures.ANSWERS.values()]
    yield _of_skills(
        f"People against their target, {by}",
        subject,
        gaps,
        notes=["Targets are numbers of levels, which have names."],
    )
    for release in releases:
        yield _of_skills(
            f"People at each level of {release['name']}, {by}",
            subject,
            measures.levels_of(release["scale"]),
            framework=release["framework"],
        )
    if "reviewed" in first.figures:
        yield _of_skills(
            f"People against their target on line managers’ levels, {by}",
            subject,
            measures.REVIEWED.values(),
        )
    if "study" in first.figures:
        yield _of_skills(
            f"Learning logged within a year, {by}",
            subject,
            measures.LEARNING.values(),
            notes=["The year ends with the report’s day."],
        )
    if "people" in first.figures:
        yield _people(subject)


def _of_skills(title, subject, told, *, framework="", notes=()):
    """A row for each skill of a subject; with a framework, only for its own skills."""

    def rows_of(found):
        for line in found.lines:
            if framework in {"", line.framework}:
                skill = [line.framework_name, line.area, line.skill]
                yield [*found.values, *skill, *(measure.value(line) for measure in told)]

    return FigureTable(
        title=title,
        subject=subject,
        fields=[*subject, *SKILL, *map(_field, told)],
        rows_of=rows_of,
        notes=list(notes),
    )


def _people(subject):
    told = measures.PEOPLE.values()

    def rows_of(found):
        yield [*found.values, *(measure.value(found.people) for measure in told)]

    return FigureTable(
        title="People, answers and learning, by unit",
        subject=subject,
        fields=[*subject, *map(_field, told)],
        rows_of=rows_of,
        notes=["The year of learning ends with the report’s day."],
    )


def _field(measure):
    label = f"{measure.label} (%)" if measure.unit == "percent" else measure.label
    return Field(measure.key, label, measure.meaning, measure.unit)
