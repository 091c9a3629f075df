"""Writes to self-assessments: role levels chosen, answers saved, answers submitted."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Post, User
from accounts.notices import queue_notice
from assessments.models import (
    DraftAnswer,
    PostRoleLevel,
    Rating,
    Release,
    SelfAssessment,
    SkillLevel,
)
from assessments.reading import asked_skills, role_level_version

# What an answer says, apart from where it is kept: copied between drafts and ratings.
ANSWER_FIELDS = (
    "level",
    "not_applicable",
    "not_applicable_reason",
    "no_opportunity",
    "confidence",
    "evidence",
)


class StaleAnswer(Exception):
    """The answer was changed elsewhere since the form was shown; `saved` is what it is now."""

    def __init__(self, saved):
        super().__init__("The answer was changed elsewhere.")
        self.saved = saved


class AlreadySubmitted(Exception):
    """The self-assessment is no draft any more, so its answers are fixed."""


class LineManagerChanged(Exception):
    """The line manager is no longer the one the person was shown; `line_manager` is now."""

    def __init__(self, line_manager):
        super().__init__("The line manager has changed.")
        self.line_manager = line_manager


# --- Role levels -----------------------------------------------------------------------------


@transaction.atomic
def set_role_levels(*, post, role_levels, by):
    """The post's chosen role levels from today, as a list; repeating it changes nothing.

    Those left out end today and stay as history; one that began today as well is taken away, for
    it held on no day. Raises ValidationError when the post has ended.
    """
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.ended_on is not None:
        raise ValidationError("This post has ended, so its role levels cannot be changed.")
    from_day = max(timezone.localdate(), post.started_on)
    wanted = {role_level.pk for role_level in role_levels}
    current = PostRoleLevel.objects.current().filter(post=post)
    left_out = current.exclude(role_level__in=wanted)
    left_out.filter(started_on__gte=from_day).delete()
    left_out.update(ended_on=from_day)
    kept = set(current.values_list("role_level", flat=True))
    PostRoleLevel.objects.bulk_create(
        PostRoleLevel(post=post, role_level_id=pk, started_on=from_day)
        for pk in sorted(wanted - kept)
    )
    return list(current.select_related("role_level"))


# --- Drafts ----------------------------------------------------------------------------------


@transaction.atomic
def start_self_assessment(*, person, role_level):
    """The person's draft for the role level, made from their current ratings the first time.

    Raises ValidationError when no release in force has the role level.
    """
    release = Release.objects.current().filter(role_level_versions__role_level=role_level).first()
    if release is None:
        raise ValidationError("This role level is no longer part of its framework.")
    draft, created = SelfAssessment.objects.get_or_create(
        person=person, role_level=role_level, submitted_at=None, defaults={"release": release}
    )
    if created:
        _carry_over_ratings(draft)
    return draft


def _carry_over_ratings(draft):
    """Fill a new draft with the person's current ratings of the skills it asks about.

    Where this release no longer defines the level, what was said stays and the level is asked.
    """
    asked = asked_skills(release=draft.release_id, role_level=draft.role_level_id)
    defined = {}
    for skill, value in SkillLevel.objects.filter(skill_version__in=asked).values_list(
        "skill_version__skill", "value"
    ):
        defined.setdefault(skill, {0}).add(value)
    answers = []
    for rating in Rating.objects.current().filter(
        person=draft.person_id, skill__in=asked.values("skill")
    ):
        answer = DraftAnswer(
            self_assessment=draft,
            skill_id=rating.skill_id,
            carried_rated_at=rating.rated_at,
            **{name: getattr(rating, name) for name in ANSWER_FIELDS},
        )
        levels = defined.get(rating.skill_id)
        if levels is not None and answer.level is not None and answer.level not in levels:
            answer.level = None
        answers.append(answer)
    DraftAnswer.objects.bulk_create(answers)


@transaction.atomic
def save_answer(*, self_assessment, skill, by, version, **values):
    """The draft answer with these values; saving the same again changes nothing.

    `version` is the one the form was shown with, 0 for no answer yet. `values` are ANSWER_FIELDS,
    cleaned. Raises StaleAnswer when another tab or device has saved something different since,
    and AlreadySubmitted when the answers are fixed.
    """
    draft = SelfAssessment.objects.select_for_update().get(pk=self_assessment.pk, person=by)
    if not draft.is_draft:
        raise AlreadySubmitted
    saved = DraftAnswer.objects.filter(self_assessment=draft, skill=skill).first()
    if saved is None:
        if not _says_anything(values):
            return DraftAnswer(self_assessment=draft, skill=skill, version=0)
        return DraftAnswer.objects.create(self_assessment=draft, skill=skill, **values)
    same = all(getattr(saved, name) == values[name] for name in ANSWER_FIELDS)
    if same and saved.carried_rated_at is None:
        return saved
    if saved.version != version:
        if same:
            return saved
        raise StaleAnswer(saved)
    for name in ANSWER_FIELDS:
        setattr(saved, name, values[name])
    saved.version += 1
    saved.carried_rated_at = None
    saved.save(update_fields=[*ANSWER_FIELDS, "version", "carried_rated_at", "saved_at"])
    return saved


def _says_anything(values):
    return values["level"] is not None or any(
        values[name] for name in ANSWER_FIELDS if name != "level"
    )


# --- Submission ------------------------------------------------------------------------------


@transaction.atomic
def submit_self_assessment(*, self_assessment, by, shown_manager):
    """The self-assessment, fixed and shared with the line manager; again changes nothing.

    `shown_manager` is the person named to its author as the one who will see it, or None. Raises
    LineManagerChanged when that is no longer so, and ValidationError when nothing is answered.
    Skills without a level stay unrated, and an earlier rating of them stays in force.
    """
    # One submission of a person at a time: two of them may hold answers to the same skill.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    submitted = SelfAssessment.objects.select_for_update().get(pk=self_assessment.pk, person=by)
    if not submitted.is_draft:
        return submitted
    post = (
        Post.objects.select_for_update(of=("self",))
        .select_related("line_manager")
        .filter(person=by, ended_on=None)
        .first()
    )
    line_manager = post.line_manager if post is not None else None
    if line_manager != shown_manager:
        raise LineManagerChanged(line_manager)
    answers = list(DraftAnswer.objects.given().filter(self_assessment=submitted))
    if not answers:
        raise ValidationError("Rate at least one skill before you submit.")

    now = timezone.now()
    Rating.objects.current().filter(
        person=by, skill__in=[answer.skill_id for answer in answers]
    ).update(superseded_at=now)
    Rating.objects.bulk_create(
        Rating(
            person=by,
            self_assessment=submitted,
            skill_id=answer.skill_id,
            rated_at=now,
            **{name: getattr(answer, name) for name in ANSWER_FIELDS},
        )
        for answer in answers
    )
    submitted.draft_answers.all().delete()
    submitted.submitted_at = now
    submitted.submitted_to = line_manager
    submitted.save(update_fields=["submitted_at", "submitted_to"])
    if line_manager is not None and line_manager.is_active:
        _tell_line_manager(submitted, by)
    return submitted


def _tell_line_manager(submitted, person):
    version = role_level_version(submitted)
    queue_notice(
        recipient=submitted.submitted_to,
        key=f"self-assessment-submitted:{submitted.pk}",
        subject=f"{person} has submitted a self-assessment",
        body=(
            f"{person} has submitted a self-assessment for {version.name} "
            f"({version.release.framework}). You can read it because you are their line manager."
        ),
        link=submitted.get_absolute_url(),
    )
