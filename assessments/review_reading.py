"""What pages about reviews read: each function says how many queries it takes.

As in `assessments.reading`, callers pass self-assessments that they got through `visible_to`;
answers and replies are read here through `visible_to` of the same person.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from assessments import reading
from assessments.models import (
    Nudge,
    Rating,
    Review,
    ReviewAnswer,
    ReviewReply,
    SelfAssessment,
    SkillLevel,
    SkillVersion,
)

AGREE, OTHER_LEVEL, EVIDENCE = ReviewAnswer.Kind

# --- The queue -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A submitted self-assessment in a line manager's queue."""

    self_assessment: SelfAssessment
    name: str
    framework: str

    @property
    def person(self):
        return self.self_assessment.person

    @property
    def is_started(self):
        return self.self_assessment.drafted > 0


def queue_of(user):
    """What waits for the user's answer, oldest first, and what was answered, newest first.

    Two lists of `Waiting`: the newest self-assessment of each person and role level that still
    counts. Two queries.
    """
    draft = ReviewAnswer.objects.filter(
        review__self_assessment=OuterRef("pk"),
        review__finished_at=None,
        review__line_manager__managed_posts__person=OuterRef("person"),
        review__line_manager__managed_posts__ended_on=None,
        rating__superseded_at=None,
    ).exclude(kind="", reason="")
    count = draft.order_by().values("review__self_assessment").annotate(n=Count("pk")).values("n")
    finished = Review.objects.finished().filter(self_assessment=OuterRef("pk"))
    found = (
        SelfAssessment.objects.reviewable_by(user)
        .filter(Exists(Rating.objects.current().filter(self_assessment=OuterRef("pk"))))
        .select_related("person", "release__framework")
        .annotate(
            drafted=Subquery(count),
            rated=Count("ratings", filter=Q(ratings__superseded_at=None)),
            answered_at=Subquery(finished.order_by("-finished_at").values("finished_at")[:1]),
        )
    )
    newest = list(reading.latest_by_role_level(found).values())
    versions = reading.newest_versions({one.role_level_id for one in newest})
    rows = []
    for one in newest:
        one.drafted = one.drafted or 0
        version = versions[one.role_level_id]
        rows.append(Waiting(one, version.name, version.release.framework.name))
    waiting = [row for row in rows if row.self_assessment.answered_at is None]
    answered = [row for row in rows if row.self_assessment.answered_at is not None]
    waiting.sort(key=lambda row: row.self_assessment.submitted_at)
    answered.sort(key=lambda row: row.self_assessment.answered_at, reverse=True)
    return waiting, answered


@dataclass(frozen=True)
class Missing:
    """Somebody who has something not submitted to their line manager, and what it is."""

    person: object
    names: list
    is_reminded: bool


def missing_of(posts, user, *, day, reminded_since):
    """A `Missing` for each of these posts with a role level that was not submitted. Five queries.

    Whether somebody has begun makes no difference: a draft is nobody else's business.
    """
    measured = reading.measured_against(posts, day=day)
    people = [post.person_id for post in posts]
    submitted = set(
        SelfAssessment.objects.reviewable_by(user)
        .filter(person__in=people)
        .values_list("person", "role_level")
        .order_by()
        .distinct()
    )
    reminded = set(
        Nudge.objects.filter(person__in=people, sent_at__gt=reminded_since).values_list(
            "person", flat=True
        )
    )
    found = []
    for post in posts:
        names = [
            one.name
            for one in measured[post.pk]
            if (post.person_id, one.role_level_id) not in submitted
        ]
        if names or not measured[post.pk]:
            found.append(Missing(post.person, names, post.person_id in reminded))
    return found


def replies_to_read(user):
    """Answers in force on which the person had the last word, newest first. Two queries."""
    last = ReviewReply.objects.filter(answer=OuterRef("pk")).order_by("-sent_at", "-pk")
    answers = (
        ReviewAnswer.objects.in_force()
        .filter(review__self_assessment__in=SelfAssessment.objects.reviewable_by(user))
        .annotate(last_author=Subquery(last.values("author")[:1]))
        .filter(last_author=F("review__self_assessment__person"))
        .annotate(last_sent_at=Subquery(last.values("sent_at")[:1]))
        .select_related("review__self_assessment__person", "rating")
        .order_by("-last_sent_at")
    )
    answers = list(answers)
    name_skills(answers)
    return answers


def name_skills(answers):
    """Give each answer `skill_name`, as the release of its self-assessment has it. One query."""
    versions = SkillVersion.objects.filter(
        release__in={answer.review.self_assessment.release_id for answer in answers},
        skill__in={answer.rating.skill_id for answer in answers},
    ).values_list("release", "skill", "name")
    names = {(release, skill): name for release, skill, name in versions}
    for answer in answers:
        key = answer.review.self_assessment.release_id, answer.rating.skill_id
        answer.skill_name = names[key]


# --- Answering one self-assessment -----------------------------------------------------------


@dataclass
class ReviewRow:
    """One rating to answer: what the person said, what was answered before, what is drafted.

    `standing` is the newest finished answer to this rating; `before` the newest to an earlier
    rating of the skill; `unfinished` what was drafted about an earlier rating of the same level.
    """

    rating: Rating
    skill: SkillVersion
    levels: list
    level_name: str
    target_name: str
    draft: ReviewAnswer | None = None
    standing: ReviewAnswer | None = None
    before: ReviewAnswer | None = None
    before_level_name: str = ""
    unfinished: ReviewAnswer | None = None
    conflict: ReviewAnswer | None = None

    @property
    def is_as_confirmed_before(self):
        """Whether the level is the one that was confirmed for the rating before this one."""
        return (
            self.rating.level is not None
            and self.standing is None
            and self.draft is None
            and self.before is not None
            and self.before.confirmed_level == self.rating.level
        )


