"""Counting how assignments go: once a night, as far as `learning.disclosure` lets it be shown.

The first night fixes whose answers are counted and how many of them were offered the assignment.
Later nights count how people answered, and compare ratings. The database counts: no list of people
is ever in memory.
"""

import datetime
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from accounts.insert_select import insert_select
from accounts.models import Cover, Post
from assessments.models import GradeRoleLevel, PostRoleLevel, Rating, Release, Requirement
from learning import disclosure, impact
from learning.audience import posts_with_role
from learning.models import (
    AnswerCount,
    AssignedPerson,
    Assignment,
    AssignmentFigures,
    CountedAnswer,
)

logger = logging.getLogger(__name__)

# For how long after its due date an assignment is still counted.
COUNTED_FOR = datetime.timedelta(days=365)


def count_progress(*, now=None):
    """How many assignments were looked at; safe to repeat. A nightly task calls it.

    Withdrawn ones are counted no more. A dozen queries for each assignment, whatever the number
    of people. One that cannot be counted keeps the figures it has, and does not stop the others.
    """
    now = now or timezone.now()
    assignments = Assignment.objects.current().filter(
        expanded_at__isnull=False, due_on__gte=timezone.localdate(now) - COUNTED_FOR
    )
    keys = list(assignments.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        try:
            count_assignment(key, now=now)
        except Exception:
            logger.exception("The figures of assignment %s could not be counted", key)
    return len(keys)


@transaction.atomic
def count_assignment(key, *, now):
    """Bring the figures of one assignment up to date, all or nothing."""
    assignment = Assignment.objects.select_for_update().get(pk=key)
    if not AssignmentFigures.objects.filter(assignment=assignment).exists():
        _fix_who_is_counted(assignment, now)
    _count_answers(assignment, now)
    _measure_impact(assignment, now)


# --- Who is counted ---------------------------------------------------------------------------


def _fix_who_is_counted(assignment, now):
    """The rows of `CountedAnswer`, and by gap, how many of these people were offered it."""
    if assignment.skill_id is not None:
        insert_select(
            CountedAnswer,
            _posts_to_count(assignment),
            {
                "assignment": assignment.pk,
                "person": F("person"),
                "skill": assignment.skill_id,
                "role_level": F("highest"),
                "rating": Subquery(_rating_of_person(assignment).values("pk")),
            },
        )
    figures = AssignmentFigures(assignment=assignment, counted_at=now)
    figures.counted = assignment.counted_answers.count()
    if assignment.is_by_gap:
        asked = _asked(assignment, now).aggregate(
            offered=Count("pk"), named=Count("pk", filter=_is_named)
        )
        band = disclosure.offered_band(
            asked["offered"],
            named=asked["named"],
            counted=figures.counted,
            known=most_known(assignment.counted_answers.values("person")),
            minimum=settings.REPORT_MINIMUM_COUNT,
        )
        figures.offered_least = band and band.least
    figures.save()


def _posts_to_count(assignment):
    """Posts whose role level needs the skill, with the one that asks most of it as `highest`.

    Facts of the organisation on the day the assignment was set, and no level of any rating. A
    person who has rated the skill since then is left out: the figures would mix two answers. Unless
    it is by gap, whom it was offered to is no secret, and the others' answers are left for other
    figures.
    """
    rated_since = _rating_of_person(assignment).filter(rated_at__gte=assignment.created_at)
    posts = with_highest(posts_with_role(assignment), assignment.skill_id).filter(
        started_on__lte=timezone.localdate(assignment.created_at)
    )
    if not assignment.is_by_gap:
        posts = posts.filter(person__in=assignment.people.values("person"))
    return posts.exclude(Exists(rated_since))


def with_highest(posts, skill_id):
    """Those of the posts whose role level needs the skill, with the one that asks most of it."""
    requirements = Requirement.objects.filter(release__in=Release.objects.current(), skill=skill_id)
    chosen = PostRoleLevel.objects.as_at(timezone.localdate()).filter(
        post=OuterRef(OuterRef("pk")), role_level=OuterRef("role_level")
    )
    by_grade = GradeRoleLevel.objects.filter(
        release=OuterRef("release"),
        grade=OuterRef(OuterRef("grade")),
        role_level=OuterRef("role_level"),
    )
    highest = requirements.filter(Exists(chosen) | Exists(by_grade)).order_by(
        "-target", "role_level"
    )
    return posts.annotate(highest=Subquery(highest.values("role_level")[:1])).exclude(highest=None)


def _rating_of_person(assignment):
    return Rating.objects.current().filter(person=OuterRef("person"), skill=assignment.skill_id)


def most_known(people):
    """At most so many of these people's ratings one person may know, that one's own included.

    Whoever has ever been their line manager may, and whoever ever covered for one; who had both
    the people and the cover is taken to know each twice. Two queries.
    """
    managed = dict(
        Post.objects.filter(person__in=people, line_manager__isnull=False)
        .order_by()
        .values("line_manager")
        .annotate(people=Count("person", distinct=True))
        .values_list("line_manager", "people")
    )
    known = dict(managed)
    covered = Cover.objects.order_by().values_list("cover", "manager").distinct()
    for cover, manager in covered.filter(manager__in=managed):
        known[cover] = known.get(cover, 0) + managed[manager]
    return 1 + max(known.values(), default=0)


# --- How they answered ------------------------------------------------------------------------

_is_named = Q(agreed_to_be_named_at__isnull=False)
_is_done = Q(done_at__isnull=False)
_is_declined = Q(declined_at__isnull=False)
_is_accepted = Q(accepted_at__isnull=False, done_at=None, declined_at=None)
_is_unanswered = Q(accepted_at=None, done_at=None, declined_at=None)


def _asked(assignment, counted_at):
    """The people whose answers are counted: by gap, those who were there from the start."""
    asked = AssignedPerson.objects.filter(assignment=assignment)
    if not assignment.is_by_gap:
        return asked
    return asked.filter(
        offered_at__lte=counted_at, person__in=assignment.counted_answers.values("person")
    )


def _count_answers(assignment, now):
    """Add an `AnswerCount` where enough people have answered since the one before."""
    figures = assignment.figures
    if assignment.is_by_gap and figures.offered_least is None:
        return
    asked = _asked(assignment, figures.counted_at)
    before = assignment.answer_counts.order_by("-counted_at").first()
    since = before.counted_at if before else assignment.created_at
    answered_since = asked.exclude(_is_named).filter(
        Q(accepted_at__gte=since) | Q(declined_at__gte=since) | Q(done_at__gte=since)
    )
    minimum = settings.REPORT_MINIMUM_COUNT
    if not disclosure.may_be_counted_anew(answered_since.count(), minimum=minimum):
        return
    states = {
        "unanswered": _is_unanswered,
        "accepted": _is_accepted,
        "declined": _is_declined,
        "done": _is_done,
    }
    counts = asked.aggregate(
        asked=Count("pk"),
        **{name: Count("pk", filter=state) for name, state in states.items()},
        **{
            f"named_{name}": Count("pk", filter=state & _is_named) for name, state in states.items()
        },
    )
    shown = disclosure.shown_answers(
        disclosure.Answers(**{name: counts[name] for name in states}),
        named=disclosure.Answers(**{name: counts[f"named_{name}"] for name in states}),
        asked=figures.offered_least if assignment.is_by_gap else counts["asked"],
        minimum=minimum,
    )
    least = {name: getattr(shown, name) and getattr(shown, name).least for name in states}
    AnswerCount.objects.create(assignment=assignment, counted_at=now, **least)


# --- What changed -----------------------------------------------------------------------------


def _measure_impact(assignment, now):
    """Compare ratings before and after, once K more people who finished have rated themselves anew.

    Before is the counted answer and after the rating in force now. Twice three queries.
    """
    figures, minimum = assignment.figures, settings.REPORT_MINIMUM_COUNT
    if not figures.counted:
        return
    finished = _finished(assignment)
    if finished.count() < figures.finished + minimum:
        return
    others = _others(assignment)
    found = impact.compare(
        _changes(finished),
        _changes(others),
        known_finished=most_known(finished.values("person")),
        known_others=most_known(others.values("person")),
        minimum=minimum,
    )
    is_shown = found.finished_mean is not None
    figures.finished = finished.count()
    figures.matched, figures.compared = found.finished, found.others
    figures.finished_tenths = round(10 * found.finished_mean) if is_shown else None
    figures.compared_tenths = round(10 * found.others_mean) if is_shown else None
    figures.is_clear = found.is_clear
    figures.measured_at = now
    figures.save()


def _finished(assignment):
    """Counted answers of those who did it after they were asked, and then rated themselves anew."""
    done = assignment.people.filter(
        person=OuterRef("person"), done_on__gte=timezone.localdate(assignment.created_at)
    )
    rated = Rating.objects.current().filter(person=OuterRef("person"), skill=assignment.skill_id)
    return (
        assignment.counted_answers.filter(rating__level__isnull=False)
        .annotate(
            group=F("role_level"),
            before=F("rating__level"),
            done_on=Subquery(done.values("done_on")[:1]),
        )
        .annotate(
            after=Subquery(rated.filter(rated_at__date__gt=OuterRef("done_on")).values("level")[:1])
        )
        .filter(after__isnull=False)
    )


def _others(assignment):
    """Posts in the same department of people who were asked nothing for the skill.

    They had rated themselves when the assignment was set, and have rated themselves anew since.
    """
    # The line manager of a team may have left since: the last post says which department it was.
    place = assignment.unit or assignment.team_of.posts.select_related("unit").first().unit
    rated = Rating.objects.filter(person=OuterRef("person"), skill=assignment.skill_id)
    then = rated.as_at(assignment.created_at)
    since = rated.current().filter(rated_at__gte=assignment.created_at)
    asked = AssignedPerson.objects.filter(
        person=OuterRef("person"), assignment__skill=assignment.skill_id
    )
    posts = Post.objects.current().filter(
        unit__path__startswith=place.path.split("/")[0] + "/", person__is_active=True
    )
    return (
        with_highest(posts.exclude(Exists(asked)), assignment.skill_id)
        .annotate(
            group=F("highest"),
            before=Subquery(then.values("level")[:1]),
            after=Subquery(since.values("level")[:1]),
        )
        .filter(before__isnull=False, after__isnull=False)
    )


def _changes(people):
    """{(role level, level before): Changes}. One query; the database adds up."""
    change = F("after") - F("before")
    rows = (
        people.order_by()
        .values("group", "before")
        .annotate(
            people=Count("person", distinct=True),
            improved=Count("person", filter=Q(after__gt=F("before")), distinct=True),
            total=Sum(change),
            squares=Sum(change * change),
        )
    )
    return {
        (row["group"], row["before"]): impact.Changes(
            row["people"], row["improved"], row["total"], row["squares"]
        )
        for row in rows
    }
