"""Tables and the heat map of a report's pages, with their links."""

from collections import Counter
from itertools import groupby

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from govuk.charts import (
    NO_DATA,
    WITHHELD,
    Cell,
    Heading,
    HeatMap,
    HeatRow,
    band_of,
)
from govuk.tables import Column, Link, Table
from reports import reading
from reports.changes import points_text
from reports.measures import (
    ANSWERS,
    LEARNING,
    OF_A_LINE,
    PEOPLE,
    RESPONSE,
    REVIEWED,
    levels_of,
    text_of,
)

HEAT_MAP_SKILLS = 12
HEAT_MAP_LIMITS = [20, 40, 60, 80]
HEAT_MAP_BANDS = ["under 20%", "20% to 39%", "40% to 59%", "60% to 79%", "80% and over"]

COLUMNS = {
    "target": Column("Target"),
    **{name: Column(measure.label, numeric=True) for name, measure in OF_A_LINE.items()},
}
# Narrow enough to be read side by side on a laptop: what follows the skill, or the unit.
RATED, AGAINST_TARGET = ["target", *RESPONSE], [*ANSWERS]
# By the part of a section that has the figures.
BESIDE = {
    "reviewed": ("line managers’ levels", [*REVIEWED]),
    "study": ("learning within the year", [*LEARNING]),
}


# --- Links ------------------------------------------------------------------------------------


def url(name, report, unit, *more):
    return reverse(f"reports:{name}", args=[report.unit.slug, report.as_at, unit.slug, *more])


def unit_url(report, unit):
    """The page of a unit in the report; for the report's own unit, the report itself."""
    if unit.pk == report.unit_id:
        return report.get_absolute_url()
    return url("unit", report, unit)


def skill_url(report, unit, line):
    return url("skill", report, unit, line.framework, line.slug)


# --- Tables -----------------------------------------------------------------------------------


def gaps_table(report, unit, lines, changes):
    """The biggest gaps of a unit, with their change where there is an earlier report."""
    names = ["target", "below", "below_share", "mean_gap", "rated", "coverage"]
    change_of = {change.line.key: change.text for change in changes}
    extra = [Column("Change", numeric=True)] if changes else []
    return Table(
        "Biggest gaps",
        [Column("Skill"), *(COLUMNS[name] for name in names), *extra],
        [
            [
                *_row(Link(line.skill, skill_url(report, unit, line)), line, names),
                *([change_of[line.key]] if changes else []),
            ]
            for line in lines
        ],
    )


def strengths_table(report, unit, lines):
    names = ["target", "above", "above_share", "at", "rated", "coverage"]
    return Table(
        "Strengths to lend to others",
        [Column("Skill"), *(COLUMNS[name] for name in names)],
        [_row(Link(line.skill, skill_url(report, unit, line)), line, names) for line in lines],
    )


def changes_table(report, unit, changes, *, since, caption):
    """The share below target in an earlier report and in this one."""
    return Table(
        caption,
        [
            Column("Skill"),
            Column(f"Below target, {_day(since)}", numeric=True),
            Column(f"Below target, {_day(report.as_at)}", numeric=True),
            Column("Change", numeric=True),
            Column(f"People rated, {_day(since)}", numeric=True),
            Column(f"People rated, {_day(report.as_at)}", numeric=True),
        ],
        [
            [
                Link(change.line.skill, skill_url(report, unit, change.line)),
                change.before.texts["below_share"] if change.before else None,
                change.line.texts["below_share"],
                change.text,
                change.before.texts["rated"] if change.before else None,
                change.line.texts["rated"],
            ]
            for change in changes
        ],
    )


