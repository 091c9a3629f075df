"""A person's log from a CSV file: all of it or nothing."""

import datetime
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from govuk.files.csv_cells import plain_cell
from learning.durations import duration_words, minutes_from
from learning.models import LogEntry
from learning.models.resources import MOST_MINUTES
from learning.table_files import Problems, read_rows

MOST_ENTRIES = 5_000
EARLIEST_DAY = datetime.date(1970, 1, 1)
DATE, TITLE, MINUTES, TIME = "Date", "What you did", "Minutes", "Time"
KIND, LINK, SKILLS, REFLECTION = "Kind", "Link", "Skills", "What you took from it"
REQUIRED = (DATE, TITLE, MINUTES, TIME)
OPTIONAL = (KIND, LINK, SKILLS, REFLECTION)
COLUMNS = (*REQUIRED, *OPTIONAL)
EXAMPLE_ROWS = (
    ("31/03/2026", "Read about user needs", "45", "work", "Reading", "", "", ""),
    (
        "02/04/2026",
        "Service design meet-up",
        "1h 30m",
        "own",
        "Event",
        "https://www.example.gov.uk/meet-up",
        "User focus",
        "Show the whole journey, not one page.",
    ),
)
TIMES = {
    "work": LogEntry.Time.WORK,
    "work time": LogEntry.Time.WORK,
    "own": LogEntry.Time.OWN,
    "own time": LogEntry.Time.OWN,
    "my own time": LogEntry.Time.OWN,
}
KINDS = {label.lower(): value for value, label in LogEntry.Kind.choices} | {
    value: value for value in LogEntry.Kind.values
}


@dataclass(frozen=True)
class ImportedEntry:
    """One row of the file, checked; `line` is where it begins."""

    line: int
    title: str
    done_on: datetime.date
    duration_minutes: int
    time: str
    kind: str = ""
    link: str = ""
    reflection: str = ""
    skill_ids: tuple[int, ...] = ()

    @property
    def facts(self):
        """What makes it the same entry as one that is in the log already."""
        return self.done_on, self.title, self.duration_minutes, self.time


@dataclass(frozen=True)
class LogFile:
    """What came of reading: no entries as soon as there is one error."""

    entries: tuple[ImportedEntry, ...] = ()
    errors: tuple = ()
    errors_left_out: int = 0
    notes: tuple = field(default=())


def read_log_file(source, *, today, skills):
    """The `LogFile` of a source file. `skills` gives the id of each skill's name in lower case."""
    problems = Problems()
    rows = read_rows(source, REQUIRED, problems, optional=OPTIONAL, most=MOST_ENTRIES)
    entries = [_entry(row, today, skills, problems) for row in rows or ()]
    return LogFile(
        entries=() if problems.errors else tuple(entries),
        errors=tuple(problems.errors),
        errors_left_out=problems.errors_left_out,
        notes=tuple(problems.notes),
    )


def _entry(row, today, skills, problems):
    """The row's entry; what cannot be read is reported and the rest read on."""
    cells = {name: plain_cell(row.cells.get(name, "").strip()) for name in COLUMNS}
    read = {
        "title": _text(row, cells, TITLE, 200, problems, required=True),
        "done_on": _day(row, cells[DATE], today, problems),
        "duration_minutes": _minutes(row, cells[MINUTES], problems),
        "time": _choice(row, TIME, cells[TIME], TIMES, problems, "“work” or “own”"),
        "kind": _choice(
            row,
            KIND,
            cells[KIND],
            KINDS | {"": ""},
            problems,
            f"{', '.join(LogEntry.Kind.labels)}, or leave the cell empty",
        ),
        "link": _link(row, cells, problems),
        "reflection": _text(row, cells, REFLECTION, 4000, problems),
        "skill_ids": _skills(row, cells[SKILLS], skills, problems),
    }
    return ImportedEntry(line=row.line, **read)


def _text(row, cells, column, longest, problems, *, required=False):
    text = cells[column]
    if required and not text:
        problems.error(row.place(column), "The cell is empty.", "Write what you did.")
    elif len(text) > longest:
        problems.error(
            row.place(column),
            f"The text has {len(text):,} characters.",
            f"Shorten it to {longest:,} or fewer.",
        )
    return text


def _day(row, text, today, problems):
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day)
        except ValueError:
            continue
        if day > today:
            problems.error(
                row.place(DATE), f"{text} is in the future.", "Log what you have done already."
            )
        elif day < EARLIEST_DAY:
            problems.error(
                row.place(DATE), f"{text} is before {EARLIEST_DAY.year}.", "Check the year."
            )
        return day
    problems.error(
        row.place(DATE),
        f"“{text}” is not a date." if text else "The cell is empty.",
        "Write the date as day/month/year, such as 31/03/2026.",
    )
    return None


def _minutes(row, text, problems):
    try:
        minutes = minutes_from(text)
    except ValueError:
        problems.error(
            row.place(MINUTES),
            f"“{text}” is not a length of time." if text else "The cell is empty.",
            "Write minutes, such as 90, or hours and minutes, such as 1h 30m.",
        )
        return None
    if not 1 <= minutes <= MOST_MINUTES:
        problems.error(
            row.place(MINUTES),
            f"“{text}” is too {'much' if minutes else 'little'}.",
            f"Write from 1 minute to {duration_words(MOST_MINUTES)}.",
        )
    return minutes


def _choice(row, column, text, known, problems, options):
    value = known.get(text.lower())
    if value is None:
        problems.error(
            row.place(column),
            f"“{text}” is not known here." if text else "The cell is empty.",
            f"Write {options}.",
        )
    return value


def _link(row, cells, problems):
    link = _text(row, cells, LINK, 500, problems)
    if link:
        try:
            URLValidator(schemes=["http", "https"])(link)
        except ValidationError:
            problems.error(
                row.place(LINK),
                "The cell holds no link.",
                "Write the whole address, like https://www.example.com.",
            )
    return link


def _skills(row, text, skills, problems):
    found = []
    for name in filter(None, (part.strip() for part in text.split(";"))):
        pk = skills.get(name.lower())
        if pk is None:
            problems.error(
                row.place(SKILLS),
                f"“{name}” is not the name of a skill in force.",
                "Write the name as the framework has it, and “; ” between two names.",
            )
        elif pk not in found:
            found.append(pk)
    return tuple(found)
