"""A report as tidy CSV, one row a figure, in an archive with what its columns mean.

The archive holds the figures, their description for programs (W3C, "Metadata Vocabulary for
Tabular Data", https://www.w3.org/TR/tabular-metadata/) and the same for people.
"""

import csv
import io
import json
import zipfile

from django.utils import timezone

from govuk.charts import WITHHELD_TEXT
from govuk.files.csv_cells import safe_cell
from govuk.files.zips import member
from reports.exports.content import Field

FIGURES, METADATA, READ_ME = "figures.csv", "figures.csv-metadata.json", "read-me.txt"
DAY = Field("as_at", "As at", "The day at whose end posts, ratings and frameworks were taken")
# What each row has besides what its figure is about.
OF_A_FIGURE = [
    Field("measure", "Measure", "What was counted or worked out; see the list of measures"),
    Field("value", "Value", f"The figure; {WITHHELD_TEXT} where it is withheld"),
    Field("unit_of_measure", "Unit of measure", "people, percent, level, levels or hours"),
]


def write(file, content):
    """Write the archive; rows are taken one by one. The same report gives the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with (
            archive.open(member(FIGURES), "w") as part,
            # With the mark by which spreadsheet programs know UTF-8.
            io.TextIOWrapper(part, encoding="utf-8-sig", newline="") as text,
        ):
            csv.writer(text).writerows(_rows(content))
        archive.writestr(member(METADATA), json.dumps(metadata(content), indent=2))
        archive.writestr(member(READ_ME), read_me(content))


def columns_of(content):
    """Every column of the file, in order; what a table does not tell is empty in its rows."""
    about = {each.key: each for table in content.tables for each in table.about}
    return [DAY, *about.values(), *OF_A_FIGURE]


def _rows(content):
    columns = [column.key for column in columns_of(content)]
    yield columns
    about = columns[1 : -len(OF_A_FIGURE)]
    day = content.report.as_at.isoformat()
    for subjects, tables in (
        (content.units(), [table for table in content.tables if not table.is_of_groups]),
        (content.groups(), [table for table in content.tables if table.is_of_groups]),
    ):
        # Each table's place of what its rows are about, found once.
        plans = [
            (table, {each.key: place for place, each in enumerate(table.fields)})
            for table in tables
        ]
        for subject in subjects:
            for table, places in plans:
                for row in table.rows_of(subject):
                    cells = {key: row[place] for key, place in places.items()}
                    start = [day, *(safe_cell(str(cells.get(key, ""))) for key in about)]
                    for each in table.figures:
                        value = cells[each.key]
                        told = WITHHELD_TEXT if value is None else value
                        yield [*start, each.key, told, each.unit]


def _measures(content):
    """Each measure once: a level has another name in each framework."""
    found = {}
    for table in content.tables:
        for each in table.figures:
            found.setdefault(each.key, each)
    return list(found.values())


def metadata(content):
    """The description of the figures for programs."""
    types = {"as_at": "date", "value": "number"}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": FIGURES,
        "dc:title": content.title,
        "dc:description": " ".join(content.overview),
        "dc:issued": timezone.localdate(content.report.finished_at).isoformat(),
        "dialect": {"header": True, "encoding": "utf-8"},
        "tableSchema": {
            "columns": [
                {
                    "name": column.key,
                    "titles": column.key,
                    "dc:description": column.meaning,
                    "datatype": types.get(column.key, "string"),
                    **({"null": [WITHHELD_TEXT]} if column.key == "value" else {}),
                }
                for column in columns_of(content)
            ]
        },
        "notes": [
            {"about": dict(content.facts)},
            {"measures": {each.key: _meaning(each) for each in _measures(content)}},
            {"levels": content.levels},
            {"definitions": dict(content.definitions)},
            {"withheld": content.withholding},
        ],
    }


def read_me(content):
    """The description of the figures for people."""
    lines = [
        *(content.title, "", *content.overview, ""),
        *(f"{name}: {value}" for name, value in content.facts),
        *("", f"Columns of {FIGURES}", ""),
        *(f"{column.key}: {column.meaning}." for column in columns_of(content)),
        *("", "Measures", ""),
        *(f"{each.key}: {_meaning(each)}." for each in _measures(content)),
        *("", "Levels", ""),
        *(f"{name}: {', '.join(levels)}." for name, levels in content.levels.items()),
        *("", "What the figures mean", ""),
        *(f"{name}: {text}" for name, text in content.definitions),
        *("", "Why some figures are withheld", ""),
        *content.withholding,
    ]
    return "\r\n".join([*lines, ""])


def _meaning(each):
    return f"{each.meaning} ({each.unit})"
