"""What a reader has to say about files: errors that stop an import, notes that do not."""

from dataclasses import dataclass, field
from enum import StrEnum

# A file of the wrong kind may have as many errors as rows; nobody reads the hundred-and-first.
MOST_ERRORS = 100
EXAMPLES = 3


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, the line on which its record begins, a column or key."""

    file: str
    line: int | None = None
    column: str = ""


class Severity(StrEnum):
    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True)
class Problem:
    severity: Severity
    place: Place
    message: str
    remedy: str = ""

    def __str__(self):
        where = [self.place.file]
        if self.place.line:
            where.append(f"line {self.place.line}")
        if self.place.column:
            where.append(f"column {self.place.column}")
        return f"{', '.join(where)}: {' '.join(filter(None, [self.message, self.remedy]))}"


@dataclass
class _Oddity:
    place: Place
    count: int = 0
    examples: list = field(default_factory=list)


class Problems:
    """Collects the problems of one import: errors one by one, oddities counted by kind."""

    def __init__(self):
        self.errors = []
        self.errors_left_out = 0
        self._notes = []
        self._oddities = {}

    def error(self, place, message, remedy):
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(Problem(Severity.ERROR, place, message, remedy))
        else:
            self.errors_left_out += 1

    def note(self, place, message):
        self._notes.append(Problem(Severity.NOTE, place, message))

    def oddity(self, kind, place, example=""):
        """Count something tolerated; `kind` is the start of a sentence that a count can end."""
        seen = self._oddities.setdefault(kind, _Oddity(place))
        seen.count += 1
        if example and example not in seen.examples and len(seen.examples) < EXAMPLES:
            seen.examples.append(example)

    @property
    def notes(self):
        """The notes, one for each kind of oddity with its count, first place and examples."""
        counted = []
        for kind, seen in self._oddities.items():
            message = f"{kind}: {seen.count:,}."
            if seen.examples:
                message += f" For example: {'; '.join(seen.examples)}."
            counted.append(Problem(Severity.NOTE, seen.place, message))
        return [*self._notes, *counted]
