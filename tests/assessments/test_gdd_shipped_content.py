"""The Government Digital and Data framework as shipped: facts that agree with one another and with
the published files, and level texts that are well formed and our own."""

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "assessments" / "frameworks" / "gdd"
PUBLISHED = ROOT.parent / "shared" / "framework" / "gdd"
LEVELS = {"Awareness": 1, "Working": 2, "Practitioner": 3, "Expert": 4}


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def tidy(text):
    """The text with white space as we ship it."""
    return " ".join(re.sub("[\u200b-\u200d\u2060\ufeff]", "", text).split())


@pytest.fixture(scope="module")
def required():
    return read_csv(SHIPPED / "required_levels.csv")


@pytest.fixture(scope="module")
def senior():
    return read_csv(SHIPPED / "senior_civil_service.csv")


@pytest.fixture(scope="module")
def skills():
    return {row["skill"]: row for row in read_csv(SHIPPED / "skills.csv")}


@pytest.fixture(scope="module")
def defined(skills):
    """The numbers of the levels the framework defines, for each skill."""
    return {
        skill: {1, 2, 3, 4} - {int(number) for number in row["undefined_levels"].split()}
        for skill, row in skills.items()
    }


@pytest.fixture(scope="module")
def published():
    if not PUBLISHED.is_dir():
        pytest.skip("the published framework files are not beside this repository")
    return {path.stem: read_csv(path) for path in PUBLISHED.glob("*.csv")}


# Facts


def test_the_counts_are_those_of_the_framework(required, senior, skills):
    rows = required + senior
    assert len({row["role_family"] for row in rows}) == 8
    assert len({(row["role_family"], row["role"]) for row in rows}) == 52
    assert len({row["role"] for row in rows}) == 52
    role_levels = {(row["role"], row["role_level"]) for row in required}
    assert len(role_levels) == 201
    # One placeholder for each Senior Civil Service role, which has no levels.
    assert len(role_levels) + len({row["role"] for row in senior}) == 205
    assert (
        len(required) == len({(r["role"], r["role_level"], r["skill"]) for r in required}) == 1781
    )
    assert len(senior) == len({(row["role"], row["skill"]) for row in senior}) == 28
    assert len(skills) == len(read_csv(SHIPPED / "skills.csv")) == 188


def test_senior_civil_service_roles_stand_in_their_own_family(required, senior):
    assert {row["role_family"] for row in senior} == {"Chief digital and data"}
    assert "Chief digital and data" not in {row["role_family"] for row in required}
    assert len({row["role"] for row in senior}) == 4


def test_every_required_skill_is_listed_and_every_listed_skill_is_required(
    required, senior, skills
):
    assert {row["skill"] for row in required + senior} == set(skills)


def test_no_role_requires_an_undefined_level(required, defined):
    wrong = [row for row in required if int(row["level"]) not in defined[row["skill"]]]
    assert wrong == []


def test_skills_without_any_level_are_those_of_senior_civil_service_roles_only(
    required, skills, defined
):
    without = {skill for skill in skills if not defined[skill]}
    assert without == set(skills) - {row["skill"] for row in required}
    assert len(without) == 22


def test_seniority_numbers_each_role_without_holes(required):
    role_levels = defaultdict(set)
    for row in required:
        role_levels[row["role"]].add((int(row["seniority"]), row["role_level"]))
    for role, numbered in role_levels.items():
        numbers = sorted(number for number, _ in numbered)
        assert numbers == list(range(1, len(numbers) + 1)), role


def test_rows_are_sorted_and_names_are_tidy(required, senior, skills):
    def position(row):
        return row["role_family"], row["role"], int(row["seniority"]), row["skill"]

    assert required == sorted(required, key=position)
    assert senior == sorted(senior, key=lambda row: (row["role_family"], row["role"], row["skill"]))
    assert list(skills) == sorted(skills)
    for row in [*required, *senior, *skills.values()]:
        assert all(value == tidy(value) for value in row.values())


def test_areas_are_few_enough_to_scan_and_hold_what_people_look_for(skills):
    sizes = Counter(row["area"] for row in skills.values())
    assert {"Service design", "Agile delivery", "Development"} <= set(sizes)
    assert 12 <= len(sizes) <= 16
    assert all(4 <= size <= 24 for size in sizes.values()), sizes


# Facts against the published files


def test_required_levels_are_those_published(required, published):
    theirs = {
        (
            tidy(row["Role Family"]),
            tidy(row["Role"]),
            tidy(row["Role Level"]),
            tidy(row["Skill Name"]),
            LEVELS[row["Skill Level"]],
        )
        for row in published["roles"]
        if row["Role Type"] != "Senior Civil Service"
    }
    names = ("role_family", "role", "role_level", "skill")
    assert {(*(row[name] for name in names), int(row["level"])) for row in required} == theirs


def test_senior_civil_service_skills_are_those_published(senior, published):
    theirs = {
        (tidy(row["Role Family"]), tidy(row["Role"]), tidy(row["Skill Name"]))
        for row in published["roles"]
        if row["Role Type"] == "Senior Civil Service"
    }
    assert {(row["role_family"], row["role"], row["skill"]) for row in senior} == theirs


def test_seniority_is_that_of_the_source(required, published):
    theirs = {
        (tidy(row["Role"]), tidy(row["Role Level"])): int(row["Level Order"])
        for row in published["role_level_order"]
        if row["Level Order"]
    }
    ours = {(row["role"], row["role_level"]): int(row["seniority"]) for row in required}
    assert ours == theirs


def test_undefined_levels_are_those_published(skills, defined, published):
    theirs = {
        tidy(row["Skill Name"]): {
            number
            for level, number in LEVELS.items()
            if row[level].strip() and "currently not defined" not in row[level]
        }
        for row in published["skills"]
    }
    assert defined == theirs
    holes = [4 - len(levels) for levels in theirs.values() if levels and len(levels) < 4]
    assert (len(holes), sum(holes)) == (45, 60)
