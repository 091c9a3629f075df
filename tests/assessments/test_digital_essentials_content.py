"""The text of Digital essentials is complete, plain and our own; no database needed."""

import csv
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "assessments" / "frameworks" / "digital_essentials.toml"
OFFICIAL = ROOT.parent / "shared" / "framework" / "gdd"

DATA = tomllib.loads(CONTENT.read_text(encoding="utf-8"))
AREAS = DATA["areas"]
SKILLS = [skill for area in AREAS for skill in area["skills"]]
STATEMENTS = [
    (f"{skill['slug']} {level}", statement)
    for skill in SKILLS
    for level, statements in skill["levels"].items()
    for statement in statements
]
ROLES = [role for family in DATA["role_families"] for role in family["roles"]]
ROLE_LEVELS = [level for role in ROLES for level in role["levels"]]
GRADES = ["AA", "AO", "EO", "HEO", "SEO", "G7", "G6", "SCS"]
LEVELS = ["1", "2", "3", "4"]

# fmt: off
# Words of offices, not of people. A word may stand here because it is jargon,
# or because it cannot be seen in what somebody does.
JARGON = {
    "actionable", "agnostic", "backlog", "bandwidth", "baseline", "benchmark", "best-in-class",
    "blocker", "buy-in", "capabilities", "capability", "champion", "collaborate", "collaboration",
    "competencies", "cross-functional", "deliverable", "deliverables", "deploy", "ecosystem",
    "empower", "enable", "enabler", "end-to-end", "facilitate", "framework", "framing",
    "going-forward", "governance", "granular", "holistic", "ideate", "ideation", "impactful",
    "implement", "implementation", "incentivise", "infrastructure", "innovate", "innovation",
    "innovative", "interface", "iterate", "iteration", "iterative", "kanban", "learnings",
    "leverage", "maturity", "methodology", "metric", "metrics", "mindset", "mission-critical",
    "multidisciplinary", "operationalise", "optimise", "outcomes", "paradigm", "persona",
    "pipeline", "pivot", "proactive", "proactively", "procurement", "prototype", "roadmap",
    "robust", "scalable", "scrum", "sprint", "stakeholder", "stakeholders", "strategic",
    "streamline", "synergies", "synergy", "touchpoint", "touchpoints", "transform",
    "transformation", "utilisation", "utilise", "velocity", "workflow",
}
# Starting "know" or "understand", a statement cannot be seen to be true.
VAGUE_STARTS = {
    "appreciate", "be", "become", "consider", "contribute", "demonstrate", "develop", "ensure",
    "gain", "grasp", "have", "know", "possess", "realise", "support", "understand", "value",
}
# fmt: on


def words(text):
    """The words of a text, in lower case; "12-year-old" and "someone's" are one word each."""
    return re.findall(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", text.lower())


def squeezed(text):
    """A text without case, spacing, list marks and a final stop, to compare with others."""
    return " ".join(text.casefold().split()).removeprefix("- ").strip(" .:;")


def reading_grade(sentences):
    """The Flesch-Kincaid school grade of the sentences; the reading age is about five more.

    Source: Kincaid and others, "Derivation of new readability formulas", US Navy, 1975.
    Syllables are counted as groups of vowels, a final silent "e" left out.
    """
    all_words = [word for sentence in sentences for word in words(sentence)]
    syllables = sum(
        max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<!l)e$", "", word)))) for word in all_words
    )
    return 0.39 * len(all_words) / len(sentences) + 11.8 * syllables / len(all_words) - 15.59


def repeated(values):
    return [value for value, count in Counter(values).items() if count > 1]


def official_lines(name):
    with (OFFICIAL / name).open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                yield from cell.splitlines()


@pytest.fixture
def official_text():
    if not (OFFICIAL / "skills.csv").exists():
        pytest.skip("the official framework files are not beside this repository")
    return {squeezed(line) for name in ("skills.csv", "roles.csv") for line in official_lines(name)}


def our_sentences():
    """Everything a reader sees: descriptions split into sentences, and all statements."""
    described = [
        DATA["framework"],
        *DATA["scale"],
        *AREAS,
        *SKILLS,
        *ROLES,
        *ROLE_LEVELS,
    ]
    for thing in described:
        yield from re.split(r"(?<=\.)\s+", thing["description"])
    for _, statement in STATEMENTS:
        yield statement


def test_the_framework_and_its_release_say_what_they_are():
    assert DATA["framework"]["slug"] == "digital-essentials"
    assert DATA["framework"]["name"] == "Digital essentials"
    assert DATA["framework"]["attribution"] == "Written for the skills portal."
    assert DATA["release"] == {"label": "1", "published_on": date(2023, 9, 1)}


def test_the_scale_has_four_named_levels():
    assert [(level["value"], level["name"]) for level in DATA["scale"]] == [
        (1, "Awareness"),
        (2, "Working"),
        (3, "Practitioner"),
        (4, "Expert"),
    ]


