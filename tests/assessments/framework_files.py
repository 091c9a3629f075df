"""The small files the framework tests read: our own words with the official files' oddities."""

from pathlib import Path

from assessments.framework_import import gdd, portal_toml
from govuk.files.tables import SourceFile

FILES = Path(__file__).resolve().parent / "files"
SKILLS = (FILES / "gdd_skills.csv").read_bytes()
ROLES = (FILES / "gdd_roles.csv").read_bytes()
ORDER = (FILES / "gdd_order.csv").read_bytes()
SMALL = (FILES / "small.toml").read_bytes()


def edited(content, old, new, *, count=-1):
    """The file's content with `old` replaced, which must be there."""
    old, new = (text if isinstance(text, bytes) else text.encode() for text in (old, new))
    assert old in content
    return content.replace(old, new, count)


def read_gdd(skills=SKILLS, roles=ROLES, order=None):
    return gdd.read(
        skills=SourceFile("skills.csv", skills),
        roles=SourceFile("roles.csv", roles),
        order=order and SourceFile("order.csv", order),
    )


def read_portal(content=SMALL):
    return portal_toml.read(SourceFile("small.toml", content))


def errors(reading):
    """[(file, line, column, message)] of a reading that failed; each error has its remedy."""
    assert reading.framework is None
    assert all(error.remedy for error in reading.errors)
    return [
        (error.place.file, error.place.line, error.place.column, error.message)
        for error in reading.errors
    ]
