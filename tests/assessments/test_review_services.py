"""Saving and finishing reviews, replies and reminders: what is written, and what never changes."""

import datetime
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import services as accounts_services
from accounts.models import Notice, User
from assessments.models import Nudge, Rating, Review, ReviewAnswer, ReviewReply, SelfAssessment
from assessments.services import reviews, sharing
from assessments.services.reviews import Said
from assessments.services.self_assessments import LineManagerChanged
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


@pytest.fixture
def agile(submitted):
    return submitted.ratings.get(level=1)


@pytest.fixture
def focus(submitted):
    return submitted.ratings.get(level=3)


@pytest.fixture
def save(submitted, line_manager):
    """Save as the line manager: `save({rating: Said(...)}, finish=True)`."""

    def save(said=None, *, by=line_manager, after=0, **options):
        return reviews.save_review(
            self_assessment=submitted,
            by=by,
            after=after,
            said={rating.pk: one for rating, one in (said or {}).items()},
            **options,
        )

    return save


AGREE = Said(kind="agree")
SEES_TWO = Said(kind="level", level=2, reason="You led the last retrospective")


def said_about(rating):
    answer = ReviewAnswer.objects.get(rating=rating, superseded_at=None)
    return answer.kind, answer.level, answer.reason


# --- Saving ----------------------------------------------------------------------------------


def test_partial_work_is_kept_and_may_be_incomplete(save, agile, focus):
    save({agile: Said(kind="level", reason="Half a thought")})
    save({focus: AGREE})
    assert said_about(agile) == ("level", None, "Half a thought")
    assert said_about(focus) == ("agree", None, "")
    assert not Review.objects.finished().exists()
    assert not Notice.objects.exists()


def test_saving_the_same_again_changes_nothing(save, agile):
    for _ in range(3):
        save({agile: SEES_TWO})
    answer = ReviewAnswer.objects.get()
    assert answer.version == 1


def test_nothing_said_makes_no_row(save, agile):
    save({agile: Said()})
    assert not ReviewAnswer.objects.exists()


def test_a_second_tab_overwrites_nothing_and_its_other_answers_are_saved(save, agile, focus):
    save({agile: AGREE})
    outcome = save({agile: SEES_TWO, focus: AGREE}, finish=True)
    assert list(outcome.conflicts) == [agile.pk]
    assert said_about(agile) == ("agree", None, "")
    assert said_about(focus) == ("agree", None, "")
    assert not outcome.is_finished
    save({agile: Said("level", 2, "Seen", version=1)})
    assert said_about(agile) == ("level", 2, "Seen")


def test_cover_and_line_manager_write_one_review(save, agile, focus, line_manager, outsider):
    factories.cover(line_manager, outsider)
    save({agile: AGREE})
    save({focus: AGREE}, by=outsider, finish=True)
    review = Review.objects.get()
    assert (review.line_manager, review.finished_by) == (line_manager, outsider)
    assert {answer.answered_by for answer in review.answers.all()} == {line_manager, outsider}
    body = Notice.objects.get(recipient=agile.person).body
    assert "Olive Quillmoor, who covers for Maud Ferrywell, your line manager, has answered" in body


def test_who_may_not_see_it_may_not_answer_it(save, agile, member, outsider, digital):
    for by in (member, outsider):
        with pytest.raises(SelfAssessment.DoesNotExist):
            save({agile: AGREE}, by=by)
    member.posts.update(line_manager=outsider)
    with pytest.raises(SelfAssessment.DoesNotExist):
        save({agile: AGREE})
    assert not Review.objects.exists()


def test_only_ratings_of_this_self_assessment_are_answered(save, agile, outsider, release):
    other = factories.submitted(outsider, release, {"Agile working": 1})
    save({other.ratings.get(): AGREE, agile: AGREE})
    assert ReviewAnswer.objects.get().rating == agile


# --- Finishing -------------------------------------------------------------------------------


def test_finishing_fixes_the_answers_and_tells_the_person_once(save, agile, focus, member):
    outcome = save({agile: SEES_TWO, focus: AGREE}, finish=True)
    assert outcome.is_finished
    assert set(ReviewAnswer.objects.in_force()) == set(outcome.review.answers.all())
    notice = Notice.objects.get(recipient=member)
    assert notice.kind == "reviewed"
    assert "Of 2 skills: 1 agreed with and 1 seen at another level." in notice.body
    assert "Agile" not in notice.body


