"""What came of reading the files of a framework."""

from dataclasses import dataclass

from govuk.files.problems import Problem, Problems

from .parsed import ParsedFramework

__all__ = ["Problems", "Reading", "reading"]


@dataclass(frozen=True)
class Reading:
    """What came of reading files. `framework` is None when there are errors."""

    framework: ParsedFramework | None
    source: str
    errors: tuple[Problem, ...] = ()
    errors_left_out: int = 0
    notes: tuple[Problem, ...] = ()


def reading(framework, source, problems):
    """The outcome of a reader: no framework as soon as there is one error."""
    return Reading(
        framework=None if problems.errors else framework,
        source=source,
        errors=tuple(problems.errors),
        errors_left_out=problems.errors_left_out,
        notes=tuple(problems.notes),
    )
