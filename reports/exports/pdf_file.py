"""A report as a tagged PDF (PDF/UA-1): its own unit and the units directly below.

Further down, and beyond so many rows, a PDF is nothing to read: it says what it leaves out and
which file has it.
"""

from itertools import groupby
from pathlib import Path

from govuk.charts import WITHHELD_TEXT
from govuk.files.pdf import NOT_SHOWN, compile_pdf, has_boxes, shown
from reports import reading
from reports.exports.content import UNIT

TEMPLATE = Path(__file__).with_name("report.typ")
MOST_ROWS = 1500
GAPS_IN_HEADLINE = 10
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
    units, left_out = _units(content)
    notes = [
        f"{WITHHELD_TEXT} means that a figure is withheld. The last page says why.",
        "Units further down are in the CSV, ODS and XLSX files of this report.",
    ]
    if left_out:
        notes.append(
            "These units directly below would make this file too long, and are in those files as "
            f"well: {'; '.join(left_out)}."
        )
    data = {
        "title": content.title,
        "publisher": content.facts[0][1],
        "overview": content.overview,
        "facts": content.facts,
        "notes": notes,
        "headline": {"columns": list(HEADLINE.values()), "rows": _headline(content)},
        "units": units,
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
    lines = reading.lines_of(content.own_section, content.report.facts)
    rows = reading.headline_rows_of(lines, GAPS_IN_HEADLINE)
    return [[getattr(row, name) for name in HEADLINE] for row in rows]


def _units(content):
    """The units with their tables, and the names of those beyond the last row that fits."""
    units, left_out, rows = [], [], 0
    for section in content.sections(directly_below=True):
        tables = [
            made for table in content.tables for made in _tables(table, table.rows_of(section))
        ]
        rows += sum(len(table["rows"]) for table in tables)
        # The report's own unit, the first, is there however long it is.
        if units and (left_out or rows > MOST_ROWS):
            left_out.append(section.figures["name"])
        else:
            units.append({"name": section.figures["name"], "tables": tables})
    return units, left_out


def _tables(table, rows):
    """A unit's rows as a table for each value of the first column after the unit's.

    Rows without any figure are named below their table, which would be long and say nothing.
    """
    first = len(UNIT)
    for value, group in groupby(rows, key=lambda row: row[first]):
        told, withheld = [], []
        for row in group:
            figures = [row[place] for place, each in enumerate(table.fields) if each.unit]
            (withheld if all(figure is None for figure in figures) else told).append(row)
        columns = table.fields[first + 1 :]
        about = sum(not each.unit for each in columns)
        yield {
            "caption": f"{table.title}: {value}",
            "columns": [each.label for each in columns],
            "numeric": [bool(each.unit) for each in columns],
            "rows": [[_text(cell) for cell in row[first + 1 :]] for row in told],
            # Its last word says what a row is about; those before only where that stands.
            "withheld": "; ".join(row[first + about] for row in withheld),
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
