"""The generated population: real proportions, a plausible history, every constraint kept."""

import datetime
import hashlib

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from accounts.models import Grant, Post, Unit, User
from assessments.models import (
    PostRoleLevel,
    Rating,
    Requirement,
    Review,
    ReviewAnswer,
    SelfAssessment,
)
from learning.models import LogEntry
from skills_portal.population import facts
from skills_portal.population.load import TABLES
from tests import factories

pytestmark = pytest.mark.slow

PEOPLE = 3_000
UNTIL = datetime.date(2026, 11, 20)


def generate(**options):
    call_command("generate_population", people=PEOPLE, until=UNTIL, verbosity=0, **options)


@pytest.fixture(scope="module")
def population(django_db_setup, django_db_blocker):
    """Generated once for this file's tests, which only read it, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        generate(seed=1, password="lantern-harbour-7")
        yield
        transaction.set_rollback(True)


def digest():
    """What the database holds, without the keys it gave."""
    people = User.objects.order_by("public_id").values_list("public_id", "email", "full_name")
    posts = Post.objects.order_by("person__public_id", "started_on").values_list(
        "person__public_id", "unit__path", "grade", "line_manager__public_id", "ended_on"
    )
    ratings = Rating.objects.order_by("person__public_id", "skill__slug", "rated_at").values_list(
        "person__public_id", "skill__slug", "level", "rated_at", "superseded_at", "confidence"
    )
    answers = ReviewAnswer.objects.order_by("rating__person__public_id", "rating").values_list(
        "kind", "level", "fixed_at"
    )
    entries = LogEntry.objects.order_by("form_key").values_list("form_key", "title", "done_on")
    found = hashlib.sha256()
    for rows in (people, posts, ratings, answers, entries):
        for row in rows.iterator():
            # Keys go on from those of the time before, and are part of an address.
            found.update(repr([str(value).split(".")[0] for value in row]).encode())
    return found.hexdigest()


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_population_and_another_seed_another():
    found = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            call_command("generate_population", people=300, until=UNTIL, seed=seed, verbosity=0)
            found.append(digest())
            transaction.set_rollback(True)
    assert found[0] == found[1] != found[2]


@pytest.mark.django_db
def test_it_is_refused_where_there_is_somebody_unless_told(member):
    with pytest.raises(CommandError, match="beside real ones would falsify"):
        generate()
    assert Unit.objects.count() == 2
    call_command("generate_population", people=300, until=UNTIL, beside_others=True, verbosity=0)
    assert Post.objects.current().count() == 302
    with pytest.raises(CommandError, match="here already"):
        generate(beside_others=True)
    factories.person("Somebody After", unit=Unit.objects.roots().last())  # numbering goes on


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"people": 0}, {"people": 3_000_000}, {"people": 9, "seed": -1}])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(CommandError, match="Give --"):
        call_command("generate_population", **wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_handful_of_people_is_no_trouble(count):
    call_command("generate_population", people=count, until=UNTIL, verbosity=0)
    assert Post.objects.current().count() == count


@pytest.mark.django_db
def test_the_history_may_end_on_a_leap_day():
    day = datetime.date(2028, 2, 29)
    call_command("generate_population", people=40, until=day, verbosity=0)
    assert Post.objects.current().count() == 40


# --- Proportions ------------------------------------------------------------------------------


def test_departments_have_their_real_shares(population):
    listed = facts.organisations()
    published = sum(organisation.headcount for organisation in listed)
    assert published == 519_755
    for root in Unit.objects.roots():
        slugs = set(Unit.objects.within(root).values_list("slug", flat=True))
        expected = sum(each.headcount for each in listed if each.slug in slugs)
        people = Post.objects.current().within(root).count()
        assert people == pytest.approx(PEOPLE * expected / published, abs=3), root.name
    assert Post.objects.current().count() == PEOPLE


def test_grades_have_their_real_shares(population):
    counts = dict(Post.objects.current().order_by().values_list("grade").annotate(Count("pk")))
    total = sum(facts.EVERYBODY_BY_GRADE)
    for grade, expected in zip(facts.GRADES, facts.EVERYBODY_BY_GRADE, strict=True):
        assert counts[grade] / PEOPLE == pytest.approx(expected / total, abs=0.03), grade


def test_the_profession_has_its_real_share(population):
    digital = PostRoleLevel.objects.filter(post__ended_on=None).count()
    assert digital / PEOPLE == pytest.approx(23_135 / 519_755, abs=0.005)


def test_the_tree_is_deep_and_teams_are_small(population):
    assert max(unit.depth for unit in Unit.objects.all()) >= 4
    sizes = Post.objects.current().order_by().values_list("unit").annotate(count=Count("pk"))
    assert np.median([count for _, count in sizes if count > 1]) == pytest.approx(12, abs=3)
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == (unit.parent.path if unit.parent else "") + unit.slug + "/"


# --- History ----------------------------------------------------------------------------------


def test_people_come_move_rise_and_leave(population):
    assert User.objects.filter(is_active=False).count() > PEOPLE * 0.1
    in_post = Post.objects.current().values("person")
    assert not User.objects.filter(is_active=True).exclude(pk__in=in_post).exists()
    assert not User.objects.filter(is_active=False, pk__in=in_post).exists()
    following = Post.objects.filter(person=OuterRef("person"), started_on=OuterRef("ended_on"))
    moves = Post.objects.annotate(
        next_unit=Subquery(following.values("unit")[:1]),
        next_grade=Subquery(following.values("grade")[:1]),
    ).exclude(next_unit=None)
    assert moves.exclude(unit=F("next_unit")).count() > PEOPLE * 0.05
    assert moves.exclude(grade=F("next_grade")).count() > PEOPLE * 0.05
    assert not moves.filter(unit=F("next_unit"), grade=F("next_grade")).exists()


def test_one_line_of_managers_leads_to_the_top(population):
    heads = Post.objects.current().filter(line_manager=None)
    assert heads.count() == Unit.objects.roots().count()
    assert not heads.exclude(unit__parent=None).exists()
    managers = Post.objects.exclude(line_manager=None).values("line_manager")
    assert not User.objects.filter(pk__in=managers, is_active=False).exists()


def test_about_four_self_assessments_a_person_over_three_years(population):
    submitted = SelfAssessment.objects.submitted()
    assert submitted.count() == SelfAssessment.objects.count()
    assert 3.4 < submitted.count() / PEOPLE < 4.4
    assert len(submitted.dates("submitted_at", "year")) >= 3
    assert not submitted.filter(submitted_at__date__gte=UNTIL).exists()
    levels = dict(Rating.objects.current().order_by().values_list("level").annotate(Count("pk")))
    assert {None, 0, 1, 2, 3, 4} <= set(levels)


def test_nobody_answers_what_they_were_not_asked(population):
    asked = Requirement.objects.filter(
        release=OuterRef("self_assessment__release"),
        role_level=OuterRef("self_assessment__role_level"),
        skill=OuterRef("skill"),
    )
    assert not Rating.objects.exclude(Exists(asked)).exists()


def test_everybody_submitted_to_their_line_manager_while_in_the_post(population):
    post = Post.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=OuterRef("submitted_at__date")),
        person=OuterRef("person"),
        started_on__lte=OuterRef("submitted_at__date"),
    )
    managed = SelfAssessment.objects.annotate(manager=Subquery(post.values("line_manager")[:1]))
    assert not managed.exclude(Exists(post)).exists()
    assert not managed.exclude(manager=None).exclude(submitted_to=F("manager")).exists()


def test_reviews_answer_the_ratings_of_their_self_assessment(population):
    assert Review.objects.finished().count() == Review.objects.count() > PEOPLE * 0.05
    strange = ReviewAnswer.objects.exclude(rating__self_assessment=F("review__self_assessment"))
    assert not strange.exists()
    assert not ReviewAnswer.objects.filter(kind="agree", rating__level=None).exists()
    assert not ReviewAnswer.objects.filter(kind="level", level=F("rating__level")).exists()
    assert not Review.objects.filter(finished_at__lt=F("self_assessment__submitted_at")).exists()


def test_learning_is_logged_by_people_in_post(population):
    assert LogEntry.objects.count() > PEOPLE
    post = Post.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=OuterRef("done_on")),
        person=OuterRef("person"),
        started_on__lte=OuterRef("done_on"),
    )
    assert not LogEntry.objects.exclude(Exists(post)).exists()
    own = LogEntry.objects.filter(time="own").count() / LogEntry.objects.count()
    assert own == pytest.approx(0.3, abs=0.05)


# --- Constraints ------------------------------------------------------------------------------


def test_every_rating_is_closed_by_the_next_of_its_skill_and_no_other(population):
    """By a window over the whole history, which the generator does not use."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT superseded_at, lead(rated_at) OVER (
                    PARTITION BY person_id, skill_id ORDER BY rated_at
                ) AS next_at FROM assessments_rating
            ) history
            WHERE coalesce(superseded_at, '2100-01-01') <> coalesce(next_at, '2100-01-01')
            """
        )
        assert cursor.fetchone() == (0,)
    assert Rating.objects.exclude(superseded_at=None).exists()


def test_posts_of_one_person_never_overlap(population):
    overlapping = Post.objects.filter(
        Q(person__posts__started_on__lt=F("ended_on")) | Q(ended_on=None),
        person__posts__started_on__gt=F("started_on"),
    )
    assert not overlapping.exists()


def test_foreign_keys_and_model_rules_hold(population):
    connection.check_constraints()
    for model in TABLES:
        # Rules that the database does not know: choices, lengths, patterns, cleaning.
        for row in model.objects.order_by("pk")[:40]:
            row.full_clean(validate_unique=False, validate_constraints=False)
    rating = Rating.objects.current().first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(
            person_id=rating.person_id,
            skill_id=rating.skill_id,
            self_assessment_id=rating.self_assessment_id,
            level=1,
            rated_at=rating.rated_at,
        )


def test_holders_of_grants_can_sign_in_and_nobody_else(population):
    roots = Unit.objects.roots()
    large = [root for root in roots if Post.objects.current().within(root).count() >= 3]
    for root in large:
        kinds = set(Grant.objects.filter(unit=root).values_list("kind", flat=True))
        assert kinds == {"ambassador", "report_reader", "organisation_administrator"}
    holder = Grant.objects.first().user
    assert holder.check_password("lantern-harbour-7")
    assert not User.objects.exclude(grants=None).filter(password__startswith="!").exists()
    assert not User.objects.filter(grants=None).exclude(password__startswith="!").exists()