@dataclass
class ReviewPage:
    self_assessment: SelfAssessment
    newest: Review | None
    rows: list = field(default_factory=list)

    @property
    def after(self):
        return self.newest.pk if self.newest is not None else 0

    def by_area(self):
        return reading.by_area(self.rows)

    def as_confirmed_before(self):
        return [row for row in self.rows if row.is_as_confirmed_before]

    def drafted(self):
        return [row for row in self.rows if row.draft is not None and row.draft.kind]

    def open(self):
        """Ratings without any answer, drafted or finished."""
        drafted = self.drafted()
        return [row for row in self.rows if row.standing is None and row not in drafted]


def review_page(self_assessment, user):
    """A `ReviewPage` with a row for each rating that still counts. Nine queries."""
    release = self_assessment.release
    ratings = {
        rating.skill_id: rating
        for rating in Rating.objects.visible_to(user)
        .current()
        .filter(self_assessment=self_assessment)
    }
    newest = (
        Review.objects.visible_to(user)
        .finished()
        .filter(self_assessment=self_assessment)
        .order_by("-pk")
        .first()
    )
    said = ReviewAnswer.objects.visible_to(user).select_related("rating", "answered_by", "review")
    draft, standing, before, unfinished = {}, {}, {}, {}
    about = said.filter(rating__person=self_assessment.person_id, rating__skill__in=ratings)
    for answer in about.order_by("saved_at", "pk"):
        skill, is_this = (
            answer.rating.skill_id,
            answer.rating_id == ratings[answer.rating.skill_id].pk,
        )
        if answer.fixed_at is None:
            if is_this and answer.review.self_assessment_id == self_assessment.pk:
                draft[skill] = answer
            elif answer.rating.level == ratings[skill].level and answer.kind:
                unfinished[skill] = answer
        elif is_this:
            standing[skill] = answer
        else:
            before[skill] = answer
    scale = reading.scale_of(release)
    levels = defined_levels(release, ratings, scale)
    page = ReviewPage(self_assessment, newest)
    for version in reading.asked_skills(
        release=self_assessment.release_id, role_level=self_assessment.role_level_id
    ):
        rating = ratings.get(version.skill_id)
        if rating is None:
            continue
        earlier = before.get(version.skill_id)
        page.rows.append(
            ReviewRow(
                rating=rating,
                skill=version,
                levels=levels[version.skill_id],
                level_name=reading.level_name(
                    rating.level, scale, not_applicable=rating.not_applicable
                ),
                target_name=reading.level_name(version.target, scale) if version.target else "",
                draft=draft.get(version.skill_id),
                standing=standing.get(version.skill_id),
                before=earlier,
                before_level_name=confirmed_name(earlier, scale) if earlier else "",
                unfinished=None
                if version.skill_id in standing
                else unfinished.get(version.skill_id),
            )
        )
    return page


def defined_levels(release, skill_ids, scale):
    """For each skill, (level, name) of those the release defines, or of all. One query."""
    defined = defaultdict(set)
    for skill, value in SkillLevel.objects.filter(
        skill_version__release=release, skill_version__skill__in=skill_ids
    ).values_list("skill_version__skill", "value"):
        defined[skill].add(value)
    return {
        skill: [
            (value, reading.level_name(value, scale))
            for value in range(len(scale) + 1)
            if value == 0 or skill not in defined or value in defined[skill]
        ]
        for skill in skill_ids
    }


def confirmed_name(answer, scale):
    """The level that an answer confirms, in words; empty where it asks for evidence."""
    if answer.kind == EVIDENCE:
        return ""
    return reading.level_name(
        answer.confirmed_level, scale, not_applicable=answer.rating.not_applicable
    )


# --- Reading finished answers ----------------------------------------------------------------


@dataclass(frozen=True)
class Answered:
    """One skill of a self-assessment with everything its line managers answered, newest first."""

    skill: SkillVersion
    rating: Rating
    level_name: str
    answers: list


def finished_answers(self_assessment, user):
    """An `Answered` for each rating, in page order, the superseded ones included. Five queries."""
    scale = reading.scale_of(self_assessment.release)
    ratings = {
        rating.skill_id: rating
        for rating in Rating.objects.visible_to(user).filter(self_assessment=self_assessment)
    }
    answers = defaultdict(list)
    for answer in (
        ReviewAnswer.objects.visible_to(user)
        .fixed()
        .filter(review__self_assessment=self_assessment)
        .select_related("rating", "answered_by", "review__line_manager")
        .annotate(reply_count=Count("replies"))
        .order_by("-fixed_at", "-pk")
    ):
        answer.level_name = confirmed_name(answer, scale)
        answers[answer.rating.skill_id].append(answer)
    return [
        Answered(
            skill=version,
            rating=ratings[version.skill_id],
            level_name=reading.level_name(
                ratings[version.skill_id].level,
                scale,
                not_applicable=ratings[version.skill_id].not_applicable,
            ),
            answers=answers[version.skill_id],
        )
        for version in reading.asked_skills(
            release=self_assessment.release_id, role_level=self_assessment.role_level_id
        )
        if version.skill_id in ratings
    ]