def test_finishing_never_changes_a_rating(save, agile, focus):
    before = list(Rating.objects.order_by("pk").values())
    save({agile: SEES_TWO, focus: Said(kind="evidence")}, finish=True)
    assert list(Rating.objects.order_by("pk").values()) == before


def test_asking_for_evidence_is_a_notice_that_always_comes(save, agile, focus, member):
    save({agile: Said(kind="evidence", reason="What did you lead?"), focus: AGREE}, finish=True)
    assert Notice.objects.get(recipient=member).kind == "evidence-asked"


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (Said(reason="No answer chosen"), "kind"),
        (Said(kind="level", reason="No level"), "level"),
        (Said(kind="level", level=1, reason="The same"), "level"),
        (Said(kind="level", level=2), "reason"),
    ],
)
def test_an_incomplete_answer_is_saved_and_stands_in_the_way(save, agile, focus, said, part):
    outcome = save({agile: said, focus: AGREE}, finish=True, leave_rest=True)
    assert not outcome.is_finished
    assert outcome.problems[agile.pk][0] == part
    assert said_about(agile) == (said.kind, said.level, said.reason)


def test_leaving_ratings_without_an_answer_needs_a_word(save, agile, focus):
    outcome = save({agile: AGREE}, finish=True)
    assert (outcome.is_finished, outcome.unanswered) == (False, 1)
    assert save({}, finish=True, leave_rest=True).is_finished
    assert not ReviewAnswer.objects.filter(rating=focus).exists()


def test_nothing_answered_finishes_nothing(save):
    assert not save({}, finish=True, leave_rest=True).is_finished


def test_a_finished_review_takes_no_late_answers(save, agile, focus):
    finished = save({agile: AGREE, focus: AGREE}, finish=True).review
    for options in ({}, {"finish": True}):
        with pytest.raises(reviews.ReviewFinished) as caught:
            save({agile: SEES_TWO}, **options)
        assert caught.value.review == finished
    assert said_about(agile) == ("agree", None, "")


def test_answering_again_supersedes_and_keeps_what_was_answered(save, agile, focus):
    first = save({agile: AGREE, focus: AGREE}, finish=True).review
    second = save({agile: SEES_TWO}, after=first.pk, finish=True)
    assert second.is_finished, "ratings answered before need no second answer"
    old = first.answers.get(rating=agile)
    assert (old.kind, old.is_superseded) == ("agree", True)
    assert first.answers.get(rating=focus).is_superseded is False
    assert said_about(agile) == ("level", 2, SEES_TWO.reason)


def test_a_rating_given_anew_while_the_review_is_written_is_left_out(
    save, agile, focus, member, line_manager, release
):
    save({agile: AGREE, focus: AGREE})
    factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    assert save({}, finish=True).is_finished
    assert not ReviewAnswer.objects.filter(rating=agile).exists()
    assert ReviewAnswer.objects.get().rating == focus


# --- Replies ---------------------------------------------------------------------------------


@pytest.fixture
def answer(save, agile, focus):
    save({agile: SEES_TWO, focus: AGREE}, finish=True)
    return ReviewAnswer.objects.get(rating=agile)


def reply(answer, by, text="I did, in May", key=None):
    return reviews.reply_to_answer(answer=answer, by=by, text=text, form_key=key or uuid.uuid4())


def test_the_person_replies_and_the_line_manager_is_told(answer, member, line_manager):
    reply(answer, member)
    assert Notice.objects.get(recipient=line_manager).link == answer.get_absolute_url()
    reply(answer, line_manager, "Then let us talk")
    assert [one.author for one in answer.replies.all()] == [member, line_manager]
    assert Notice.objects.filter(recipient=member, kind="replied").count() == 1


def test_the_same_form_sent_again_makes_one_reply(answer, member):
    key = uuid.uuid4()
    assert len({reply(answer, member, key=key).pk for _ in range(5)}) == 1
    reply(answer, member, "Changed after going back", key=key)
    assert ReviewReply.objects.count() == 2


def test_others_and_old_line_managers_cannot_reply(answer, member, line_manager, outsider):
    with pytest.raises(ReviewAnswer.DoesNotExist):
        reply(answer, outsider)
    member.posts.update(line_manager=outsider)
    with pytest.raises(ReviewAnswer.DoesNotExist):
        reply(answer, line_manager)
    Notice.objects.all().delete()
    reply(answer, member)
    assert not Notice.objects.exists(), "nobody else can read it"


