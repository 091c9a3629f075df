"""Writes to self-assessments: role levels chosen, answers saved, answers submitted."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Post, User
from accounts.notices import queue_notice
from assessments.models import (
    DraftAnswer,
    PostRoleLevel,
    Rating,
    Release,
    SelfAssessment,
    Statement,
    TickedStatement,
)
from assessments.reading import asked_skills, role_level_version, skill_texts
from assessments.reassessing import is_stale, text_changes

# What an answer says, apart from where it is kept: copied between drafts and ratings.
ANSWER_FIELDS = (
    "level",
    "not_applicable",
    "not_applicable_reason",
    "no_opportunity",
    "confidence",
    "evidence",
    "override_reason",
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
    release = current_release_with(role_level)
    if release is None:
        raise ValidationError("This role level is no longer part of its framework.")
    draft, created = SelfAssessment.objects.get_or_create(
        person=person, role_level=role_level, submitted_at=None, defaults={"release": release}
    )
    if created:
        _carry_over_ratings(draft)
    return draft


def _carry_over_ratings(draft, *, skills=None):
    """Fill a draft with the person's current ratings of the skills it asks about.

    With `skills`, only those of them. An answer to a skill that the framework describes otherwise
    since, or given too long ago, does not count until its author has looked at it; where this
    release no longer defines the level, what was said stays and the level is asked.
    """
    asked = asked_skills(release=draft.release_id, role_level=draft.role_level_id)
    wanted = {version.skill_id for version in asked}
    if skills is not None:
        wanted &= set(skills)
    ratings = list(
        Rating.objects.current()
        .filter(person=draft.person_id, skill__in=wanted)
        .select_related("self_assessment")
    )
    releases = {draft.release_id, *(rating.self_assessment.release_id for rating in ratings)}
    texts = skill_texts(releases, {rating.skill_id for rating in ratings})
    today = timezone.localdate()
    answers = []
    for rating in ratings:
        answer = DraftAnswer(
            self_assessment=draft,
            skill_id=rating.skill_id,
            carried_rated_at=rating.rated_at,
            **{name: getattr(rating, name) for name in ANSWER_FIELDS},
        )
        _look_at_again(answer, texts, given_on=rating.self_assessment.release_id)
        rated_on = timezone.localdate(rating.rated_at)
        if not answer.ask_again and is_stale(rated_on, today, settings.RATING_STALE_MONTHS):
            answer.ask_again = DraftAnswer.AskAgain.STALE
        answers.append(answer)
    DraftAnswer.objects.bulk_create(answers)
    ticks = TickedStatement.objects.filter(rating__in=ratings)
    _tick_the_same(_said(ticks, "rating__skill"), answers, draft.release_id)


def _look_at_again(answer, texts, *, given_on):
    """Mark an answer given on another release's words, and ask again where these differ.

    A level that is no longer defined is taken out; where the framework describes none at all,
    people are rated on its general levels. `texts` are those of both releases.
    """
    release_id = answer.self_assessment.release_id
    old, new = texts.get((given_on, answer.skill_id)), texts[release_id, answer.skill_id]
    if answer.level is not None and new.levels and answer.level not in new.defined:
        answer.level = None
    if given_on == release_id:
        return
    answer.given_on_id = given_on
    if old is None or text_changes(old, new, str):
        answer.ask_again = DraftAnswer.AskAgain.CHANGED


def _said(ticks, skill):
    """What ticked statements say, whatever the release: skill, level and text of each."""
    return list(ticks.values_list(skill, "statement__skill_level__value", "statement__text"))


def _tick_the_same(said, answers, release_id):
    """Tick for the answers the release's statements that are worded the same."""
    if not said:
        return
    answer_of = {answer.skill_id: answer for answer in answers}
    statements = Statement.objects.filter(
        skill_level__skill_version__release=release_id,
        skill_level__skill_version__skill__in=answer_of,
    ).values_list("skill_level__skill_version__skill", "skill_level__value", "text", "pk")
    keys = {(skill, value, text): pk for skill, value, text, pk in statements}
    TickedStatement.objects.bulk_create(
        TickedStatement(draft_answer=answer_of[line[0]], statement_id=keys[line])
        for line in dict.fromkeys(said)
        if line in keys
    )


def _own_draft(self_assessment, by):
    """The draft, held until the transaction ends; AlreadySubmitted when it is none any more."""
    draft = SelfAssessment.objects.select_for_update().get(pk=self_assessment.pk, person=by)
    if not draft.is_draft:
        raise AlreadySubmitted
    return draft


