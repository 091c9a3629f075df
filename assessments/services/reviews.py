"""Writes to reviews: line managers' answers to self-assessments, replies to them, reminders."""

import datetime
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list

from accounts import audit
from accounts.models import Post, User
from accounts.notices import queue_notice
from assessments import audit_actions, notice_kinds
from assessments.models import (
    Nudge,
    Rating,
    Review,
    ReviewAnswer,
    ReviewReply,
    SelfAssessment,
    Sharing,
)

AGREE, OTHER_LEVEL, EVIDENCE = ReviewAnswer.Kind
REPLIES_MAX = 20


class ReviewFinished(Exception):
    """The review was finished since its form was shown; `review` is the newest finished one."""

    def __init__(self, review):
        super().__init__("The review was finished elsewhere.")
        self.review = review


@dataclass(frozen=True)
class Said:
    """What a line manager has said so far about one rating; `version` 0: nothing saved yet."""

    kind: str = ""
    level: int | None = None
    reason: str = ""
    version: int = 0

    @property
    def is_empty(self):
        return not self.kind and not self.reason

    def equals(self, answer):
        return (self.kind, self.level, self.reason) == (answer.kind, answer.level, answer.reason)


@dataclass
class Outcome:
    """What became of an attempt to save or finish a review.

    `conflicts` maps ratings' keys to answers that were saved elsewhere meanwhile and stay as
    they are; `problems` to what each incomplete answer lacks, as (part, message).
    """

    review: Review
    conflicts: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)
    unanswered: int = 0

    @property
    def is_finished(self):
        return self.review.finished_at is not None


# --- Answering -------------------------------------------------------------------------------


@transaction.atomic
def save_review(*, self_assessment, by, after, said, finish=False, leave_rest=False):
    """An `Outcome` with what is saved now; with `finish`, fixed if nothing stands in the way.

    `said` maps ratings' keys to a `Said` for what the person changed; everything else stays.
    `after` is the key of the newest finished review that the form knew, 0 for none. Finishing
    takes complete answers and, unless `leave_rest`, one to each rating in force. Saving the same
    again changes nothing. Raises ReviewFinished when another review was finished since, and
    SelfAssessment.DoesNotExist when it is no longer the person's to answer.
    """
    reviewed = (
        SelfAssessment.objects.reviewable_by(by)
        .select_for_update(of=("self",))
        .get(pk=self_assessment.pk)
    )
    newest = Review.objects.finished().filter(self_assessment=reviewed).order_by("-pk").first()
    if newest is not None and newest.pk != after:
        raise ReviewFinished(newest)
    line_manager = User.objects.get(
        managed_posts__person=reviewed.person_id, managed_posts__ended_on=None
    )
    review, _ = Review.objects.get_or_create(
        self_assessment=reviewed, line_manager=line_manager, finished_at=None
    )
    ratings = {
        rating.pk: rating for rating in Rating.objects.current().filter(self_assessment=reviewed)
    }
    answers = {answer.rating_id: answer for answer in review.answers.filter(rating__in=ratings)}
    outcome = Outcome(review)
    for rating_id, one in said.items():
        if rating_id in ratings:
            _save_answer(outcome, answers, rating_id, one, by)
    if finish and not outcome.conflicts:
        _finish(outcome, ratings, answers, by, leave_rest)
    return outcome


def _save_answer(outcome, answers, rating_id, said, by):
    saved = answers.get(rating_id)
    if saved is None:
        if not said.is_empty:
            answers[rating_id] = ReviewAnswer.objects.create(
                review=outcome.review,
                rating_id=rating_id,
                answered_by=by,
                kind=said.kind,
                level=said.level,
                reason=said.reason,
            )
    elif said.equals(saved):
        return
    elif saved.version != said.version:
        outcome.conflicts[rating_id] = saved
    else:
        saved.kind, saved.level, saved.reason = said.kind, said.level, said.reason
        saved.answered_by = by
        saved.version += 1
        saved.save(update_fields=["kind", "level", "reason", "answered_by", "version", "saved_at"])


