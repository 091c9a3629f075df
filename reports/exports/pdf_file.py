"""A report as a tagged PDF (PDF/UA-1): its own unit, its groups, and the units directly below.

Further down, and beyond so many rows, a PDF is nothing to read: it says what it leaves out and
which file has it.
"""

from itertools import groupby
from pathlib import Path

from govuk.charts import WITHHELD_TEXT, distribution_bar, distribution_table, distribution_text
from govuk.files.pdf import NOT_SHOWN, compile_pdf, has_boxes, shown
from reports import reading, tables

TEMPLATE = Path(__file__).with_name("report.typ")
MOST_ROWS = 1500
GAPS_IN_HEADLINE = 10
GAPS_IN_CHART = 6
HEADLINE = {
    "skill": "Skill",
    "area": "Area",
    "target": "Target",
    "below": "Below target",
    "below_share": "Share below target",
    "mean_gap": "Mean gap in levels",
    "rated": "People rated",
    "coverage": "Coverage",
}


def write(file, content):
    file.write(compile_pdf(TEMPLATE, data_of(content)))


def data_of(content):
    """What the template prints; all texts can be shown."""
    units, units_left_out = _parts(content, content.units(directly_below=True), of_groups=False)
    groups, groups_left_out = _parts(content, content.groups(), of_groups=True)
    notes = [
        f"{WITHHELD_TEXT} means that a figure is withheld. The last page says why.",
        "Units further down are in the CSV, ODS and XLSX files of this report.",
    ]
    for what, left_out in (
        ("units directly below", units_left_out),
        ("groups by role or grade", groups_left_out),
    ):
        if left_out:
            notes.append(
                f"These {what} would make this file too long, and are in those files as well: "
                f"{'; '.join(left_out)}."
            )
    data = {
        "title": content.title,
        "publisher": content.facts[0][1],
        "overview": content.overview,
        "facts": content.facts,
        "notes": notes,
        "headline": {"columns": list(HEADLINE.values()), "rows": _headline(content)},
        "heat_map": _heat_map(content),
        "charts": _charts(content),
        "units": units,
        "groups": groups,
        "withheld_text": WITHHELD_TEXT,
        "definitions": content.definitions,
        "levels": [[name, f"{', '.join(levels)}."] for name, levels in content.levels.items()],
        "withholding": content.withholding,
    }
    data = _shown(data)
    if has_boxes(data):
        data["notes"].append(
            f"A box ({NOT_SHOWN}) stands for a character that this file cannot show. The other "
            "files have every character."
        )
    return data


def _headline(content):
    rows = reading.headline_rows_of(content.own.lines, GAPS_IN_HEADLINE)
    return [[getattr(row, name) for name in HEADLINE] for row in rows]


def _heat_map(content):
    """The share below target of each unit's biggest gaps, each cell with its band of colour."""
    columns = reading.biggest_gaps(content.own.lines)[: tables.HEAT_MAP_SKILLS]
    rows = []
    for subject in content.units(directly_below=True) if columns else ():
        line_of = {line.key: line for line in subject.lines}
        cells = [tables.heat_cell(line_of.get(line.key)) for line in columns]
        rows.append({"name": subject.name, "cells": [[cell.shown, cell.band] for cell in cells]})
    return {
        "columns": ["Unit", *(line.skill for line in columns)],
        "rows": rows,
        "bands": tables.HEAT_MAP_BANDS,
    }


def _charts(content):
    """Tables of people at each level for the biggest gaps, each row with its picture."""
    lines = reading.biggest_gaps(content.own.lines)[:GAPS_IN_CHART]
    charts = []
    for chart in reading.distribution_charts(lines):
        rows, scale = chart["rows"], chart["scale"]
        table = distribution_table(rows, scale=scale, title=chart["title"])
        pictures = [
            # What it shows is said beside it: its own words would say it twice.
            distribution_bar(row, scale=scale, id=f"{chart['id']}-{place}", decorative=True)
            for place, row in enumerate(rows)
        ]
        words = [f"{row.label}. {distribution_text(row, scale)}" for row in rows]
        charts.append(
            {
                "caption": chart["title"],
                "columns": [*table.columns, "Picture"],
                "rows": [list(row) for row in table.rows],
                "pictures": [list(each) for each in zip(pictures, words, strict=True)],
            }
        )
    return charts


def _parts(content, subjects, *, of_groups):
    """The units or groups with their tables, and the names of those beyond the last row."""
    wanted = [table for table in content.tables if table.is_of_groups == of_groups]
    told, left_out, rows = [], [], 0
    for subject in subjects:
        made = [each for table in wanted for each in _tables(table, table.rows_of(subject))]
        rows += sum(len(each["rows"]) for each in made)
        # The first, of units the report's own, is there however long it is.
        if told and (left_out or rows > MOST_ROWS):
            left_out.append(subject.name)
        else:
            told.append({"name": subject.name, "tables": made})
    return told, left_out


def _tables(table, rows):
    """A unit's or a group's rows as a table for each framework.

    Rows without any figure are named below their table, which would be long and say nothing.
    """
    first = len(table.subject)
    about = len(table.about) - first
    # What the heading and the caption say already is not said again in the rows.
    skipped = first + bool(about)
    columns = table.fields[skipped:]
    for framework, group in groupby(rows, key=lambda row: row[first] if about else ""):
        told, withheld = [], []
        for row in group:
            figures = row[first + about :]
            (withheld if all(figure is None for figure in figures) else told).append(row)
        yield {
            "caption": table.title if framework in table.title else f"{table.title}: {framework}",
            "columns": [each.label for each in columns],
            "numeric": [bool(each.unit) for each in columns],
            "rows": [[_text(cell) for cell in row[skipped:]] for row in told],
            # The last word says what a row is about; those before only where that stands.
            "withheld": "; ".join(row[first + about - 1] for row in withheld),
        }


def _text(value):
    if value is None:
        return WITHHELD_TEXT
    return f"{value:,}" if isinstance(value, int) else str(value)


def _shown(value):
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    return value
