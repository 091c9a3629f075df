"""A report as a tagged PDF (PDF/UA-1): its own unit and the units directly below.

Further down, and beyond so many rows, a PDF is nothing to read: it says what it leaves out and
which file has it.
"""

from pathlib import Path

from govuk.charts import WITHHELD_TEXT
from govuk.files.pdf import NOT_SHOWN, compile_pdf, has_boxes, shown
from reports import reading

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
        tables = [_table(table, list(table.rows_of(section))) for table in content.tables]
        tables = [table for table in tables if table["rows"]]
        rows += sum(len(table["rows"]) for table in tables)
        # The report's own unit, the first, is there however long it is.
        if units and (left_out or rows > MOST_ROWS):
            left_out.append(section.figures["name"])
        else:
            units.append({"name": section.figures["name"], "tables": tables})
    return units, left_out


def _table(table, rows):
    """A unit's rows. A column whose cells all say the same goes into the caption instead."""
    skipped = {0, 1}  # the unit
    said = [table.title]
    for place, each in enumerate(table.fields):
        values = {row[place] for row in rows}
        if place > 1 and not each.unit and len(values) == 1 and len(rows) > 1:
            skipped.add(place)
            said.append(f"{each.label}: {values.pop()}")
    kept = [place for place in range(len(table.fields)) if place not in skipped]
    return {
        "caption": ". ".join(said),
        "columns": [table.fields[place].label for place in kept],
        "numeric": [bool(table.fields[place].unit) for place in kept],
        "rows": [[_text(row[place]) for place in kept] for row in rows],
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