def test_there_are_about_24_skills_in_8_areas():
    assert len(AREAS) == 8
    assert 22 <= len(SKILLS) <= 26
    assert all(2 <= len(area["skills"]) <= 4 for area in AREAS)
    assert {"Service design", "Agile delivery"} <= {area["name"] for area in AREAS}


def test_slugs_and_names_are_unique_and_slugs_are_kebab_case():
    slugs = [skill["slug"] for skill in SKILLS]
    role_slugs = [role["slug"] for role in ROLES] + [level["slug"] for level in ROLE_LEVELS]
    assert repeated(slugs) == []
    assert repeated(role_slugs) == []
    assert repeated(skill["name"].casefold() for skill in SKILLS) == []
    assert repeated(area["name"].casefold() for area in AREAS) == []
    assert repeated(level["name"].casefold() for level in ROLE_LEVELS) == []
    kebab = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
    assert [slug for slug in slugs + role_slugs if not kebab.fullmatch(slug)] == []


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill["slug"])
def test_each_skill_has_every_level_with_two_to_four_statements(skill):
    assert list(skill["levels"]) == LEVELS
    assert [level for level in LEVELS if not 2 <= len(skill["levels"][level]) <= 4] == []


def test_descriptions_are_one_or_two_full_sentences():
    for thing in [DATA["framework"], *DATA["scale"], *AREAS, *SKILLS, *ROLES, *ROLE_LEVELS]:
        sentences = re.split(r"(?<=\.)\s+", thing["description"])
        assert len(sentences) <= 2, thing
        assert thing["description"][0].isupper(), thing
        assert thing["description"].endswith("."), thing


def test_statements_complete_you_can():
    for where, statement in STATEMENTS:
        assert re.match(r"[a-z]+,? ", statement), (where, statement)
        assert words(statement)[0] not in VAGUE_STARTS, (where, statement)
        assert statement[-1] not in ".;:,!? ", (where, statement)
        assert statement == " ".join(statement.split()), (where, statement)


def test_statements_are_6_to_25_words_long_and_18_at_most_on_average():
    lengths = {statement: len(words(statement)) for _, statement in STATEMENTS}
    assert [s for s, length in lengths.items() if not 6 <= length <= 25] == []
    assert sum(lengths.values()) / len(lengths) <= 18


def test_statements_are_readable_at_14():
    sentences = [f"You can {statement}" for _, statement in STATEMENTS]
    assert reading_grade(sentences) <= 9


def test_no_sentence_uses_jargon():
    found = [
        (word, sentence)
        for sentence in our_sentences()
        for word in words(sentence)
        if word in JARGON
    ]
    assert found == []


def test_abbreviations_are_explained():
    shouted = {
        word for sentence in our_sentences() for word in re.findall(r"\b[A-Z]{2,}\b", sentence)
    }
    assert shouted == {"AI"}
    ai = next(area for area in AREAS if area["name"] == "AI and automation")
    assert "artificial intelligence" in ai["description"]


def test_no_statement_appears_twice():
    assert repeated(squeezed(statement) for _, statement in STATEMENTS) == []


def test_no_statement_is_another_with_a_few_words_changed():
    bags = [(where, statement, set(words(statement))) for where, statement in STATEMENTS]
    close = [
        (where, statement, other)
        for i, (where, statement, bag) in enumerate(bags)
        for _, other, other_bag in bags[i + 1 :]
        if len(bag & other_bag) > 0.5 * len(bag | other_bag)
    ]
    assert close == []


def test_every_grade_has_exactly_one_role_level():
    assert [grade for level in ROLE_LEVELS for grade in level["grades"]] == GRADES
    assert [level["seniority"] for level in ROLE_LEVELS] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("role_level", ROLE_LEVELS, ids=lambda level: level["slug"])
def test_targets_are_existing_levels_of_existing_skills(role_level):
    targets = role_level["targets"]
    assert set(targets) <= {skill["slug"] for skill in SKILLS}
    assert set(targets.values()) <= {1, 2, 3, 4}
    assert len(targets) >= len(SKILLS) - 2


def test_expert_is_expected_of_few_and_targets_do_not_just_rise_by_one():
    targets = [level["targets"] for level in ROLE_LEVELS]
    assert sum(list(target.values()).count(4) for target in targets) <= 3
    means = [sum(target.values()) / len(target) for target in targets]
    assert means[:4] == sorted(means[:4])
    paths = {tuple(target.get(skill["slug"]) for target in targets) for skill in SKILLS}
    assert len(paths) >= 10


def test_every_skill_is_expected_of_somebody():
    expected = {slug for level in ROLE_LEVELS for slug in level["targets"]}
    assert expected == {skill["slug"] for skill in SKILLS}


def test_no_sentence_is_taken_from_the_official_framework(official_text):
    assert [sentence for sentence in our_sentences() if squeezed(sentence) in official_text] == []


def test_no_sentence_shares_seven_words_in_a_row_with_the_official_framework(official_text):
    def runs(text):
        bag = words(text)
        return {tuple(bag[i : i + 7]) for i in range(len(bag) - 6)}

    taken = set().union(*map(runs, official_text))
    assert [sentence for sentence in our_sentences() if runs(sentence) & taken] == []