def departments_table(report, unit, rows):
    """Skills of a department beside the average of the others."""
    return Table(
        f"{unit} and the other departments",
        [
            Column("Skill"),
            Column(f"Below target, {unit}", numeric=True),
            Column("Below target, other departments", numeric=True),
            Column("Difference", numeric=True),
            Column("Other departments", numeric=True),
            Column("People rated there", numeric=True),
        ],
        [
            [
                Link(row.line.skill, skill_url(report, unit, row.line)),
                row.line.texts["below_share"],
                text_of(row.below_share, "percent"),
                points_text(row.difference),
                text_of(row.departments),
                text_of(row.rated),
            ]
            for row in rows
        ],
    )


def trend_table(trend):
    """One skill's figures by day, from pairs of a day and a line."""
    names = ["target", "required", "rated", "coverage", "below", "below_share", "mean_gap"]
    return Table(
        "Report by report",
        [Column("As at"), *(COLUMNS[name] for name in names)],
        [_row(date_format(day, "j F Y"), line, names) for day, line in trend],
    )


def _day(day):
    return date_format(day, "j M Y")


def people_table(unit, people):
    """What is told of all people of a unit, whatever the skill; None where nothing is."""
    if all(measure.value(people) is None for measure in PEOPLE.values()):
        return None
    return Table(
        f"People of {unit}",
        [Column("Figure"), Column("Value", numeric=True)],
        [[measure.label, measure.text(people)] for measure in PEOPLE.values()],
    )


def figures_tables(report, unit, lines, counted):
    """Every figure of some skills, tables for each framework because scales differ."""
    tables = []
    for _, group in groupby(lines, key=lambda line: line.framework):
        group = list(group)
        rows = [(Link(line.skill, skill_url(report, unit, line)), line) for line in group]
        tables += _every_figure(group[0].framework_name, "Skill", rows, counted)
    return tables


def skill_tables(report, rows, counted):
    """One skill's figures in a unit and in the shown units directly below it."""
    first, line = rows[0]
    headed = [
        (unit.name if unit == first else Link(unit.name, unit_url(report, unit)), figures)
        for unit, figures in rows
    ]
    return _every_figure(f"{line.skill} by unit", "Unit", headed, counted)


def counted_in(section):
    """The parts beside people's own levels that were counted for the section."""
    return [name for name in BESIDE if name in section.figures]


def _every_figure(name, first, rows, counted):
    """Tables of every figure of lines of one framework, given with what heads their rows."""
    levels = levels_of(rows[0][1].scale)
    wanted = [
        (f"{name}: people rated", RATED, []),
        (f"{name}: people at each level", [], levels),
        (f"{name}: people against their target", AGAINST_TARGET, []),
        *((f"{name}: {BESIDE[part][0]}", BESIDE[part][1], []) for part in counted),
    ]
    return [
        Table(
            caption,
            [
                Column(first),
                *(COLUMNS[each] for each in names),
                *(Column(measure.label, numeric=True) for measure in measures),
            ],
            [
                [*_row(heading, line, names), *(measure.text(line) for measure in measures)]
                for heading, line in rows
            ],
        )
        for caption, names, measures in wanted
    ]


def _row(heading, line, names):
    texts = line.texts
    return [heading, *(texts[name] for name in names)]


# --- Heat map ---------------------------------------------------------------------------------


def heat_map(report, unit, lines, children, *, area=""):
    """The share below target by unit and skill.

    `children` are pairs of a unit and its lines. Without an area the skills with the biggest
    gaps are the columns; with one, all skills of that area.
    """
    if area:
        columns = [line for line in lines if line.area_key == area]
    else:
        columns = reading.biggest_gaps(lines)[:HEAT_MAP_SKILLS]
    rows = []
    for each, its_lines in [(unit, lines), *children]:
        by_skill = {(line.framework, line.slug): line for line in its_lines}
        link = "" if each == unit else unit_url(report, each)
        cells = [heat_cell(by_skill.get((line.framework, line.slug))) for line in columns]
        rows.append(HeatRow(Heading(each.name, url=link), cells))
    return HeatMap(
        title="Share of people below target, by unit and skill",
        columns=[Heading(line.skill, url=skill_url(report, unit, line)) for line in columns],
        rows=rows,
        bands=HEAT_MAP_BANDS,
        corner="Unit",
    )


