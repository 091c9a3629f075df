"""What the database holds to about cover, sharing and reviews, and who sees a review."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Cover
from assessments.models import Rating, Review, ReviewAnswer, SelfAssessment, Sharing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release()


@pytest.fixture
def submitted(member, line_manager, release):
    return factories.submitted(
        member, release, {"Agile working": 1, "User focus": 3}, to=line_manager
    )


def refused(make, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**values)


def sees(user, model=SelfAssessment):
    return set(model.objects.visible_to(user))


# --- Constraints -----------------------------------------------------------------------------


def test_cover_is_by_somebody_else_and_ends_after_it_starts(line_manager, outsider):
    today = timezone.localdate()
    facts = {"manager": line_manager, "cover": outsider, "given_by": line_manager}
    refused(Cover.objects.create, **facts, starts_on=today, ends_on=today)
    days = {"starts_on": today, "ends_on": today + datetime.timedelta(days=1)}
    refused(Cover.objects.create, **facts | {"cover": line_manager}, **days)
    Cover.objects.create(**facts, **days)
    refused(Cover.objects.create, **facts, **days)


def test_a_line_manager_has_one_draft_of_a_review_at_a_time(submitted, line_manager):
    facts = {"self_assessment": submitted, "line_manager": line_manager}
    factories.reviewed(submitted, {}, by=line_manager)
    Review.objects.create(**facts)
    refused(Review.objects.create, **facts)
    refused(Review.objects.create, **facts, finished_at=timezone.now())


def test_a_fixed_answer_is_complete_and_the_only_one_in_force(submitted, line_manager):
    first = factories.reviewed(submitted, {"Agile working": "agree"}, by=line_manager)
    second = factories.reviewed(submitted, {}, by=line_manager)
    rating = submitted.ratings.get(level=1)
    facts = {"review": second, "rating": rating, "answered_by": line_manager}
    now = timezone.now()
    refused(ReviewAnswer.objects.create, **facts, kind="agree", fixed_at=now)
    first.answers.update(superseded_at=now)
    for broken in (
        {"kind": ""},
        {"kind": "agree", "level": 2},
        {"kind": "level", "reason": "Seen"},
        {"kind": "level", "level": 2},
        {"kind": "level", "level": 9, "reason": "Seen"},
    ):
        refused(ReviewAnswer.objects.create, **facts, **broken, fixed_at=now)
    answer = ReviewAnswer.objects.create(
        **facts, kind="level", level=2, reason="Seen", fixed_at=now
    )
    assert answer.confirmed_level == 2
    assert list(ReviewAnswer.objects.in_force()) == [answer]


def test_something_is_shared_once_at_a_time(submitted, outsider):
    Sharing.objects.create(self_assessment=submitted, shared_with=outsider)
    refused(Sharing.objects.create, self_assessment=submitted, shared_with=outsider)


# --- Who sees what ---------------------------------------------------------------------------


def test_cover_sees_what_the_line_manager_sees_within_the_days_only(
    submitted, line_manager, outsider
):
    today, day = timezone.localdate(), datetime.timedelta(days=1)
    yesterdays = factories.cover(line_manager, outsider, first_day=today - day)
    factories.cover(line_manager, outsider, first_day=today + day)
    assert sees(outsider) == set()
    todays = factories.cover(line_manager, outsider)
    assert sees(outsider) == {submitted}
    assert set(Rating.objects.visible_to(outsider)) == set(submitted.ratings.all())
    todays.withdrawn_at = timezone.now()
    todays.save()
    assert sees(outsider) == set()
    yesterdays.ends_on = today + day
    yesterdays.save()
    assert sees(outsider) == {submitted}


def test_cover_without_a_post_sees_nothing(submitted, line_manager, outsider):
    factories.cover(line_manager, outsider)
    outsider.posts.update(ended_on=timezone.localdate())
    assert sees(outsider) == set()


def test_cover_does_not_reach_what_another_line_manager_was_shown(
    submitted, line_manager, outsider, digital, member, release
):
    other = factories.person(unit=digital)
    elsewhere = factories.submitted(member, release, {"Agile working": 2}, to=other)
    factories.cover(other, outsider)
    assert sees(outsider) == set()
    assert elsewhere not in sees(line_manager)


def test_what_is_shared_again_is_seen_by_the_line_manager_of_now_alone(
    submitted, member, line_manager, digital, outsider
):
    newcomer = factories.person(unit=digital)
    member.posts.update(line_manager=newcomer)
    assert sees(line_manager) == sees(newcomer) == set()
    sharing = Sharing.objects.create(self_assessment=submitted, shared_with=newcomer)
    Sharing.objects.create(self_assessment=submitted, shared_with=outsider)
    factories.cover(newcomer, line_manager)
    assert sees(newcomer) == sees(line_manager) == {submitted}
    assert sees(outsider) == set()
    assert sees(newcomer, Sharing) == {sharing}
    sharing.withdrawn_at = timezone.now()
    sharing.save()
    assert sees(newcomer) == sees(line_manager) == set()


def test_a_draft_of_a_review_is_seen_by_who_writes_it(submitted, member, line_manager, outsider):
    draft = Review.objects.create(self_assessment=submitted, line_manager=line_manager)
    factories.cover(line_manager, outsider)
    assert sees(line_manager, Review) == sees(outsider, Review) == {draft}
    assert sees(member, Review) == set()
    factories.cover(line_manager, member)
    assert sees(member, Review) == set(), "not even while they cover for their line manager"
    assert not SelfAssessment.objects.reviewable_by(member).exists()


def test_an_old_line_managers_draft_is_not_theirs_any_more_as_cover_for_the_new_one(
    submitted, member, line_manager, digital
):
    Review.objects.create(self_assessment=submitted, line_manager=line_manager)
    newcomer = factories.person(unit=digital)
    member.posts.update(line_manager=newcomer)
    Sharing.objects.create(self_assessment=submitted, shared_with=newcomer)
    factories.cover(newcomer, line_manager)
    assert sees(line_manager) == {submitted}
    assert sees(line_manager, Review) == sees(newcomer, Review) == set()


def test_a_finished_review_goes_with_the_self_assessment(submitted, member, line_manager, digital):
    done = factories.reviewed(submitted, {"Agile working": 2}, by=line_manager)
    assert sees(member, Review) == sees(line_manager, Review) == {done}
    newcomer = factories.person(unit=digital)
    member.posts.update(line_manager=newcomer)
    assert sees(line_manager, Review) == sees(newcomer, Review) == set()
    Sharing.objects.create(self_assessment=submitted, shared_with=newcomer)
    assert sees(newcomer, Review) == {done}


def test_a_newer_rating_supersedes_the_answer_without_changing_it(
    submitted, member, line_manager, release
):
    factories.reviewed(submitted, {"Agile working": 2}, by=line_manager)
    assert not ReviewAnswer.objects.get().is_superseded
    factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    answer = ReviewAnswer.objects.get()
    assert answer.is_superseded
    assert (answer.level, answer.superseded_at) == (2, None)
    assert not ReviewAnswer.objects.in_force().exists()
