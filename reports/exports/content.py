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
from reports import reading, tables
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


@dataclass(frozen=True)
class FigureTable:
    """A table of one kind for every unit of a report.

    `rows_of(section)` gives the rows of one section of the report, each with a value for every
    field: texts, numbers, and None for what is withheld. The first two fields say which unit.
    """

    name: str
    title: str
    fields: list[Field]
    rows_of: Callable
    notes: list[str] = field(default_factory=list)

    @property
    def about(self):
        return [each for each in self.fields if not each.unit]

    @property
    def figures(self):
        return [each for each in self.fields if each.unit]


UNIT = [
    Field("unit_path", "Unit code", "Where the unit stands in the organisation: units above first"),
    Field("unit", "Unit", "Name of the unit on the report’s day; everything below it is counted"),
]
SKILL = [
    Field("framework", "Framework", "The framework that the skill belongs to"),
    Field("skill_area", "Skill area", "Where the framework puts the skill"),
    Field("skill", "Skill", "Name of the skill in the framework’s release of the day"),
]
GAPS = [
    Field("lowest_target", "Lowest target", "The lowest level called for", "level"),
    Field("highest_target", "Highest target", "The highest level called for", "level"),
    Field(
        "people_required",
        "People required",
        "People whose role levels or grade call for the skill",
        "people",
    ),
    Field("people_rated", "People rated", "Those of them who have submitted a level", "people"),
    Field("coverage", "Coverage (%)", "People rated out of people required", "percent"),
    Field(
        "people_not_applicable",
        "Not applicable",
        "Those who answered that the skill does not apply to them",
        "people",
    ),
    Field("people_below_target", "Below target", "People rated below their own target", "people"),
    Field("people_at_target", "At target", "People rated at their own target", "people"),
    Field("people_above_target", "Above target", "People rated above their own target", "people"),
    Field(
        "share_below_target",
        "Share below target (%)",
        "People below target out of people rated",
        "percent",
    ),
    Field("sum_of_gaps", "Sum of gaps", "Gaps of all people rated, added up", "levels"),
    Field("mean_gap", "Mean gap", "Sum of gaps divided by people rated", "levels"),
]
REVIEWED = [
    Field(
        "people_reviewed",
        "People reviewed",
        "People rated whose line manager agreed to their level or saw another one",
        "people",
    ),
    Field(
        "reviewed_below_target",
        "Below target, reviewed",
        "Those whose line manager sees them below their own target",
        "people",
    ),
    Field(
        "reviewed_at_target",
        "At target, reviewed",
        "Those whose line manager sees them at their own target",
        "people",
    ),
    Field(
        "reviewed_above_target",
        "Above target, reviewed",
        "Those whose line manager sees them above their own target",
        "people",
    ),
    Field(
        "reviewed_sum_of_gaps",
        "Sum of gaps, reviewed",
        "Gaps on line managers’ levels, added up",
        "levels",
    ),
]
LEARNING = [
    Field(
        "people_who_logged_learning",
        "People who logged learning",
        "People in post with an entry towards the skill within the year",
        "people",
    ),
    Field("hours_own_time", "Hours in own time", "Hours they logged as their own time", "hours"),
    Field("hours_work_time", "Hours in work time", "Hours they logged as work time", "hours"),
]


@dataclass(frozen=True)
class Content:
    """A report ready to be written into files.

    `sections()` yields its sections, the report's own unit first and each unit before those
    below it, a few in memory at a time; `directly_below=True` leaves out what is further down.
    `facts` are pairs of what and its value.
    """

    report: object
    title: str
    facts: list[tuple[str, str]]
    tables: list[FigureTable]
    sections: Callable[[], Iterator]

    @cached_property
    def own_section(self):
        return self.report.sections.get(unit=self.report.unit_id)

    @cached_property
    def overview(self):
        """What the figures of the report's own unit come to, in sentences."""
        found = reading.overview_of(reading.lines_of(self.own_section, self.report.facts))
        return [text for text in (*found.gaps, found.coverage, found.withheld) if text] or [
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

    def sections(*, directly_below=False):
        found = report.sections.of_units().order_by("unit__path")
        if directly_below:
            own = report.unit_id
            found = found.filter(Q(unit=own) | Q(unit__parent=own))
        for section in found.iterator(chunk_size=SECTIONS_AT_A_TIME):
            heartbeat()
            yield section

    day = date_format(report.as_at, "j F Y")
    return Content(
        report=report,
        title=f"Gap report of {report.unit}, {day}",
        facts=[
            ("Published by", settings.SERVICE_NAME),
            *((row["key"], str(row["value"])) for row in tables.about_rows(report)),
            ("Rounding", ROUNDING),
        ],
        tables=[
            _gaps(facts),
            *(_levels(facts, release) for release in facts["releases"]),
            _reviewed(facts),
            _learning(facts),
        ],
        sections=sections,
    )


# --- The tables -------------------------------------------------------------------------------


def _gaps(facts):
    def rows_of(section):
        for line in reading.lines_of(section, facts):
            yield [
                *_unit_and_skill(section, line),
                *(line.target_low, line.target_high, line.required, line.rated, line.coverage),
                *(line.not_applicable, line.below, line.at, line.above, line.below_share),
                line.gap_sum,
                # As the pages round it.
                None if line.mean_gap is None else round(line.mean_gap, 1),
            ]

    return FigureTable(
        name="Gaps",
        title="People against their target, by unit and skill",
        fields=[*UNIT, *SKILL, *GAPS],
        rows_of=rows_of,
        notes=["Targets are numbers of levels, which have names."],
    )


def _levels(facts, release):
    scale = release["scale"]

    def rows_of(section):
        for line in reading.lines_of(section, facts):
            if line.framework == release["framework"]:
                yield [*_unit_and_skill(section, line), *line.levels]

    levels = [
        Field(
            f"people_at_level_{level}",
            level_name(level, scale),
            f"People rated whose level is {level}",
            "people",
        )
        for level in range(len(scale) + 1)
    ]
    return FigureTable(
        name=f"Levels {release['name']}",
        title=f"People at each level of {release['name']}, by unit and skill",
        fields=[*UNIT, *SKILL, *levels],
        rows_of=rows_of,
    )


def _reviewed(facts):
    def rows_of(section):
        for line in reading.lines_of(section, facts):
            found = line.reviewed
            yield [
                *_unit_and_skill(section, line),
                *(found.rated, found.below, found.at, found.above, found.gap_sum),
            ]

    return FigureTable(
        name="Reviewed",
        title="People against their target on line managers’ levels, by unit and skill",
        fields=[*UNIT, *SKILL, *REVIEWED],
        rows_of=rows_of,
    )


def _learning(facts):
    def rows_of(section):
        for line in reading.lines_of(section, facts):
            yield [
                *_unit_and_skill(section, line),
                *(line.learners, line.own_hours, line.work_hours),
            ]

    return FigureTable(
        name="Learning",
        title="Learning logged within a year, by unit and skill",
        fields=[*UNIT, *SKILL, *LEARNING],
        rows_of=rows_of,
        notes=["The year ends with the report’s day."],
    )


def _unit_and_skill(section, line):
    figures = section.figures
    return [figures["path"], figures["name"], line.framework_name, line.area, line.skill]
