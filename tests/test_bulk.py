"""Many rows at once: the values arrive as they would one by one, and constraints still hold."""

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Rating, SelfAssessment
from skills_portal.bulk import insert_rows
from tests import factories

pytestmark = pytest.mark.django_db

FIELDS = ("self_assessment", "person", "skill", "level", "not_applicable", "rated_at", "evidence")
# Columns without a database default that the rows above leave out.
REST = {"not_applicable_reason": "", "no_opportunity": False, "confidence": ""}


@pytest.fixture
def self_assessment(member):
    release = factories.release()
    return SelfAssessment.objects.create(
        person=member, role_level=release.requirements.first().role_level, release=release
    )


def row(self_assessment, level, at):
    skill = self_assessment.release.requirements.first().skill_id
    person = self_assessment.person_id
    return (
        self_assessment.pk,
        person,
        skill,
        level,
        False,
        at,
        "Tab\tand\nline \\N",
        *REST.values(),
    )


def test_rows_are_read_back_as_they_were_given(self_assessment):
    at = factories.local(2026, 7, 1, 0, 30)
    assert insert_rows(Rating, FIELDS + tuple(REST), [row(self_assessment, 3, at)]) == 1
    rating = Rating.objects.get()
    assert (rating.level, rating.rated_at, rating.superseded_at) == (3, at, None)
    assert rating.evidence == "Tab\tand\nline \\N"
    assert rating.not_applicable is False


def test_constraints_hold_and_then_nothing_is_left(self_assessment):
    at = factories.local(2026, 7, 1)
    rows = [row(self_assessment, 3, at), row(self_assessment, 2, at)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Rating, FIELDS + tuple(REST), rows)
    assert not Rating.objects.exists()


def test_no_rows_are_no_trouble(self_assessment):
    assert insert_rows(Rating, FIELDS, []) == 0