@transaction.atomic
def save_answer(*, self_assessment, skill, by, version, **values):
    """The draft answer with these values; saving the same again changes nothing.

    `version` is the one the form was shown with, 0 for no answer yet. `values` are some or all of
    ANSWER_FIELDS, cleaned; the others stay as they are. Raises StaleAnswer when another tab or
    device has saved something different since, and AlreadySubmitted when the answers are fixed.
    """
    draft = _own_draft(self_assessment, by)
    saved = DraftAnswer.objects.filter(self_assessment=draft, skill=skill).first()
    return write_answer(draft, skill, saved, version=version, values=values)


def hold_draft(*, pk, by):
    """The person's own draft, held until the transaction ends, for `write_answer`.

    Raises SelfAssessment.DoesNotExist for anybody else's, and AlreadySubmitted.
    """
    return _own_draft(SelfAssessment(pk=pk), by)


def write_answer(draft, skill, saved, *, version, values):
    """What `save_answer` does once the draft is held and its answer `saved` (or None) is read."""
    if saved is None:
        if not _says_anything(values):
            return DraftAnswer(self_assessment=draft, skill=skill, version=0)
        return DraftAnswer.objects.create(self_assessment=draft, skill=skill, **values)
    same = all(getattr(saved, name) == value for name, value in values.items())
    if same and saved.carried_rated_at is None and not saved.ask_again:
        return saved
    if saved.version != version and not same:
        raise StaleAnswer(saved)
    for name, value in values.items():
        setattr(saved, name, value)
    _given_today(saved)
    saved.save(update_fields=[*values, *GIVEN_FIELDS])
    return saved


# What says when, on which words and how often an answer was given.
GIVEN_FIELDS = ("version", "carried_rated_at", "given_on", "ask_again", "saved_at")


def _given_today(answer):
    answer.version += 1
    answer.carried_rated_at = None
    answer.given_on = None
    answer.ask_again = ""


def _says_anything(values):
    return values.get("level") is not None or any(
        value for name, value in values.items() if name != "level"
    )


@transaction.atomic
def save_answers(*, self_assessment, by, answers):
    """Save several answers at once; those saved and those in conflict, each by the skill's key.

    `answers` maps keys of skills to pairs of a version and values, as `save_answer` takes them.
    An answer that another tab or device has changed since is left as it is, and returned among
    the conflicts. The same five queries however many there are. Raises AlreadySubmitted.
    """
    draft = _own_draft(self_assessment, by)
    found = {answer.skill_id: answer for answer in draft.draft_answers.filter(skill__in=answers)}
    new, changed, conflicts = [], [], {}
    for skill, (version, values) in answers.items():
        saved = found.get(skill)
        if saved is None:
            new.append(DraftAnswer(self_assessment=draft, skill_id=skill, **values))
            continue
        same = all(getattr(saved, name) == value for name, value in values.items())
        if same and saved.carried_rated_at is None and not saved.ask_again:
            continue
        if saved.version != version and not same:
            conflicts[skill] = saved
            continue
        for name, value in values.items():
            setattr(saved, name, value)
        _given_today(saved)
        saved.saved_at = timezone.now()
        changed.append(saved)
    DraftAnswer.objects.bulk_create(new)
    DraftAnswer.objects.bulk_update(changed, [*ANSWER_FIELDS, *GIVEN_FIELDS])
    saved = {answer.skill_id: answer for answer in [*found.values(), *new]}
    return {key: one for key, one in saved.items() if key not in conflicts}, conflicts


@transaction.atomic
def save_ticks(*, self_assessment, skill, by, version, statements):
    """The draft answer with just these statements (keys of the skill's own) ticked.

    The level stays as it is: what the ticks suggest is for the person to accept. `version` and
    what is raised are those of `save_answer`; ticking the same again changes nothing.
    """
    draft = _own_draft(self_assessment, by)
    answer = DraftAnswer.objects.filter(self_assessment=draft, skill=skill).first()
    wanted = set(statements)
    if answer is None:
        if not wanted:
            return DraftAnswer(self_assessment=draft, skill=skill, version=0)
        answer = DraftAnswer(self_assessment=draft, skill=skill, version=0)
    elif wanted == (ticked := set(answer.ticks.values_list("statement", flat=True))):
        return answer
    elif answer.version != version:
        answer.ticked = ticked
        raise StaleAnswer(answer)
    answer.version += 1
    answer.save()
    answer.ticks.exclude(statement__in=wanted).delete()
    kept = set(answer.ticks.values_list("statement", flat=True))
    TickedStatement.objects.bulk_create(
        TickedStatement(draft_answer=answer, statement_id=pk) for pk in sorted(wanted - kept)
    )
    return answer


# --- Assessing again -------------------------------------------------------------------------


