"""What counts as stale and as changed: cases worked by hand."""

import datetime

import pytest

from assessments.reassessing import SkillText, is_stale, months_before, text_changes

NAMES = {1: "Awareness", 2: "Working", 3: "Practitioner"}
AGILE = SkillText("Agile working", "What it is.", ((1, ("a", "b")), (2, ("c", "d"))))


def changes(**fields):
    given = {"name": AGILE.name, "description": AGILE.description, "levels": AGILE.levels}
    return text_changes(AGILE, SkillText(**given | fields), NAMES.get)


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, []),
        ({"levels": ((1, ("b", "a")), (2, ("c", "d")))}, []),  # another order is no change
        ({"name": "Agile"}, ["It was called “Agile working” before"]),
        ({"description": "Else."}, ["Its description is worded differently"]),
        ({"levels": ((1, ("a", "b")),)}, ["Working is no longer described"]),
        ({"levels": (*AGILE.levels, (3, ("e",)))}, ["Practitioner is now described"]),
        (
            {"levels": ((1, ("a", "b", "x")), (2, ("c", "y")))},
            [
                "Awareness: 1 new of its statements",
                "Working: 1 new and 1 taken out of its statements",
            ],
        ),
    ],
)
def test_each_difference_is_a_line(fields, lines):
    assert changes(**fields) == lines


def test_not_yet_is_always_defined():
    assert AGILE.defined == {0, 1, 2}
    assert SkillText("Empty").defined == {0}


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-11-23", 12, "2025-11-23"),
        ("2026-01-31", 1, "2025-12-31"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-05-15", 17, "2024-12-15"),
    ],
)
def test_months_are_counted_on_the_calendar(day, months, before):
    assert months_before(datetime.date.fromisoformat(day), months).isoformat() == before


@pytest.mark.parametrize(
    ("rated_on", "stale"), [("2025-11-22", True), ("2025-11-23", False), ("2026-11-23", False)]
)
def test_a_rating_is_stale_the_day_after_its_anniversary(rated_on, stale):
    today = datetime.date(2026, 11, 23)
    assert is_stale(datetime.date.fromisoformat(rated_on), today, 12) == stale
