"""A report as ODS and XLSX: cover, notes, and one table a sheet."""

from govuk.charts import WITHHELD_TEXT
from govuk.files import ods, xlsx
from govuk.files.sheets import Sheet, TooManyRowsError
from govuk.tables import Column
from reports.exports.content import CannotBeMadeError

CONTENTS, OVERVIEW, ABOUT = "Sheets in this file", "In short", "About this report"
SHORTHAND, MEANING, WITHHELD = "Shorthand", "What the figures mean", "Why figures are withheld"
HEADINGS = frozenset({CONTENTS, OVERVIEW, ABOUT, SHORTHAND, MEANING, WITHHELD})
TOO_LONG = (
    "The report has more rows than a spreadsheet holds. Take the CSV file, which has every figure."
)


def write_ods(file, content):
    _write(ods.write_ods, file, content)


def write_xlsx(file, content):
    _write(xlsx.write_xlsx, file, content)


def _write(write, file, content):
    try:
        write(file, sheets_of(content), title=content.title)
    except TooManyRowsError:
        raise CannotBeMadeError(TOO_LONG) from None


def sheets_of(content):
    """The sheets; the rows of a table are read only when they are taken."""
    tables = [_table(content, number, table) for number, table in enumerate(content.tables, 1)]
    columns = Sheet(
        "Columns",
        [Column("Table"), Column("Column"), Column("Meaning"), Column("Unit of measure")],
        [
            [f"Table {number}", each.label, each.meaning, each.unit or "text"]
            for number, table in enumerate(content.tables, 1)
            for each in table.fields
        ],
        title="What each column means",
        notes=["This sheet has one table."],
    )
    return [_cover(content, [*tables, columns]), _notes(content), *tables, columns]


def _cover(content, others):
    return Sheet(
        "Cover",
        title=content.title,
        notes=[
            OVERVIEW,
            *content.overview,
            ABOUT,
            *(f"{name}: {value}" for name, value in content.facts),
            SHORTHAND,
            f"{WITHHELD_TEXT} in a cell means that the figure is withheld (confidential), so that "
            "no reader can work out what one person answered. The notes say why and when.",
            CONTENTS,
            "Notes: what the figures mean, and why some are withheld",
            *(f"{sheet.name}: {sheet.title}" for sheet in others),
        ],
        headings=HEADINGS,
    )


def _notes(content):
    return Sheet(
        "Notes",
        title="Notes",
        notes=[
            MEANING,
            *(f"{name}: {text}" for name, text in content.definitions),
            "Levels",
            *(f"{name}: {', '.join(levels)}." for name, levels in content.levels.items()),
            WITHHELD,
            *content.withholding,
        ],
        headings=HEADINGS | {"Levels"},
    )


def _table(content, number, table):
    return Sheet(
        f"Table {number}",
        [Column(each.label, numeric=bool(each.unit)) for each in table.fields],
        _rows(content, table),
        title=f"Table {number}: {table.title}, {content.day}",
        notes=[
            "This sheet has one table. "
            f"{WITHHELD_TEXT} means that a figure is withheld; the sheet “Notes” says why.",
            *table.notes,
        ],
    )


def _rows(content, table):
    for row in content.rows_of(table):
        yield [WITHHELD_TEXT if value is None else value for value in row]
