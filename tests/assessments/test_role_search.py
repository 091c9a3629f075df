"""Finding a role by what people type: misspelt, begun, in another order, by another title."""

import csv
import time
from pathlib import Path

import pytest

from assessments.role_search import OTHER_WORDS, Named, likeness, search

FACTS = Path("assessments/frameworks/gdd")


@pytest.fixture(scope="module")
def roles():
    """Every role level of the shipped Digital and Data framework, by its two names."""
    root = Path(__file__).resolve().parents[2]
    with (root / FACTS / "required_levels.csv").open(encoding="utf-8", newline="") as lines:
        names = {(row["role_level"], row["role"]): None for row in csv.DictReader(lines)}
    return [Named(pair, pair) for pair in names]


def found(query, roles):
    """Names of the role levels found, the best first."""
    return [level for level, _ in search(query, roles).keys]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Content designer", "Content designer"),
        ("senior delivery manager", "Senior delivery manager"),
        ("manager delivery senior", "Senior delivery manager"),
        ("senior delivry mananger", "Senior delivery manager"),
        ("tecnical achitect", "Associate technical architect"),
        ("Lead data scientst", "Lead data scientist"),
        ("senior softwear developper", "Senior developer"),
        ("head of user reserch", "Head of user research"),
        ("front-end develop", "Apprentice frontend developer"),
    ],
)
def test_a_role_is_found_whatever_the_spelling_and_order(query, first, roles):
    assert first in found(query, roles)[:3]


@pytest.mark.parametrize(
    ("query", "level", "instead"),
    [
        ("scrum master", "Delivery manager", "delivery manager"),
        ("Scrum mastr", "Delivery manager", "delivery manager"),
        ("senior scrum master", "Senior delivery manager", "delivery manager"),
        ("coder", "Developer", "software developer"),
        ("product owner", "Product manager", "product manager"),
        ("BA", "Business analyst", "business analyst"),
    ],
)
def test_another_title_leads_to_the_role_and_says_so(query, level, instead, roles):
    result = search(query, roles)
    assert level in [name for name, _ in result.keys]
    assert result.instead == (instead,)


def test_each_other_word_leads_to_a_role_of_the_framework(roles):
    known = {role.casefold() for _, role in (one.key for one in roles)}
    known |= {level.casefold() for level, _ in (one.key for one in roles)}
    with (Path(__file__).resolve().parents[2] / FACTS / "senior_civil_service.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        known |= {row["role"].casefold() for row in csv.DictReader(lines)}
    assert {other for others in OTHER_WORDS.values() for other in others} - known == set()


def test_names_with_a_part_of_the_words_do_not_hide_those_with_all(roles):
    names = found("user researcher", roles)
    assert len(names) < 12
    assert all("user research" in name.casefold() for name in names)


@pytest.mark.parametrize("query", ["", "  ", "\0", "!!!", "astronaut", "zz", "日本語"])
def test_what_is_not_there_is_not_found(query, roles):
    assert found(query, roles) == []


def test_accents_capitals_and_hyphens_make_no_difference():
    things = [Named(1, ("Café manager",)), Named(2, ("Front-end developer",))]
    assert search("CAFE", things).keys == (1,)
    assert search("front end", things).keys == (2,)


def test_likeness_is_the_share_of_common_triples():
    # " wo", "  w" in common; "word" has 5 triples and "wolf" 5: 2 of 8.
    assert likeness("word", "wolf") == 2 / 8
    assert likeness("word", "word") == 1
    assert likeness("a", "b") == 0


def test_a_long_search_over_all_roles_takes_little_time(roles):
    start = time.process_time()
    search("senior softwear enginer of the divison " + "x" * 500, roles)
    assert time.process_time() - start < 0.2
