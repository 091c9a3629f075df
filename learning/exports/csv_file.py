"""The log as CSV: the columns of the import, so that it can be brought back in."""

import csv
import io

from govuk.files.csv_cells import safe_cell

from .record import COLUMNS, time_word


def csv_bytes(record):
    """UTF-8 with a byte order mark, by which spreadsheet programs know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in record.entries:
        cells = [
            entry.done_on.isoformat(),
            entry.title,
            str(entry.duration_minutes),
            time_word(entry),
            entry.get_kind_display(),
            entry.link,
            "; ".join(entry.names),
            entry.reflection,
        ]
        writer.writerow([safe_cell(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")
