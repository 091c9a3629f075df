"""The files of a report in words."""

from dataclasses import dataclass
from functools import cached_property

from django.template.defaultfilters import filesizeformat

from reports.models import GapReportFile

Format, Status = GapReportFile.Format, GapReportFile.Status

CONTENT_TYPES = {
    Format.CSV: "application/zip",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}
# In the order of the page: label, what it is for.
DESCRIPTIONS = {
    Format.ODS: (
        "Spreadsheet (ODS)",
        "Every figure, with a cover, notes and one table a sheet. For LibreOffice, Excel and "
        "others.",
    ),
    Format.XLSX: ("Spreadsheet (XLSX)", "The same for Excel."),
    Format.CSV: (
        "CSV",
        "Every figure on a row of its own, in a ZIP file with what the columns mean. For analysis "
        "and for publishing as open data.",
    ),
    Format.PDF: (
        "PDF",
        "This unit, its people by role and grade, and the units directly below it, to print or "
        "send. Made to be read by screen readers.",
    ),
}
ORDER = list(DESCRIPTIONS)


@dataclass(frozen=True)
class FileRow:
    """One file of a report as its page tells of it."""

    file: GapReportFile

    @cached_property
    def label(self):
        return DESCRIPTIONS[self.file.format][0]

    @cached_property
    def description(self):
        return DESCRIPTIONS[self.file.format][1]

    @property
    def size(self):
        return filesizeformat(self.file.size_bytes)

    @property
    def sentence(self):
        """What happens with the file, and what happens next."""
        if self.file.status == Status.MADE:
            return "Ready to download."
        if self.file.status == Status.FAILED:
            return f"This file could not be made. {self.file.error}"
        if self.file.error:
            return "An attempt to make it did not finish. It will be tried again by itself."
        return "It is being made and will be offered here when it is ready, usually in a minute."


def rows_of(report):
    """The files of a report as rows, in the order of the page. One query."""
    found = report.files.select_related("report__unit")
    return sorted(map(FileRow, found), key=lambda row: ORDER.index(row.file.format))


def state_of(rows):
    """How far the files are, for the page and its script."""
    made = sum(row.file.status == Status.MADE for row in rows)
    finished = all(row.file.is_finished for row in rows)
    step = f"{made} of {len(rows)} files made"
    return {
        "percent": 100 * made // len(rows) if rows else 100,
        "step": "Files",
        "sentence": f"{step}. You can leave this page." if not finished else f"{step}.",
        "finished": finished,
    }
