"""Statements that people tick: what is stored, what it suggests, how it is shown later."""

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Rating, Statement, TickedStatement
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud", "User focus"))


@pytest.fixture
def draft(member, release):
    return factories.draft(member, release)


def statements(name="Agile working", *values):
    """The skill's statements, lowest level first; only those of these levels, if any are given."""
    found = Statement.objects.filter(skill_level__skill_version__name=name)
    if values:
        found = found.filter(skill_level__value__in=values)
    return list(found.order_by("skill_level__value", "position"))


# --- What the database enforces --------------------------------------------------------------


def test_the_database_keeps_a_tick_once_and_in_one_place(draft, member, release):
    answer = factories.answer(draft, "Agile working")
    factories.submitted(member, release, {"Agile working": 2})
    rating, statement = Rating.objects.get(), statements()[0]
    TickedStatement.objects.create(draft_answer=answer, statement=statement)
    for fields in ({"draft_answer": answer}, {}, {"draft_answer": answer, "rating": rating}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TickedStatement.objects.create(statement=statement, **fields)


def test_ticks_of_a_draft_are_its_authors_alone(draft, member, line_manager, outsider):
    answer = factories.answer(draft, "Agile working")
    TickedStatement.objects.create(draft_answer=answer, statement=statements()[0])
    seen = [TickedStatement.objects.visible_to(one).count() for one in (member, line_manager)]
    assert seen == [1, 0]


def test_ticks_of_a_rating_are_for_those_who_may_see_it(member, line_manager, outsider, release):
    factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    TickedStatement.objects.create(rating=Rating.objects.get(), statement=statements()[0])
    people = (member, line_manager, outsider)
    assert [TickedStatement.objects.visible_to(one).count() for one in people] == [1, 1, 0]