def _finish(outcome, ratings, answers, by, leave_rest):
    given = {pk: one for pk, one in answers.items() if one.kind or one.reason}
    for rating_id, answer in given.items():
        problem = problem_with(answer, ratings[rating_id])
        if problem:
            outcome.problems[rating_id] = problem
    answered_before = set(
        ReviewAnswer.objects.in_force().filter(rating__in=ratings).values_list("rating", flat=True)
    )
    outcome.unanswered = len(ratings.keys() - given.keys() - answered_before)
    if outcome.problems or not given or (outcome.unanswered and not leave_rest):
        return
    review, now = outcome.review, timezone.now()
    # Emptied again, or about a rating that was given anew meanwhile: nothing was said.
    review.answers.exclude(rating__in=given).delete()
    ReviewAnswer.objects.fixed().filter(rating__in=given, superseded_at=None).update(
        superseded_at=now
    )
    review.answers.update(fixed_at=now)
    review.finished_at, review.finished_by = now, by
    review.save(update_fields=["finished_at", "finished_by"])
    _tell_person(review, list(given.values()), outcome.unanswered, by)
    audit.note(
        audit_actions.REVIEW_FINISHED,
        by=by,
        about=review.self_assessment.person,
        thing=f"review {review.pk}",
    )


def problem_with(answer, rating):
    """What an answer lacks before it can be fixed, as (part, message); None when nothing."""
    if not answer.kind:
        return "kind", "Select your answer, or delete what you wrote below it"
    if answer.kind == OTHER_LEVEL:
        if answer.level is None:
            return "level", "Select the level you see"
        if answer.level == rating.level:
            return "level", "This is the level they chose: select another one, or agree"
        if not answer.reason:
            return "reason", "Enter why you see another level"
    return None


def summary_of(answers, unanswered=0):
    """In a sentence, how many levels were agreed with, seen differently or asked about."""
    kinds = [answer.kind for answer in answers]
    parts = [
        (kinds.count(AGREE), "agreed with"),
        (kinds.count(OTHER_LEVEL), "seen at another level"),
        (kinds.count(EVIDENCE), "where evidence is asked for"),
        (unanswered, "without an answer"),
    ]
    counted = [f"{count} {words}" for count, words in parts if count]
    return f"Of {_skills(len(kinds) + unanswered)}: {get_text_list(counted, 'and')}."


def _skills(count):
    return "1 skill" if count == 1 else f"{count} skills"


def _tell_person(review, answers, unanswered, by):
    person = review.self_assessment.person
    asks = any(answer.kind == EVIDENCE for answer in answers)
    manager = "your line manager"
    if by != review.line_manager:
        manager = f"who covers for {review.line_manager}, your line manager"
    queue_notice(
        recipient=person,
        kind=notice_kinds.EVIDENCE_ASKED if asks else notice_kinds.REVIEWED,
        key=f"review-finished:{review.pk}",
        subject=f"{by} has answered your self-assessment",
        body=(
            f"{by}, {manager}, has answered your self-assessment. "
            f"{summary_of(answers, unanswered)} Your own levels stay as you gave them."
        ),
        link=review.get_absolute_url(),
    )


# --- Replies ---------------------------------------------------------------------------------


@transaction.atomic
def reply_to_answer(*, answer, by, text, form_key):
    """The remark below a finished answer; the same form sent again gives the same remark.

    Raises ReviewAnswer.DoesNotExist when the answer is out of the person's sight, and
    ValidationError when it is superseded or has too many remarks.
    """
    answer = (
        ReviewAnswer.objects.visible_to(by)
        .fixed()
        .select_for_update(of=("self",))
        .select_related("review__self_assessment__person", "rating")
        .get(pk=answer.pk)
    )
    key = uuid.uuid5(form_key, f"{answer.pk} {text}")
    known = ReviewReply.objects.filter(author=by, form_key=key).first()
    if known is not None:
        return known
    if answer.is_superseded:
        raise ValidationError("This answer has been replaced, so it takes no more replies.")
    if answer.replies.count() >= REPLIES_MAX:
        raise ValidationError(
            f"There are {REPLIES_MAX} replies already: talk about it and rate the skill again."
        )
    reply = ReviewReply.objects.create(answer=answer, author=by, text=text, form_key=key)
    _tell_of_reply(reply, answer, by)
    return reply


