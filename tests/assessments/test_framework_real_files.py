"""The official files themselves, where they are at hand: counts and the queries they take."""

from pathlib import Path

import pytest

from assessments.framework_import import gdd
from assessments.services.frameworks import (
    Outcome,
    checked,
    draft_release,
    load_shipped_frameworks,
    publish_release,
)
from govuk.files.tables import SourceFile

OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "framework" / "gdd"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files():
    if not (OFFICIAL / "roles.csv").exists():
        pytest.skip("the official framework files are not beside this repository")
    return {
        name: SourceFile.from_path(OFFICIAL / file)
        for name, file in (
            ("skills", "skills.csv"),
            ("roles", "roles.csv"),
            ("order", "role_level_order.csv"),
        )
    }


@pytest.fixture(scope="module")
def reading(files):
    return checked(gdd.read(**files))


def test_the_official_files_have_no_errors(reading):
    assert reading.errors == ()


def test_the_notes_count_what_is_odd_in_them(reading):
    counts = {
        note.message.split(": ")[0]: int(note.message.split(": ")[1].split(".")[0])
        for note in reading.notes
    }
    assert counts == {
        gdd.TEXTS_MENDED: 46,
        gdd.LINKS: 1,
        gdd.DUPLICATES: 16,
        gdd.NAMES_MENDED: 13,
        gdd.STALE_ROLES: 15,
        gdd.UNDEFINED_LEVELS: 60,
        gdd.NO_DESCRIPTION: 41,
        gdd.WITHOUT_LEVELS: 22,
        gdd.UNLEVELLED: 4,
    }


def test_no_placeholder_and_no_stray_character_is_left(reading):
    framework = reading.framework
    levels = [level for role in framework.roles for level in role.levels]
    statements = [
        text for skill in framework.skills for level in skill.levels for text in level.statements
    ]
    things = [*framework.skills, *framework.roles, *levels]
    texts = [*statements, *(one.name for one in things), *(one.description for one in things)]
    assert not {"MISSING", "NOT IN USE"} & set(texts)
    joined = "\n".join(texts)
    strays = ["\u200b", "\xa0", "  ", "](", "currently not defined"]
    assert [stray for stray in strays if stray in joined] == []
    assert not any(text.lower().startswith(("you can", "- ")) for text in statements)


def test_the_order_the_portal_ships_is_that_of_the_order_file(files, reading):
    without = checked(gdd.read(skills=files["skills"], roles=files["roles"]))
    assert without.framework == reading.framework
    assert not any(note.message.startswith(gdd.ORDER_GUESSED) for note in without.notes)


@pytest.mark.django_db
def test_they_take_the_place_of_the_shipped_facts_without_changing_one(
    reading, django_assert_max_num_queries
):
    load_shipped_frameworks()
    # How long that takes `python -m benchmarks --gdd-files` tells: here a database may be busy.
    with django_assert_max_num_queries(50):
        made = draft_release(reading, by=None)
    assert made.release.counts() == {
        "role_families": 8,
        "roles": 52,
        "role_levels": 205,
        "role_levels_without_targets": 4,
        "skill_areas": 16,
        "skills": 188,
        "requirements": 1781,
    }
    # Texts change; names, required levels and what exists do not.
    assert {change.kind for change in made.release.changes.all()} == {"changed"}
    assert not made.release.changes.filter(subject="requirement").exists()
    assert not made.release.changes.filter(detail__contains="Name:").exists()
    publish_release(made.release, by=None)
    assert draft_release(reading, by=None).outcome is Outcome.SAME_AS_CURRENT
