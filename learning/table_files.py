"""CSV files of learning: read whole, every mistake with its line, column and what to do."""

from dataclasses import replace

from govuk.files.problems import Problems
from govuk.files.tables import SourceFile, read_table

__all__ = ["Problems", "SourceFile", "read_rows"]

# The reader speaks of published framework files; these files are people's own.
_REMEDIES = {
    "Choose the file as published.": "Start from the template and add a row for each entry.",
    "Choose the file as published. It should be a few megabytes at most.": (
        "Split it into several files and import them one by one."
    ),
    "The file is damaged: download it again.": (
        "Open it in a spreadsheet program and save it again as “CSV UTF-8”."
    ),
}


def read_rows(source, columns, problems, *, optional=(), most):
    """The rows of the file, or None with `problems.errors` saying why not."""
    rows = read_table(source, columns, problems, optional=optional)
    if rows is not None and len(rows) > most:
        problems.error(
            rows[most].place(),
            f"The file has more than {most:,} rows.",
            "Split it into several files and import them one by one.",
        )
        rows = None
    problems.errors = [
        replace(error, remedy=_REMEDIES.get(error.remedy, error.remedy))
        for error in problems.errors
    ]
    return rows