def _tell_of_reply(reply, answer, by):
    reviewed = answer.review.self_assessment
    recipient = reviewed.person
    if by == reviewed.person:
        recipient = line_manager_who_sees(reviewed)
    if recipient is None or not recipient.is_active:
        return
    queue_notice(
        recipient=recipient,
        kind=notice_kinds.REPLIED,
        key=f"review-reply:{reply.pk}",
        subject=f"{by} has replied in a review",
        body=f"{by} has replied to an answer in the review of a self-assessment.",
        link=answer.get_absolute_url(),
    )


def line_manager_who_sees(self_assessment):
    """The author's line manager of now, where they may see the self-assessment; else None."""
    post = (
        Post.objects.current()
        .filter(person=self_assessment.person_id)
        .select_related("line_manager")
        .first()
    )
    manager = post.line_manager if post is not None else None
    if manager is None:
        return None
    seen = SelfAssessment.objects.reviewable_by(manager).filter(pk=self_assessment.pk)
    return manager if seen.exists() else None


# --- Reminders -------------------------------------------------------------------------------


@transaction.atomic
def nudge(*, person, by):
    """Ask somebody to submit what is missing; None when they were asked in the last week.

    Raises User.DoesNotExist when the person is not one whom `by` manages or covers for.
    """
    # Two who ask one person at the same moment wait for each other here.
    person = User.objects.select_for_update(of=("self",)).get(
        pk=person.pk,
        is_active=True,
        pk__in=Post.objects.current().managed_by(by, with_cover=True).values("person"),
    )
    if Nudge.objects.filter(person=person, sent_at__gt=a_week_ago()).exists():
        return None
    made = Nudge.objects.create(person=person, sent_by=by)
    queue_notice(
        recipient=person,
        kind=notice_kinds.NUDGED,
        key=f"nudge:{made.pk}",
        subject="Please submit your self-assessment",
        body=(
            f"{by} asks you to rate your skills and submit your self-assessment. What you have "
            "answered so far is kept; nobody sees it before you submit."
        ),
        link=reverse("assessments:my_skills"),
    )
    return made


def a_week_ago():
    return timezone.now() - datetime.timedelta(days=settings.NUDGE_DAYS)


def tell_of_reviews_left_behind():
    """Tell people who moved that a review did not come with them; the number of such people.

    What waits for an answer is not shown to a new line manager unasked: the person decides, and
    one press shares it again. Running it twice tells nobody twice.
    """
    today = timezone.localdate()
    since = today - datetime.timedelta(days=settings.REVIEW_LEFT_BEHIND_DAYS)
    posts = (
        Post.objects.current()
        .filter(started_on__gte=since, line_manager__isnull=False, person__is_active=True)
        .select_related("person", "line_manager")
    )
    told = 0
    for post in posts.iterator():
        if self_assessments_left_behind(post):
            queue_notice(
                recipient=post.person,
                kind=notice_kinds.LEFT_BEHIND,
                key=f"review-left-behind:{post.pk}:{post.line_manager_id}",
                subject="A review did not follow you to your new line manager",
                body=(
                    "You submitted a self-assessment that was not answered before your line "
                    f"manager changed. {post.line_manager} cannot see it. Share it again if you "
                    "want them to answer it."
                ),
                link=reverse("assessments:sharing"),
            )
            told += 1
    return told


def self_assessments_left_behind(post):
    """What the post's holder submitted to another line manager and nobody has answered, newest
    first: only what still counts, and is not shared with the line manager of now. One query.
    """
    return list(
        SelfAssessment.objects.submitted()
        .filter(
            Exists(Rating.objects.current().filter(self_assessment=OuterRef("pk"))),
            ~Exists(Review.objects.finished().filter(self_assessment=OuterRef("pk"))),
            ~Exists(
                Sharing.objects.current().filter(
                    self_assessment=OuterRef("pk"), shared_with=post.line_manager_id
                )
            ),
            person=post.person_id,
            submitted_to__isnull=False,
        )
        .exclude(submitted_to=post.line_manager_id)
        .order_by(F("submitted_at").desc(), "-pk")
    )
