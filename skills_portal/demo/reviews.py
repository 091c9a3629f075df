"""What the line managers of the demo answered to what was submitted to them.

Some answer everything, some most of it, some nothing; mostly they agree, and where they do not,
they more often see less than more. Set-based, as the rest of the demo is.
"""

import datetime
from collections import defaultdict

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import Post
from assessments.models import Rating, Review, ReviewAnswer, SelfAssessment, SkillLevel
from skills_portal.bulk import insert_rows
from skills_portal.demo.organisation import DEMO_PEOPLE

AGREES, SEES_MORE, SEES_LESS = 0.8, 0.06, 0.09  # shares of answers; the rest asks for evidence
REASONS_FOR_MORE = (
    "You led this on the last project without help.",
    "Others in the team turn to you for this.",
    "This is what you did for the winter timetable, start to finish.",
)
REASONS_FOR_LESS = (
    "I have seen you do this once, with a colleague beside you.",
    "You have done the course, and not yet had work that needs it.",
    "You do this well when it is set up for you; setting it up is the next step.",
)
QUESTIONS = (
    "Which piece of work shows this best?",
    "Can you add a link to something you made?",
    "When did you do this last?",
    "",
)
ANSWER_FIELDS = (
    "review",
    "rating",
    "answered_by",
    "kind",
    "level",
    "reason",
    "version",
    "saved_at",
    "fixed_at",
)


def add_reviews(rng, until):
    """Answers to about half of what was submitted, as they would stand on the day `until`.

    The civil servant to sign in as has answers to read, and their line manager a queue to answer.
    """
    civil_servant, line_manager = (
        next(person.email for person in DEMO_PEOPLE if person.kind == kind)
        for kind in ("Civil servant", "Line manager")
    )
    submitted = list(
        SelfAssessment.objects.submitted()
        .exclude(submitted_to=None)
        .select_related("person", "submitted_to")
        .order_by("submitted_at", "pk")
    )
    still_theirs = {
        (person, manager): (started_on, ended_on)
        for person, manager, started_on, ended_on in Post.objects.order_by(
            "started_on"
        ).values_list("person", "line_manager", "started_on", "ended_on")
    }
    # How likely each line manager is to answer.
    diligence = defaultdict(lambda: float(rng.choice([0.0, 0.5, 0.9], p=[0.25, 0.35, 0.4])))
    reviews = []
    for one in submitted:
        chance = diligence[one.submitted_to_id]
        if one.person.email == civil_servant:
            chance = 1.0
        elif one.submitted_to.email == line_manager:
            chance = 0.5
        wait = datetime.timedelta(days=int(rng.integers(2, 40)), minutes=int(rng.integers(480)))
        finished_at = one.submitted_at + wait
        day = timezone.localdate(finished_at)
        started_on, ended_on = still_theirs[one.person_id, one.submitted_to_id]
        in_time = day < until and started_on <= day and (ended_on is None or day < ended_on)
        if rng.random() < chance and in_time:
            reviews.append(
                Review(
                    self_assessment=one,
                    line_manager=one.submitted_to,
                    finished_by=one.submitted_to,
                    finished_at=finished_at,
                )
            )
    reviews.sort(key=lambda review: review.finished_at)
    reviews = Review.objects.bulk_create(reviews, batch_size=500)
    Review.objects.update(  # `auto_now_add` has put the moment of loading there
        started_at=F("finished_at") - datetime.timedelta(minutes=20)
    )
    return insert_rows(ReviewAnswer, ANSWER_FIELDS, list(_answers(reviews, rng)))


def _answers(reviews, rng):
    """One tuple of ANSWER_FIELDS for each rating that was in force when its review was finished."""
    finished = Review.objects.filter(self_assessment=OuterRef("self_assessment"))
    ratings = defaultdict(list)
    for pk, self_assessment, release, skill, level in (
        Rating.objects.annotate(reviewed_at=Subquery(finished.values("finished_at")[:1]))
        .filter(Q(superseded_at=None) | Q(superseded_at__gt=F("reviewed_at")))
        .exclude(reviewed_at=None)
        .order_by("pk")
        .values_list("pk", "self_assessment", "self_assessment__release", "skill", "level")
    ):
        ratings[self_assessment].append((pk, (release, skill), level))
    defined = defaultdict(set)
    for release, skill, value in SkillLevel.objects.values_list(
        "skill_version__release", "skill_version__skill", "value"
    ):
        defined[release, skill].add(value)
    agree, other_level, evidence = ReviewAnswer.Kind.values
    for review in reviews:
        rows = ratings[review.self_assessment_id]
        for (rating, skill, own), luck in zip(rows, rng.random(len(rows)), strict=True):
            kind, level, reason = agree, None, ""
            if luck > AGREES + SEES_MORE + SEES_LESS:
                kind, reason = evidence, QUESTIONS[int(luck * 1e6) % len(QUESTIONS)]
            elif luck > AGREES and own is not None:
                step = 1 if luck < AGREES + SEES_MORE else -1
                if own + step in {0, *(defined[skill] or {1, 2, 3, 4})}:
                    kind, level = other_level, own + step
                    reasons = REASONS_FOR_MORE if step > 0 else REASONS_FOR_LESS
                    reason = reasons[int(luck * 1e6) % len(reasons)]
            at = review.finished_at
            yield review.pk, rating, review.line_manager_id, kind, level, reason, 1, at, at
