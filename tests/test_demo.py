"""The demo department: reproducible, plausible, quick to load."""

import datetime
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q

from accounts.models import Post, Unit, User
from assessments.models import DraftAnswer, Rating, ReviewAnswer, SelfAssessment, Skill
from assessments.review_reading import queue_of
from learning.models import AssignedPerson, Assignment
from skills_portal.demo.load import load_demo
from skills_portal.demo.organisation import DEMO_PEOPLE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UNTIL = datetime.date(2026, 11, 20)


def test_the_ambassador_has_assignments_and_the_civil_servant_one_to_answer(db):
    load()
    by_kind = {
        person.kind: User.objects.get(email=person.email)
        for person in DEMO_PEOPLE
        if person.kind in {"Ambassador", "Civil servant"}
    }
    set_by_them = Assignment.objects.looked_after_by(by_kind["Ambassador"])
    assert {one.audience for one in set_by_them.current()} == {"everyone", "below"}
    for one in set_by_them:
        states = {row.state for row in one.people.all()}
        assert states == {"offered", "accepted", "declined", "done"}
        assert one.people.count() > 40
        assert one.answer_counts.get().done
        assert bool(one.figures.offered_least) is one.is_by_gap
    waiting = AssignedPerson.objects.own(by_kind["Civil servant"]).unfinished()
    assert [row.state for row in waiting if row.assignment.audience == "everyone"] == ["offered"]


def fingerprint():
    """What a visitor could tell two departments apart by."""
    people = User.objects.order_by("email").values_list("email", "full_name", "public_id")
    posts = Post.objects.order_by("person__email", "started_on").values_list(
        "person__email", "unit__slug", "grade", "line_manager__email", "started_on", "ended_on"
    )
    ratings = Rating.objects.order_by("person__email", "skill__slug", "rated_at").values_list(
        "person__email", "skill__slug", "level", "rated_at", "superseded_at", "evidence"
    )
    answers = ReviewAnswer.objects.order_by("rating__person__email", "fixed_at", "pk").values_list(
        "rating__person__email", "rating__skill__slug", "kind", "level", "reason", "fixed_at"
    )
    return list(people), list(posts), list(ratings), list(answers)


def load():
    return load_demo(password="lantern-harbour-7", seed=1, until=UNTIL)


def test_the_same_seed_and_day_give_the_same_department():
    found = []
    for _ in range(2):
        with transaction.atomic():
            load()
            found.append(fingerprint())
            transaction.set_rollback(True)
    assert found[0] == found[1]


@pytest.fixture
def department(db):
    started = time.monotonic()
    made = load()
    made.seconds_to_load = time.monotonic() - started
    return made


def test_the_demo_department_looks_like_life(department, client):
    assert department.seconds_to_load < 30
    current = Post.objects.current()
    assert 1_100 <= current.count() <= 1_300
    assert {unit.depth for unit in Unit.objects.all()} == {0, 1, 2, 3}

    # Everybody once had a post, and whoever has none now cannot sign in.
    assert not User.objects.filter(posts=None).exists()
    in_post = Post.objects.current().values("person")
    assert not User.objects.filter(is_active=True).exclude(pk__in=in_post).exists()

    # Everybody in post but the head of the department has a line manager who is in post.
    assert current.filter(line_manager=None).count() == 1
    managers = set(current.exclude(line_manager=None).values_list("line_manager", flat=True))
    assert managers <= set(current.values_list("person", flat=True))

    # People come, move and leave; a post never overlaps the next.
    assert Post.objects.exclude(ended_on=None).count() > 200
    overlapping = Post.objects.filter(
        Q(person__posts__started_on__lt=F("ended_on")) | Q(ended_on=None),
        person__posts__started_on__gt=F("started_on"),
    )
    assert not overlapping.exists()

    # Three years of answers; every level is used; some never answered; some are unfinished.
    years = SelfAssessment.objects.submitted().dates("submitted_at", "year")
    assert len(years) >= 3
    levels = dict(Rating.objects.current().values_list("level").annotate(Count("pk")))
    assert set(levels) == {None, 0, 1, 2, 3, 4}
    silent = current.exclude(person__in=SelfAssessment.objects.submitted().values("person"))
    assert 100 < silent.count() < 500
    assert DraftAnswer.objects.exists()

    # Ratings of one skill follow one another without overlap.
    overlapping = Rating.objects.filter(
        Q(superseded_at=None) | Q(superseded_at__gt=F("person__ratings__rated_at")),
        person__ratings__skill=F("skill"),
        person__ratings__rated_at__gt=F("rated_at"),
    )
    assert not overlapping.exists()

    # Line managers answered about half of it, and mostly agreed, of ratings in force at the time.
    answers = ReviewAnswer.objects.fixed()
    assert 0.3 < answers.count() / Rating.objects.count() < 0.7
    kinds = dict(answers.order_by().values_list("kind").annotate(Count("pk")))
    assert 0.7 < kinds["agree"] / answers.count() < 0.9
    assert kinds.keys() == {"agree", "level", "evidence"}
    early_or_late = Q(fixed_at__lt=F("rating__rated_at")) | Q(
        fixed_at__gt=F("rating__superseded_at")
    )
    assert not answers.filter(early_or_late).exists()
    assert not answers.filter(kind="level", level=F("rating__level")).exists()
    email = {person.kind: person.email for person in DEMO_PEOPLE}
    assert answers.in_force().filter(rating__person__email=email["Civil servant"]).exists()
    waiting, answered = queue_of(User.objects.get(email=email["Line manager"]))
    assert len(waiting) >= 5
    assert len(answered) >= 5

    # There is something to learn from for every skill that everybody is asked for.
    essentials = Skill.objects.filter(versions__release__framework__slug="digital-essentials")
    assert essentials.count() == 25
    assert not essentials.filter(resources=None).exists()

    for person in DEMO_PEOPLE:
        assert client.login(email=person.email, password="lantern-harbour-7"), person.kind
    others = User.objects.exclude(email__in=[person.email for person in DEMO_PEOPLE])
    assert not any(user.has_usable_password() for user in others[:50])

    with pytest.raises(CommandError, match="units already"):
        call_command("load_demo", password="lantern-harbour-7")
