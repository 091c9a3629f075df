"""What a spreadsheet is made of, whatever the format of its file.

The layout follows the Government Analysis Function, "Releasing statistics in spreadsheets",
https://analysisfunction.civilservice.gov.uk/policy-store/releasing-statistics-in-spreadsheets/:
one table a sheet, its title and notes above it in the first column, no merged cells, no empty
rows, and the table marked up as one, so that a screen reader tells where it is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from govuk.tables import Column

# How many rows a sheet has in Excel and LibreOffice, and how long its name may be.
MOST_ROWS = 1_048_576
LONGEST_NAME = 31
# What XML 1.0 cannot hold.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")


class TooManyRowsError(Exception):
    """The table is longer than a spreadsheet can be."""


@dataclass(frozen=True)
class Sheet:
    """A title and notes in the first column, then a table; without columns, only the texts.

    Rows hold texts, numbers, dates and None, and are taken once, one by one. With a `title` the
    sheet is one for publication, and the table has the marks of one; `headings` are the notes
    that stand out as headings.
    """

    name: str
    columns: list[Column] = field(default_factory=list)
    rows: Iterable = ()
    title: str = ""
    notes: list[str] = field(default_factory=list)
    headings: frozenset[str] = frozenset()


def clean(text):
    """The text without what a cell cannot hold."""
    return UNWRITABLE.sub("", text)


def sheet_names(sheets):
    """The names of the sheets as a program takes them: short, without its signs, none twice."""
    names = []
    for sheet in sheets:
        wanted = _NOT_IN_A_NAME.sub(" ", clean(sheet.name)).strip(" '")[:LONGEST_NAME] or "Sheet"
        name, number = wanted, 2
        while name.casefold() in {taken.casefold() for taken in names}:
            name = f"{wanted[: LONGEST_NAME - 4]} ({number})"
            number += 1
        names.append(name)
    return names


def laid_out(sheet):
    """Yield the sheet's rows from the top, each as its cells and the kinds of its cells.

    Kinds are "title", "heading", "prose" and "head" (a table's headings) for texts, "right" for
    a figure, and "". Raises TooManyRowsError at the row that does not fit.
    """
    for number, row in enumerate(_all_rows(sheet), start=1):
        if number > MOST_ROWS:
            raise TooManyRowsError
        yield row


def _all_rows(sheet):
    if sheet.title:
        yield [sheet.title], ["title"]
    plain = "" if sheet.columns else "prose"
    for note in sheet.notes:
        yield [note], ["heading" if note in sheet.headings else plain]
    if sheet.columns:
        yield [column.label for column in sheet.columns], ["head"] * len(sheet.columns)
        kinds = ["right" if column.numeric else "" for column in sheet.columns]
        for row in sheet.rows:
            yield row, kinds


def table_cells(sheet, rows):
    """The first and the last cell of the sheet's table, of `rows` rows in all; None without marks.

    A table has at least one row below its headings: Excel mends one that has not.
    """
    if not (sheet.title and sheet.columns):
        return None
    head = 1 + len(sheet.notes)
    last = max(rows - 1, head + 1)
    return reference(head, 0), reference(last, len(sheet.columns) - 1)


def reference(row, column):
    """The name of a cell, both counted from 0: "A1", "AB12"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
