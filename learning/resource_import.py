"""The catalogue from a CSV file: all of it or nothing."""

from dataclasses import dataclass
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from govuk.files.csv_cells import plain_cell
from learning.durations import duration_words, minutes_from
from learning.models import Resource
from learning.models.resources import MOST_MINUTES
from learning.table_files import Problems, read_rows

MOST_RESOURCES = 10_000
REQUIRED = ("title", "url", "format")
OPTIONAL = (
    "provider",
    "duration_minutes",
    "free",
    "skills",
    "level_from",
    "level_to",
    "description",
    "evidence",
    "note",
)
COSTS = {"yes": Resource.Cost.FREE, "no": Resource.Cost.PAID, "": ""}
# How a note begins on a row that is kept for old log entries only.
RETIRED = "RETIRED"


@dataclass(frozen=True)
class ImportedResource:
    """One row of the file, checked."""

    FIELDS: ClassVar = (
        "title",
        "url",
        "format",
        "provider",
        "duration_minutes",
        "cost",
        "level_from",
        "level_to",
        "description",
    )

    title: str
    url: str
    format: str
    provider: str
    duration_minutes: int | None
    cost: str
    level_from: int | None
    level_to: int | None
    description: str
    skill_ids: tuple[int, ...]
    is_retired: bool


def read_resources(source, *, skills):
    """The rows of the file and its `Problems`; no rows as soon as there is one error.

    `skills` gives the ids of the skills of each name in lower case. A skill that no framework in
    force has is noted and passed over: a catalogue serves portals with different frameworks.
    """
    problems = Problems()
    rows = read_rows(source, REQUIRED, problems, optional=OPTIONAL, most=MOST_RESOURCES)
    seen = {}
    resources = []
    for row in rows or ():
        cells = {
            name: plain_cell(row.cells.get(name, "").strip()) for name in (*REQUIRED, *OPTIONAL)
        }
        resources.append(_resource(row, cells, skills, problems))
        first = seen.setdefault(cells["url"], row.line)
        if first != row.line:
            problems.error(
                row.place("url"), f"The link is on line {first} already.", "Leave one of the rows."
            )
    return ([] if problems.errors else resources), problems


def _resource(row, cells, skills, problems):
    return ImportedResource(
        title=_text(row, cells, "title", 200, problems, required=True),
        url=_url(row, cells["url"], problems),
        format=_choice(
            row, cells, "format", {value: value for value in Resource.Format.values}, problems
        ),
        provider=_text(row, cells, "provider", 200, problems),
        duration_minutes=_minutes(row, cells["duration_minutes"], problems),
        cost=_choice(row, cells, "free", COSTS, problems),
        description=_text(row, cells, "description", 2000, problems),
        skill_ids=_skills(row, cells["skills"], skills, problems),
        is_retired=cells["note"].startswith(RETIRED),
        **_levels(row, cells, problems),
    )


def _text(row, cells, column, longest, problems, *, required=False):
    text = cells[column]
    if required and not text:
        problems.error(row.place(column), "The cell is empty.", f"Write the {column}.")
    elif len(text) > longest:
        problems.error(
            row.place(column),
            f"The text has {len(text):,} characters.",
            f"Shorten it to {longest:,} or fewer.",
        )
    return text


def _url(row, text, problems):
    try:
        if len(text) > 500:
            raise ValidationError("too long")
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        problems.error(
            row.place("url"),
            "The cell holds no link of 500 characters or fewer.",
            "Write the whole address, like https://www.example.com.",
        )
    return text


def _choice(row, cells, column, known, problems):
    value = known.get(cells[column].lower())
    if value is None:
        options = ", ".join(option or "nothing" for option in known)
        problems.error(
            row.place(column), f"“{cells[column]}” is not known here.", f"Write one of: {options}."
        )
    return value


def _minutes(row, text, problems):
    if not text:
        return None
    try:
        minutes = minutes_from(text)
    except ValueError:
        minutes = 0
    if not 1 <= minutes <= MOST_MINUTES:
        problems.error(
            row.place("duration_minutes"),
            f"“{text}” is no length of time from 1 minute to {duration_words(MOST_MINUTES)}.",
            "Write minutes, such as 90, or leave the cell empty.",
        )
    return minutes


def _levels(row, cells, problems):
    levels = {}
    for column in ("level_from", "level_to"):
        text = cells[column]
        levels[column] = int(text) if text.isascii() and text.isdecimal() and len(text) == 1 else 0
        if text and not 1 <= levels[column] <= 8:
            problems.error(
                row.place(column), f"“{text}” is no level.", "Write a number from 1 to 8."
            )
    first, last = levels["level_from"], levels["level_to"]
    if not first and not last:
        return {"level_from": None, "level_to": None}
    if not first or not last or last < first:
        problems.error(
            row.place("level_to"),
            "The levels do not ascend.",
            "Write both, the lower one as level_from, or leave both empty.",
        )
    return levels


def _skills(row, text, skills, problems):
    found = []
    for name in filter(None, (part.strip() for part in text.split(";"))):
        ids = skills.get(name.lower())
        if ids is None:
            problems.oddity("Skills that no framework in force has", row.place("skills"), name)
        for pk in ids or ():
            if pk not in found:
                found.append(pk)
    return tuple(found)
