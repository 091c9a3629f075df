"""The Government Digital and Data framework as shipped: facts that agree with one another and with
the published files, and level texts that are well formed and our own."""

import csv
import datetime
import difflib
import re
import tomllib
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


# Level texts


@pytest.fixture(scope="module")
def texts():
    with (SHIPPED / "level_texts.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.fixture(scope="module")
def statements(texts):
    """Every statement with the skill and level it belongs to; the general ones have no skill."""
    found = [
        (skill, int(number), statement)
        for skill, text in texts["skills"].items()
        for number, lines in text["levels"].items()
        for statement in lines
    ]
    for number, lines in texts["general"]["levels"].items():
        found += [(None, int(number), statement) for statement in lines]
    return found


def test_the_framework_is_named_with_its_licence_release_and_scale(texts):
    assert set(texts) == {"framework", "release", "scale", "general", "skills"}
    framework = texts["framework"]
    assert framework["slug"] == "gdd"
    assert framework["name"] == "Government Digital and Data Profession Capability Framework"
    assert framework["description"]
    assert (
        "Contains public sector information licensed under the Open Government Licence v3.0."
        in framework["attribution"].splitlines()
    )
    assert "our own wording" in framework["attribution"]
    assert texts["release"] == {"label": "2025-09", "published_on": datetime.date(2025, 9, 25)}
    assert {step["name"]: step["level"] for step in texts["scale"]} == LEVELS
    assert all(step["description"] for step in texts["scale"])


def test_the_skills_required_most_often_have_texts_for_each_level_they_define(
    texts, required, defined
):
    assert set(texts["skills"]) <= {row["skill"] for row in required}
    most_required = Counter(row["skill"] for row in required).most_common(50)
    assert {skill for skill, _ in most_required} <= set(texts["skills"])
    for skill, text in texts["skills"].items():
        assert {int(number) for number in text["levels"]} == defined[skill], skill
    assert set(texts["general"]["levels"]) == {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    "role",
    [
        "Business analyst",
        "Content designer",
        "Data analyst",
        "Data engineer",
        "Delivery manager",
        "Development operations (DevOps) engineer",
        "Infrastructure engineer",
        "Product manager",
        "Service designer",
        "Service owner",
        "Software developer",
        "Test engineer",
        "User researcher",
    ],
)
def test_common_roles_have_texts_for_every_skill(texts, required, role):
    skills_of_role = {row["skill"] for row in required if row["role"] == role}
    assert skills_of_role
    assert skills_of_role <= set(texts["skills"])


def test_the_readme_counts_the_texts(texts, required):
    roles = defaultdict(set)
    for row in required:
        roles[row["role"]].add(row["skill"])
    complete = sum(skills <= set(texts["skills"]) for skills in roles.values())
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert f"{len(texts['skills'])} skills have texts" in readme
    assert f"every skill of {complete} roles" in readme


def test_skills_with_texts_stand_in_alphabetical_order(texts):
    assert list(texts["skills"]) == sorted(texts["skills"])


def test_each_skill_has_a_description_of_a_sentence_or_two(texts):
    descriptions = [text["description"] for text in texts["skills"].values()]
    assert len(set(descriptions)) == len(descriptions)
    for description in descriptions:
        assert description[0].isupper()
        assert description.endswith(".")
        assert 8 <= len(description.split()) <= 40, description
        assert description == tidy(description)


def test_each_level_has_two_to_four_statements(statements):
    sizes = Counter((skill, level) for skill, level, _ in statements)
    assert {place: size for place, size in sizes.items() if not 2 <= size <= 4} == {}


def test_each_statement_completes_you_can_in_one_plain_line(statements):
    openings_that_are_not_verbs = {"a", "an", "the", "be", "can", "to", "you", "your"}
    for _, _, statement in statements:
        words = statement.split()
        assert 6 <= len(words) <= 25, statement
        assert words[0].islower(), statement
        assert words[0] not in openings_that_are_not_verbs, statement
        assert words[0] == "bring" or not words[0].endswith("ing"), statement
        assert statement[-1] not in ".,;:", statement
        assert not re.search(r"['\"<>&;\u2013\u2014]", statement), statement
        assert statement == tidy(statement)


def test_no_statement_is_said_twice(statements):
    counts = Counter(plain(statement) for _, _, statement in statements)
    assert [statement for statement, count in counts.items() if count > 1] == []


def test_spelling_is_british(statements, texts):
    prose = " ".join(
        [statement for _, _, statement in statements]
        + [text["description"] for text in texts["skills"].values()]
    )
    american = r"\w+(?:iz(?:e[sd]?|ing|ation)|yz(?:e[sd]?|ing))|behavior\w*|favor\w*|center\w*"
    exceptions = {"size", "sizes", "sized", "prize", "prizes", "citizen"}
    found = {word.lower() for word in re.findall(rf"\b(?:{american})\b", prose, re.IGNORECASE)}
    assert found - exceptions == set()


# Level texts against the official ones


def plain(text):
    """The words of a text, without case, punctuation or white space to tell them apart."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def test_no_text_of_ours_is_an_official_line(texts, statements, published):
    official = {}
    for row in published["skills"]:
        cells = [row["Skill Description"], *(row[level] for level in LEVELS)]
        lines = [plain(line) for cell in cells for line in tidy_lines(cell)]
        official[tidy(row["Skill Name"])] = [line for line in lines if line]
    everywhere = {line for lines in official.values() for line in lines}
    ours = [(skill, text) for skill, _, text in statements]
    ours += [(skill, text["description"]) for skill, text in texts["skills"].items()]
    too_close = []
    for skill, text in ours:
        words = plain(text)
        if words in everywhere:
            too_close.append((skill, text))
        matcher = difflib.SequenceMatcher(b=words, autojunk=False)
        for line in official.get(skill, ()):
            matcher.set_seq1(line)
            if matcher.quick_ratio() > 0.85 and matcher.ratio() > 0.85:
                too_close.append((skill, text))
    assert too_close == []


def tidy_lines(cell):
    """The lines and sentences of a published cell, without bullets."""
    for line in cell.splitlines():
        yield from re.split(r"(?<=\.)\s+", tidy(line).removeprefix("-"))