def groups_heat_map(report, dimension, lines, groups):
    """The share below target by group of one dimension, for the unit's biggest gaps.

    `groups` are pairs of a section and its lines, `lines` those of the whole unit.
    """
    names = _names_of(groups)
    columns = reading.biggest_gaps(lines)[:HEAT_MAP_SKILLS]
    rows = [HeatRow(Heading(str(report.unit)), [heat_cell(line) for line in columns])]
    for group, its_lines in groups:
        if group.dimension == dimension:
            by_skill = {line.key: line for line in its_lines}
            # A line that is not there may be withheld as well as not required.
            cells = [
                heat_cell(by_skill[line.key]) if line.key in by_skill else Cell(band=WITHHELD)
                for line in columns
            ]
            heading = Heading(names[group.pk], url=group_url(report, group))
            rows.append(HeatRow(heading, cells))
    name = dimension.label.lower()
    return HeatMap(
        title=f"Share of people below target, by {name} and skill",
        columns=[Heading(line.skill, url=skill_url(report, report.unit, line)) for line in columns],
        rows=rows,
        bands=HEAT_MAP_BANDS,
        corner=dimension.label,
    )


def groups_table(report, dimension, groups):
    """The groups of one dimension with their biggest gap each."""
    names, rows = _names_of(groups), []
    for group, lines in groups:
        if group.dimension == dimension:
            first = next(iter(reading.biggest_gaps(lines)), None)
            rows.append(
                [
                    Link(names[group.pk], group_url(report, group)),
                    len(lines),
                    first and first.skill,
                    first and first.texts["below"],
                    first and first.texts["below_share"],
                ]
            )
    return Table(
        f"By {dimension.label.lower()}",
        [
            Column(dimension.label),
            Column("Skills with figures", numeric=True),
            Column("Biggest gap"),
            Column("Below target", numeric=True),
            Column("Share below target", numeric=True),
        ],
        rows,
    )


def group_name(group):
    """As the framework's release of the day names it; a role level with its role."""
    facts = group.figures["facts"]
    name, role = facts["name"], facts.get("role", "")
    return name if name.startswith(role) else f"{role}: {name}"


def _names_of(groups):
    """{primary key: name} of groups; with the framework of their skills where two are the same."""
    names = {group.pk: (group.dimension, group_name(group)) for group, _ in groups}
    count = Counter(names.values())
    return {
        group.pk: names[group.pk][1]
        if count[names[group.pk]] == 1
        else f"{names[group.pk][1]} ({lines[0].framework_name})"
        for group, lines in groups
    }


def group_url(report, group):
    return reverse(
        "reports:group", args=[report.unit.slug, report.as_at, group.dimension, group.group]
    )


def heat_cell(line):
    """The share below target; a skill without a line is one that nobody there needs."""
    if line is None:
        return Cell("Not required", NO_DATA)
    if line.below_share is None:
        return Cell(band=WITHHELD)
    return Cell(f"{line.below_share}%", band_of(line.below_share, HEAT_MAP_LIMITS))


# --- About the report -------------------------------------------------------------------------


def about_rows(report):
    """What was counted, when and how, for a summary list."""
    frameworks = [f"{release['name']}, {release['label']}" for release in report.facts["releases"]]
    return [
        {"key": "People counted", "value": f"{report.unit} and everything below it"},
        {"key": "As at the end of", "value": date_format(report.as_at, "j F Y")},
        {"key": "Frameworks", "value": "; ".join(frameworks) or "None on that day"},
        {"key": "Smallest published count", "value": report.minimum_count},
        {"key": "Method version", "value": report.method_version},
        {
            "key": "Compiled",
            "value": date_format(timezone.localtime(report.finished_at), "j F Y, H:i"),
        },
        {"key": "Digest", "value": report.digest},
    ]
