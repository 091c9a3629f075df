"""A report as CSV: one row for each unit and skill, the stored figures and nothing more."""

import csv

from govuk.charts import WITHHELD_TEXT
from reports import reading

MAX_LEVEL = 8
FIGURES = [
    *("required", "rated", "coverage", "not_applicable"),
    *("below", "at", "above", "below_share", "gap_sum", "mean_gap"),
]
COLUMNS = [
    *("as_at", "unit_path", "unit", "framework", "skill_area", "skill"),
    *("lowest_target", "highest_target"),
    *("people_required", "people_rated", "coverage_percent", "people_not_applicable"),
    *("people_below_target", "people_at_target", "people_above_target", "below_target_percent"),
    *("sum_of_gaps", "mean_gap"),
    *(f"people_at_level_{level}" for level in range(MAX_LEVEL + 1)),
]
# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text):
        return text


def csv_lines(report):
    """Yield the file's lines, ready to send; the first begins with the mark that Excel needs.

    A withheld figure is `[c]`; a level that the framework's scale does not have is empty.
    """
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    facts = report.facts
    sections = report.sections.select_related("unit").order_by("unit__path")
    for section in sections.iterator(chunk_size=100):
        figures = section.figures
        for line in reading.lines_of(section, facts):
            yield writer.writerow(
                [
                    report.as_at.isoformat(),
                    *map(safe, (figures["path"], figures["name"], line.framework_name)),
                    *map(safe, (line.area, line.skill)),
                    *map(_number, (line.target_low, line.target_high)),
                    *(_number(getattr(line, name)) for name in FIGURES),
                    *map(_number, line.levels),
                    *[""] * (MAX_LEVEL + 1 - len(line.levels)),
                ]
            )


def safe(text):
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _number(value):
    if value is None:
        return WITHHELD_TEXT
    return f"{value:.2f}" if isinstance(value, float) else value