def test_superseded_answers_and_long_threads_take_no_more_replies(
    answer, member, line_manager, release
):
    for number in range(reviews.REPLIES_MAX):
        reply(answer, member, f"Reply {number}")
    with pytest.raises(ValidationError, match="20 replies already"):
        reply(answer, member)
    answer.replies.all().delete()
    factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    with pytest.raises(ValidationError, match="has been replaced"):
        reply(answer, member)


# --- Reminders -------------------------------------------------------------------------------


def test_somebody_is_reminded_at_most_once_a_week(member, line_manager):
    assert reviews.nudge(person=member, by=line_manager) is not None
    assert reviews.nudge(person=member, by=line_manager) is None
    assert Notice.objects.filter(recipient=member).count() == 1
    Nudge.objects.update(sent_at=timezone.now() - datetime.timedelta(days=7, minutes=1))
    assert reviews.nudge(person=member, by=line_manager) is not None


def test_only_the_line_manager_and_their_cover_remind(member, line_manager, outsider):
    with pytest.raises(User.DoesNotExist):
        reviews.nudge(person=member, by=outsider)
    factories.cover(line_manager, outsider)
    assert reviews.nudge(person=member, by=outsider) is not None


# --- Moves -----------------------------------------------------------------------------------


def move(person, manager, unit):
    return accounts_services.start_post(
        person=person,
        unit=unit,
        grade="HEO",
        line_manager=manager,
        started_on=timezone.localdate(),
    )


def test_a_waiting_review_follows_a_person_who_keeps_their_line_manager(
    save, agile, focus, member, line_manager, operations
):
    save({agile: AGREE})
    move(member, line_manager, operations)
    line_manager.posts.update(unit=operations)
    assert save({focus: AGREE}, finish=True).is_finished


def test_a_person_is_told_once_of_a_review_left_behind_and_sharing_takes_it_along(
    submitted, member, line_manager, outsider, digital
):
    assert reviews.tell_of_reviews_left_behind() == 0
    move(member, outsider, digital)
    for _ in range(2):
        assert reviews.tell_of_reviews_left_behind() == 1
    notice = Notice.objects.get(recipient=member, kind="review-left-behind")
    assert "Olive Quillmoor cannot see it" in notice.body
    sharing.share_again(self_assessment=submitted, by=member, shown_manager=outsider)
    assert set(SelfAssessment.objects.reviewable_by(outsider)) == {submitted}
    assert reviews.tell_of_reviews_left_behind() == 0


def test_answered_and_replaced_self_assessments_are_not_left_behind(
    submitted, member, line_manager, outsider, digital, release
):
    factories.reviewed(submitted, {"Agile working": "agree"}, by=line_manager)
    move(member, outsider, digital)
    assert reviews.tell_of_reviews_left_behind() == 0


def test_sharing_names_the_line_manager_and_is_done_once(
    submitted, member, line_manager, outsider, digital
):
    assert (
        sharing.share_again(self_assessment=submitted, by=member, shown_manager=line_manager)
        is None
    ), "it was submitted to them"
    move(member, outsider, digital)
    with pytest.raises(LineManagerChanged):
        sharing.share_again(self_assessment=submitted, by=member, shown_manager=line_manager)
    made = {
        sharing.share_again(self_assessment=submitted, by=member, shown_manager=outsider).pk
        for _ in range(3)
    }
    assert len(made) == 1
    assert Notice.objects.filter(recipient=outsider).count() == 1
    sharing.stop_sharing(self_assessment=submitted, by=outsider)
    assert SelfAssessment.objects.reviewable_by(outsider).exists(), "only its author stops it"
    sharing.stop_sharing(self_assessment=submitted, by=member)
    assert not SelfAssessment.objects.reviewable_by(outsider).exists()


def test_a_draft_and_somebody_elses_cannot_be_shared(member, line_manager, outsider, release):
    draft = factories.draft(member, release)
    with pytest.raises(ValidationError):
        sharing.share_again(self_assessment=draft, by=member, shown_manager=line_manager)
    theirs = factories.submitted(outsider, release, {"Agile working": 1})
    with pytest.raises(SelfAssessment.DoesNotExist):
        sharing.share_again(self_assessment=theirs, by=member, shown_manager=line_manager)
