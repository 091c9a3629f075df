"""Many rows at once: the values arrive as they would one by one, and constraints still hold."""

import datetime
import uuid

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Post, User
from assessments.models import Rating, SelfAssessment
from skills_portal.bulk import bare_tables, insert_columns, insert_rows, reset_sequences
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


# --- Columns ----------------------------------------------------------------------------------


def columns(self_assessment, levels, at):
    count = len(levels)
    levels = np.ma.masked_equal(levels, -1)
    absent = np.ma.getmaskarray(levels)
    return {
        "self_assessment": np.full(count, self_assessment.pk),
        "person": np.full(count, self_assessment.person_id),
        "skill": np.array(
            self_assessment.release.requirements.order_by("skill").values_list("skill", flat=True)
        )[:count],
        "level": levels,
        "not_applicable": absent,
        "not_applicable_reason": np.where(absent, "Ünique".encode(), b""),
        "no_opportunity": np.zeros(count, bool),
        "confidence": np.array([b"low", b"", b"medium"])[:count],
        "evidence": np.array([b"Tab\tand\nline \\N", "naïve".encode(), b""])[:count],
        "rated_at": np.full(count, np.datetime64(at, "s")),
        "superseded_at": np.ma.array(
            np.full(count, np.datetime64(at, "s") + 60), mask=[True, False, True][:count]
        ),
    }


@pytest.fixture
def three_skills(member):
    release = factories.release(skills=["Alpha", "Beta", "Gamma"])
    role_level = release.requirements.first().role_level
    return SelfAssessment.objects.create(person=member, role_level=role_level, release=release)


def test_columns_are_read_back_as_they_were_given(three_skills):
    given = columns(three_skills, [3, -1, 0], "2026-06-30T23:30:00")
    assert insert_columns(Rating, given) == 3
    at = factories.local(2026, 7, 1, 0, 30)
    minute = datetime.timedelta(minutes=1)
    assert list(
        Rating.objects.order_by("skill").values_list(
            "level", "not_applicable", "not_applicable_reason", "confidence", "evidence"
        )
    ) == [
        (3, False, "", "low", "Tab\tand\nline \\N"),
        (None, True, "Ünique", "", "naïve"),
        (0, False, "", "medium", ""),
    ]
    assert list(Rating.objects.order_by("skill").values_list("rated_at", "superseded_at")) == [
        (at, None),
        (at, at + minute),
        (at, None),
    ]


def test_days_and_identifiers_as_columns(member):
    user, post = factories.person(), member.current_post
    identifier = uuid.uuid4()
    insert_columns(
        User,
        {
            "public_id": np.frombuffer(identifier.bytes, "V16"),
            "email": np.array([b"new@lanterns.example"]),
            "full_name": np.array(["Zoë".encode()]),
            "password": np.array([b"!none"]),
            "is_active": np.array([True]),
            "created_at": np.array(["2026-01-01T09:00:00"], "datetime64[s]"),
        },
    )
    made = User.objects.get(public_id=identifier)
    assert (made.full_name, made.is_active, made.last_login) == ("Zoë", True, None)
    insert_columns(
        Post,
        {
            "person": np.array([made.pk]),
            "unit": np.array([post.unit_id]),
            "line_manager": np.ma.array([user.pk], mask=[True]),
            "grade": np.array([b"SEO"]),
            "started_on": np.array(["2025-02-28"], "datetime64[D]"),
            "ended_on": np.ma.array(np.array(["2026-03-01"], "datetime64[D]"), mask=[False]),
        },
    )
    post = made.posts.get()
    assert (post.started_on, post.ended_on) == (
        datetime.date(2025, 2, 28),
        datetime.date(2026, 3, 1),
    )
    assert post.line_manager is None


def definitions():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'assessments_rating'::regclass"
                " UNION SELECT indexname, indexdef FROM pg_indexes"
                " WHERE tablename = 'assessments_rating'"
            )
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'assessments_rating'"
            )
        return set(cursor.fetchall())


def test_a_table_is_the_same_after_it_was_bare(three_skills):
    before = definitions()
    with bare_tables([Rating]):
        assert len(definitions()) < len(before)
        insert_columns(Rating, columns(three_skills, [3, -1, 0], "2026-06-30T23:30:00"))
    assert definitions() == before


def test_what_breaks_a_constraint_is_found_when_the_table_is_built_again(three_skills):
    broken = columns(three_skills, [3, -1, 0], "2026-06-30T23:30:00")
    broken["skill"][:] = broken["skill"][0]
    broken["superseded_at"].mask = True
    with pytest.raises(IntegrityError), transaction.atomic(), bare_tables([Rating]):
        insert_columns(Rating, broken)
    assert not Rating.objects.exists()


def test_numbering_goes_on_after_the_highest_key(three_skills):
    given = columns(three_skills, [3], "2026-06-30T23:30:00")
    insert_columns(Rating, {"id": np.array([1000]), **given})
    reset_sequences([Rating])
    given["skill"] = given["skill"] + 1
    insert_columns(Rating, given)
    assert Rating.objects.order_by("pk").last().pk == 1001