@transaction.atomic
def confirm_carried(*, self_assessment, by):
    """How many answers of last time now count as given today; again changes nothing.

    Those that are asked again are left for their author to look at. Raises AlreadySubmitted.
    """
    draft = _own_draft(self_assessment, by)
    return (
        draft.draft_answers.given()
        .filter(carried_rated_at__isnull=False)
        .update(
            carried_rated_at=None, given_on=None, version=F("version") + 1, saved_at=timezone.now()
        )
    )


@transaction.atomic
def ask_all_again(*, self_assessment, by):
    """How many answers of last time are now asked again, as their author wants. Repeatable.

    Raises AlreadySubmitted.
    """
    draft = _own_draft(self_assessment, by)
    return (
        draft.draft_answers.given()
        .filter(carried_rated_at__isnull=False)
        .update(ask_again=DraftAnswer.AskAgain.CHOSEN, version=F("version") + 1)
    )


@transaction.atomic
def move_to_current_release(*, self_assessment, by):
    """The draft, moved to its framework's release in force; again changes nothing.

    Answers to skills whose words are the same stay as they are. Those to changed skills are kept
    and asked again; those to skills no longer asked about are removed. Raises AlreadySubmitted,
    and ValidationError when the release in force has no such role level.
    """
    draft = _own_draft(self_assessment, by)
    release = current_release_with(draft.role_level_id)
    if release is None:
        raise ValidationError("This role level is no longer part of its framework.")
    if release.pk == draft.release_id:
        return draft
    before = draft.release_id
    answers = list(draft.draft_answers.all())
    said = _said(TickedStatement.objects.filter(draft_answer__in=answers), "draft_answer__skill")
    draft.release = release
    draft.save(update_fields=["release"])
    asked = {
        version.skill_id
        for version in asked_skills(release=release.pk, role_level=draft.role_level_id)
    }
    kept = [answer for answer in answers if answer.skill_id in asked]
    draft.draft_answers.exclude(skill__in=asked).delete()
    given_on = {answer.pk: answer.given_on_id or before for answer in kept}
    texts = skill_texts({release.pk, *given_on.values()}, {answer.skill_id for answer in kept})
    for answer in kept:
        answer.self_assessment = draft
        answer.given_on = None
        if answer.ask_again == DraftAnswer.AskAgain.CHANGED:
            answer.ask_again = ""
        _look_at_again(answer, texts, given_on=given_on[answer.pk])
        answer.version += 1
    DraftAnswer.objects.bulk_update(kept, ["level", "given_on", "ask_again", "version"])
    TickedStatement.objects.filter(draft_answer__in=kept).delete()
    _tick_the_same(said, kept, release.pk)
    _carry_over_ratings(draft, skills=asked - {answer.skill_id for answer in kept})
    return draft


def current_release_with(role_level):
    """The release in force that has the role level, or None."""
    return Release.objects.current().filter(role_level_versions__role_level=role_level).first()


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
    ratings = Rating.objects.bulk_create(
        Rating(
            person=by,
            self_assessment=submitted,
            skill_id=answer.skill_id,
            rated_at=now,
            **{name: getattr(answer, name) for name in ANSWER_FIELDS},
        )
        for answer in answers
    )
    _fix_ticks(answers, ratings)
    submitted.draft_answers.all().delete()
    _renew_carried_answers(by, {answer.skill_id for answer in answers})
    submitted.submitted_at = now
    submitted.submitted_to = line_manager
    submitted.save(update_fields=["submitted_at", "submitted_to"])
    if line_manager is not None and line_manager.is_active:
        _tell_line_manager(submitted, by)
    return submitted


def _fix_ticks(answers, ratings):
    """Tick for the ratings what is ticked for the answers they come from."""
    skill_of = {answer.pk: answer.skill_id for answer in answers}
    rating_of = {rating.skill_id: rating for rating in ratings}
    ticks = TickedStatement.objects.filter(draft_answer__in=answers)
    TickedStatement.objects.bulk_create(
        TickedStatement(rating=rating_of[skill_of[answer]], statement_id=statement)
        for answer, statement in ticks.values_list("draft_answer", "statement")
    )


def _renew_carried_answers(person, skills):
    """Let the person's other drafts start from the ratings just given.

    Two role levels can ask about one skill. An older answer that waits in a draft, untouched,
    would otherwise take the newer one's place when that draft is submitted.
    """
    waiting = DraftAnswer.objects.filter(
        self_assessment__person=person, skill__in=skills, carried_rated_at__isnull=False
    ).select_related("self_assessment")
    by_draft = {}
    for answer in waiting:
        by_draft.setdefault(answer.self_assessment, []).append(answer.skill_id)
    if by_draft:
        waiting.delete()
    for draft, renewed in by_draft.items():
        _carry_over_ratings(draft, skills=renewed)


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
