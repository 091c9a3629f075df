"""Search gives the same answers on SQLite and PostgreSQL; the suite runs on both."""

import pytest
from django.db import connection

from learning import search
from learning.models import Resource
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(db):
    for title, provider, description, skills in [
        ("Agile delivery", "Service Manual", "", "Agile working"),
        ("Writing user stories", "Service Manual", "For agile teams.", ""),
        ("Naming things", "An agile press", "", ""),
        ("Retrospectives", "", "", "Agile working"),
        ("Data ethics", "Open University", "How to weigh harms.", "Data ethics and privacy"),
        ("The user's needs", "GOV.UK", "", "User focus"),
    ]:
        factories.resource(title, provider=provider, description=description, skill_names=skills)


def titles(text):
    return [one.title for one in search.matching(Resource.objects.all(), text)]


def test_the_best_match_comes_first(catalogue):
    found = titles("agile")
    assert found[0] == "Agile delivery"
    assert set(found) == {
        "Agile delivery",
        "Writing user stories",
        "Naming things",
        "Retrospectives",
    }
    assert found.index("Retrospectives") < found.index("Writing user stories")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write story", {"Writing user stories"}),
        ("STORIES", {"Writing user stories"}),
        ("retro", {"Retrospectives"}),
        ("agile data", set()),
        ("ethics university", {"Data ethics"}),
        ("user's need", {"The user's needs"}),
        ("needing", {"The user's needs"}),
        ("zebra", set()),
        ("", set()),
        ("!!! ???", set()),
    ],
)
def test_all_words_are_looked_for_in_any_form(catalogue, text, expected):
    assert set(titles(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "agile' OR 1=1 --",
        "a AND",
        "NEAR(",
        "title:agile",
        "a:*b",
        "(((",
        "&|!",
        "%",
        "\\",
        "*",
    ],
)
def test_nothing_typed_is_an_operator(catalogue, text):
    titles(text)
    titles(text * 50)


def test_a_change_is_found_at_once_and_the_old_words_no_more(catalogue):
    Resource.objects.filter(title="Naming things").update(title="Calling things")
    assert titles("naming") == []
    assert titles("calling") == ["Calling things"]
    Resource.objects.filter(title="Calling things").delete()
    assert titles("calling") == []


def test_what_is_filtered_stays_filtered(catalogue):
    found = search.matching(Resource.objects.filter(provider="Service Manual"), "agile")
    assert [one.title for one in found] == ["Agile delivery", "Writing user stories"]


def test_the_index_is_used(catalogue):
    if connection.vendor != "postgresql":
        plan = search.matching(Resource.objects.all(), "agile").explain()
        assert "VIRTUAL TABLE INDEX" in plan
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = search.matching(Resource.objects.all(), "agile").explain()
    assert "learning_resource_search" in plan
