"""Files into rows, or into an error that says where and what to do."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from .problems import Place

MOST_ROWS = 50_000
END_OF_PLAIN_CELL = re.compile(r"[,\r\n]")
SAVE_AS_UTF8 = "Save the file again as “CSV UTF-8” and import it again."


@dataclass(frozen=True)
class SourceFile:
    """A file's name and content; never more than one byte over the largest that is allowed."""

    name: str
    content: bytes

    @classmethod
    def from_path(cls, path):
        with open(path, "rb") as file:
            return cls.from_file(file, Path(path).name)

    @classmethod
    def from_file(cls, file, name):
        return cls(name, file.read(settings.FRAMEWORK_FILE_MAX_BYTES + 1))


@dataclass(frozen=True)
class Row:
    """One record: its cells by column, and the line of the file on which it begins."""

    file: str
    line: int
    cells: dict

    def place(self, column=""):
        return Place(self.file, self.line, column)


def decode(source, problems):
    """The file's text without a byte order mark; None, and an error, when it cannot be read."""
    content, whole = source.content, Place(source.name)
    maximum = settings.FRAMEWORK_FILE_MAX_BYTES
    if len(content) > maximum:
        problems.error(
            whole,
            f"The file is larger than {maximum // 1024 // 1024} MB.",
            "Choose the file as published. It should be a few megabytes at most.",
        )
        return None
    if not content.strip():
        problems.error(whole, "The file is empty.", "Choose the file as published.")
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.error(Place(source.name, 1), "The file is saved as UTF-16.", SAVE_AS_UTF8)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a byte order mark, positions are counted after it.
        content = content.removeprefix(b"\xef\xbb\xbf")
        before = content[: error.start]
        line = before.count(b"\n") + 1
        position = error.start - (before.rfind(b"\n") + 1) + 1
        problems.error(
            Place(source.name, line),
            f"Byte {position} of the line (0x{content[error.start]:02X}) is not UTF-8. "
            "The file may be saved as Latin-1 or Windows-1252.",
            SAVE_AS_UTF8,
        )
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        problems.error(
            Place(source.name, line),
            "The line holds a NUL character, which no text file has.",
            "The file is damaged: download it again.",
        )
        return None
    return text


def read_table(source, columns, problems, *, optional=(), other=None):
    """The rows of a CSV file by column name, in the file's order; None when it cannot be read.

    All of `columns` must be in the header, in any order; others than these and the `optional`
    ones are passed over with a note. `other` is (columns, what it is) of the file that this one
    may have been mixed up with. Cells are as they stand in the file.
    """
    text = decode(source, problems)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header, rows, begin = None, [], 1
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            _explain_quotes(source, text, begin, header, problems)
            return None
        if not any(cells):
            continue
        if header is None:
            header = [" ".join(cell.split()) for cell in cells]
            if not _header_is_right(source, begin, header, columns, optional, other, problems):
                return None
        elif len(rows) >= MOST_ROWS:
            problems.error(
                Place(source.name, begin),
                f"The file has more than {MOST_ROWS:,} rows.",
                "Choose the file as published.",
            )
            return None
        elif len(cells) != len(header):
            few = len(cells) < len(header)
            problems.error(
                Place(source.name, begin, header[len(cells)] if few else ""),
                f"The row has {len(cells)} cells, the header has {len(header)}.",
                "Add the missing cells, empty if need be."
                if few
                else "Put cells that hold a comma in quotation marks.",
            )
        else:
            rows.append(Row(source.name, begin, dict(zip(header, cells, strict=True))))
    if header is None or (not rows and not problems.errors):
        problems.error(Place(source.name), "The file has no rows.", "Choose the file as published.")
        return None
    return rows


def _header_is_right(source, line, header, columns, optional, other, problems):
    place = Place(source.name, line)
    missing = [column for column in columns if column not in header]
    extra = [column for column in header if column not in columns and column not in optional]
    twice = sorted({column for column in header if header.count(column) > 1})
    if missing:
        message = f"The header lacks {_listed(missing)}."
        if extra:
            message += f" It has {_listed(extra)}, which is not expected."
        remedy = f"The header must be: {','.join(columns)}"
        if other and set(other[0]) <= set(header):
            remedy = f"This looks like {other[1]}. Choose the files the other way round."
        problems.error(place, message, remedy)
        return False
    if twice:
        problems.error(
            place, f"The header has {_listed(twice)} more than once.", "Leave one of them."
        )
        return False
    if extra:
        problems.note(
            place, f"The file has {_listed(extra)} as well, which the portal passes over."
        )
    return True


def _listed(names):
    return ", ".join(f"“{name}”" for name in names)


def _explain_quotes(source, text, begin, header, problems):
    """Name the quotation mark that a record which cannot be read left open.

    Called once, after the csv module has given up on the record that begins on line `begin`.
    """
    lines = io.StringIO(text, newline="").readlines()
    record = "".join(lines[begin - 1 :])
    line, cell, position, opened = begin, 0, 0, None
    while position < len(record):
        if record[position] == '"':
            opened = line
            end = record.find('"', position + 1)
            while end != -1 and record[end + 1 : end + 2] == '"':
                end = record.find('"', end + 2)
            if end == -1:
                break  # never closed
            line += record.count("\n", position, end)
            position = end + 1
            if record[position : position + 1] not in (",", "\r", "\n", ""):
                break  # closed by the mark that was to open a later cell
        else:
            end = END_OF_PLAIN_CELL.search(record, position)
            position = end.start() if end else len(record)
        if record[position : position + 1] != ",":
            opened = None
            break
        cell, position = cell + 1, position + 1
    if opened is None:
        problems.error(
            Place(source.name, begin),
            "The row cannot be read: a cell is far too long.",
            "The file is damaged: download it again.",
        )
        return
    column = header[cell] if header and cell < len(header) else str(cell + 1)
    problems.error(
        Place(source.name, opened, column),
        "The quotation mark that opens this cell is not closed, or is followed by more text.",
        "Close the cell with a quotation mark, and write a quotation mark inside it twice.",
    )
