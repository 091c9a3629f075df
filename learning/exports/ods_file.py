"""The log as a spreadsheet with its totals."""

import io

from govuk.files.ods import write_ods
from govuk.files.sheets import Sheet
from govuk.tables import Column
from learning.models import LogEntry

from .record import COLUMNS

TOTAL_HEADINGS = ["Entries", "Work time (minutes)", "Own time (minutes)", "All (minutes)"]


def ods_bytes(record):
    file = io.BytesIO()
    period = f"{record.first:%-d %B %Y} to {record.last:%-d %B %Y}"
    sheets = [
        Sheet("Entries", _columns(COLUMNS), map(_row, record.entries)),
        Sheet("By skill", _columns(["Skill", *TOTAL_HEADINGS]), map(_total, record.by_skill)),
        Sheet("By kind", _columns(["Kind", *TOTAL_HEADINGS]), map(_total, record.by_kind)),
        Sheet(
            "About",
            _columns(["Fact", "Value"]),
            [
                ["Person", record.person.full_name],
                ["From", record.first],
                ["To", record.last],
                ["Entries", record.total.entries],
                ["Work time (minutes)", record.total.work],
                ["Own time (minutes)", record.total.own],
                ["Note", "An entry for several skills counts under each of them."],
            ],
        ),
    ]
    write_ods(file, sheets, title=f"Learning log of {record.person.full_name}, {period}")
    return file.getvalue()


def _columns(labels):
    return [Column(label) for label in labels]


def _row(entry):
    return [
        entry.done_on,
        entry.title,
        entry.duration_minutes,
        LogEntry.Time(entry.time).label,
        entry.get_kind_display() or None,
        entry.link or None,
        "; ".join(entry.names) or None,
        entry.reflection or None,
    ]


def _total(total):
    return [total.label, total.entries, total.work, total.own, total.all]
