"""Counting how assignments go, in the database."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Rating, Skill
from learning import expand, progress, tasks
from learning.models import AnswerCount, AssignedPerson, AssignmentFigures, CountedAnswer
from learning.progress import count_progress, most_known
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def five(settings):
    """Five is the smallest K, so that few people do."""
    settings.REPORT_MINIMUM_COUNT = 5


@pytest.fixture
def release(db):
    """Requires “Agile working” at 2 of a delivery manager."""
    return factories.release()


@pytest.fixture
def skill(release):
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


@pytest.fixture
def delivery_managers(digital, release):
    """Makes so many people with a rating (None: not rated) before the assignment is set."""

    def make(number, level, *, unit=digital, line_manager=None):
        made = []
        for _ in range(number):
            person = factories.person(unit=unit, line_manager=line_manager)
            factories.chosen_role_level(person, factories.role_level_of(release))
            if level is not None:
                rate(person, release, level, days_ago=30)
            made.append(person)
        return made

    return make


def rate(person, release, level, *, days_ago=0):
    at = timezone.now() - datetime.timedelta(days=days_ago)
    factories.submitted(person, release, {"Agile working": level}, at=at)


def offered(ambassador, unit, skill, **fields):
    """An assignment below target, offered by a worker."""
    fields = {"status": "queued", "expanded_at": None} | fields
    made = factories.assignment(ambassador, unit=unit, skill=skill, **fields)
    expand.expand_assignment(made.pk)
    return made


def answer(assignment, number, **fields):
    rows = assignment.people.filter(accepted_at=None, declined_at=None, done_at=None)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:number])
    AssignedPerson.objects.filter(pk__in=keys).update(**fields)


def accepted():
    return {"accepted_at": timezone.now()}


def done(day=None):
    return {"done_at": timezone.now(), "done_on": day or timezone.localdate()}


def declined():
    return {"declined_at": timezone.now(), "decline_reason": "No time."}


def figures_of(assignment):
    return AssignmentFigures.objects.get(assignment=assignment)


# --- Who is counted ---------------------------------------------------------------------------


def test_those_below_target_or_unrated_are_a_band_of_the_people_who_need_it(
    ambassador, digital, skill, delivery_managers
):
    delivery_managers(12, 1)
    delivery_managers(4, None)
    delivery_managers(14, 3)
    factories.person(unit=digital)
    assignment = offered(ambassador, digital, skill)
    assert assignment.people.count() == 16
    count_progress()
    figures = figures_of(assignment)
    assert (figures.counted, figures.offered_least) == (30, 15)


def test_an_answer_is_counted_in_one_assignment_only(
    ambassador, digital, department, skill, release, delivery_managers
):
    people = delivery_managers(12, 1) + delivery_managers(12, 3)
    first = offered(ambassador, digital, skill)
    count_progress()
    delivery_managers(3, 1)
    again = offered(ambassador, department, skill)
    count_progress()
    assert figures_of(first).counted == 24
    assert figures_of(again).counted == 3
    assert figures_of(again).offered_least is None
    for person in people:
        rate(person, release, 1, days_ago=0)
    third = offered(ambassador, department, skill)
    count_progress()
    assert figures_of(third).counted == 24


def test_withdrawing_gives_no_answer_back(ambassador, digital, skill, delivery_managers):
    delivery_managers(12, 1)
    delivery_managers(12, 3)
    first = offered(ambassador, digital, skill)
    count_progress()
    type(first).objects.filter(pk=first.pk).update(withdrawn_at=timezone.now())
    again = offered(ambassador, digital, skill)
    count_progress()
    assert figures_of(again).counted == 0


def test_whoever_was_rated_anew_or_joined_meanwhile_is_not_counted(
    ambassador, digital, skill, release, delivery_managers
):
    people = delivery_managers(12, 1) + delivery_managers(12, 3)
    assignment = offered(ambassador, digital, skill)
    rate(people[0], release, 3)
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    late = factories.person(unit=digital, started_on=tomorrow)
    late.posts.get().role_levels.create(
        role_level=factories.role_level_of(release), started_on=datetime.date(2024, 1, 8)
    )
    count_progress()
    counted = set(assignment.counted_answers.values_list("person", flat=True))
    assert counted == {person.pk for person in people[1:]}


def test_a_line_manager_who_knows_some_answers_is_left_with_as_many_others(
    ambassador, digital, skill, delivery_managers
):
    manager = factories.person(unit=digital)
    delivery_managers(11, 1, line_manager=manager)
    delivery_managers(14, 3)
    assignment = offered(ambassador, digital, skill)
    count_progress()
    # 11 below target: enough for five, not for five besides the 12 whom the manager may know.
    assert figures_of(assignment).offered_least is None


def test_the_most_known_are_a_line_managers_people_and_those_they_covered_for(digital):
    one, other, third = [factories.person(unit=digital) for _ in range(3)]
    people = [factories.person(unit=digital, line_manager=one) for _ in range(3)]
    people += [factories.person(unit=digital, line_manager=other) for _ in range(2)]
    keys = [person.pk for person in people]
    assert most_known(keys) == 4
    long_ago = datetime.date(2024, 3, 1)
    factories.cover(one, other, first_day=long_ago)
    factories.cover(one, third, first_day=long_ago)
    assert most_known(keys) == 6
    assert most_known([]) == 1


def test_a_line_manager_of_long_ago_knows_people_too(digital, operations):
    former, now = factories.person(unit=digital), factories.person(unit=operations)
    people = [factories.person(unit=digital, line_manager=former) for _ in range(3)]
    moved = datetime.date(2024, 5, 1)
    for person in people:
        person.posts.update(ended_on=moved)
        person.posts.create(unit=operations, line_manager=now, grade="EO", started_on=moved)
    factories.cover(former, now, first_day=moved)
    assert most_known([person.pk for person in people]) == 7


def test_the_database_counts_an_answer_once(digital, ambassador, skill, release, delivery_managers):
    (rated,), (unrated,) = delivery_managers(1, 1), delivery_managers(1, None)
    first, second = [factories.assignment(ambassador, skill=skill) for _ in range(2)]
    level = factories.role_level_of(release)
    for person in (rated, unrated):
        given = {
            "person": person,
            "skill": skill,
            "role_level": level,
            "rating": Rating.objects.filter(person=person).first(),
        }
        CountedAnswer.objects.create(assignment=first, **given)
        with pytest.raises(IntegrityError), transaction.atomic():
            CountedAnswer.objects.create(assignment=second, **given)
    assert set(CountedAnswer.objects.visible_to(rated)) == set(rated.counted_answers.all())
    assert not CountedAnswer.objects.visible_to(ambassador).exists()


# --- Answers ----------------------------------------------------------------------------------


@pytest.fixture
def asked_50(ambassador, digital, skill, delivery_managers):
    delivery_managers(50, 1)
    delivery_managers(15, 3)
    made = offered(ambassador, digital, skill)
    count_progress()
    assert figures_of(made).offered_least == 50
    return made


def counts(assignment):
    return [
        (count.unanswered, count.accepted, count.declined, count.done)
        for count in assignment.answer_counts.all()
    ]


def test_answers_are_counted_once_k_people_have_answered(asked_50):
    answer(asked_50, 4, **accepted())
    count_progress()
    assert counts(asked_50) == []
    answer(asked_50, 8, **done())
    count_progress()
    # Four accepted are too few to show all four states.
    assert counts(asked_50) == [(None, None, None, 5)]


def test_all_states_are_shown_where_each_may_be(asked_50):
    answer(asked_50, 11, **accepted())
    answer(asked_50, 12, **declined())
    answer(asked_50, 14, **done())
    count_progress()
    assert counts(asked_50) == [(10, 10, 10, 10)]


def test_counts_stand_still_until_k_more_people_have_answered(asked_50):
    answer(asked_50, 9, **done())
    count_progress()
    for _ in range(4):
        answer(asked_50, 1, **done())
        count_progress()
        assert counts(asked_50) == [(None, None, None, 5)]
    answer(asked_50, 1, **done())
    count_progress()
    assert counts(asked_50) == [(None, None, None, 5), (None, None, None, 10)]


def test_named_people_do_not_help_to_move_a_count(asked_50):
    answer(asked_50, 6, **done(), agreed_to_be_named_at=timezone.now())
    count_progress()
    assert counts(asked_50) == []


def test_nothing_is_counted_where_the_number_asked_is_withheld(
    ambassador, digital, skill, delivery_managers
):
    delivery_managers(30, 1)
    assignment = offered(ambassador, digital, skill)
    answer(assignment, 20, **done())
    count_progress()
    assert figures_of(assignment).offered_least is None
    assert counts(assignment) == []


def test_whoever_falls_below_target_later_is_asked_and_not_counted(
    asked_50, release, digital, delivery_managers
):
    type(asked_50).objects.update(offered_also_later=True)
    for person in delivery_managers(20, None):
        factories.assigned_person(asked_50, person, **done())
    count_progress()
    assert counts(asked_50) == []


def test_everybodys_answers_are_counted_without_a_skill(ambassador, digital):
    people = [factories.person(unit=digital) for _ in range(20)]
    assignment = factories.assignment(ambassador, unit=digital, people=people)
    answer(assignment, 12, **done())
    count_progress()
    assert counts(assignment) == [(None, None, None, 10)]
    assert figures_of(assignment).counted == 0


def test_one_that_cannot_be_counted_does_not_stop_the_others(
    ambassador, digital, monkeypatch, caplog
):
    for _ in range(2):
        factories.assignment(ambassador, unit=digital, people=[factories.person(unit=digital)])
    counted = []

    def count(key, *, now):
        counted.append(key)
        if len(counted) == 1:
            raise ValueError

    monkeypatch.setattr(progress, "count_assignment", count)
    assert count_progress() == 2
    assert len(set(counted)) == 2
    assert "could not be counted" in caplog.text


def test_counting_twice_adds_nothing_and_takes_as_many_queries_for_many_people(
    asked_50, digital, delivery_managers, ambassador
):
    answer(asked_50, 20, **done())
    count_progress()
    with CaptureQueriesContext(connection) as few:
        count_progress()
    assert AnswerCount.objects.count() == 1
    answer(asked_50, 20, **done())
    people = [factories.person(unit=digital) for _ in range(30)]
    factories.assigned_person(asked_50, people[0])
    with CaptureQueriesContext(connection) as many:
        tasks.count_assignment_progress()
    assert len(many) <= 25
    assert len(few) <= 12


# --- What changed -----------------------------------------------------------------------------


@pytest.fixture
def compared(ambassador, digital, operations, skill, delivery_managers):
    """An assignment for Digital; Operations has comparable people, who are not asked."""
    mine, others = delivery_managers(24, 1), delivery_managers(24, 1, unit=operations)
    delivery_managers(24, 3)
    assignment = offered(ambassador, digital, skill)
    days_ago = timezone.now() - datetime.timedelta(days=10)
    type(assignment).objects.update(created_at=days_ago)
    count_progress()
    return assignment, mine, others


def test_changes_of_those_who_finished_stand_beside_those_of_comparable_people(compared, release):
    assignment, mine, others = compared
    answer(assignment, 24, **done(timezone.localdate() - datetime.timedelta(days=5)))
    for number, person in enumerate(mine):
        rate(person, release, 2 if number < 12 else 1)
    for number, person in enumerate(others):
        rate(person, release, 2 if number < 6 else 1)
    count_progress()
    figures = figures_of(assignment)
    assert (figures.matched, figures.compared) == (24, 24)
    assert (figures.finished_tenths, figures.compared_tenths) == (5, 2)
    assert not figures.is_clear


def test_ratings_before_it_was_done_and_of_other_starting_levels_do_not_count(compared, release):
    assignment, mine, _ = compared
    for person in mine:
        rate(person, release, 2, days_ago=7)
    answer(assignment, 24, **done(timezone.localdate() - datetime.timedelta(days=5)))
    count_progress()
    assert figures_of(assignment).measured_at is None


def test_the_means_stand_still_until_k_more_people_are_measured(compared, release):
    assignment, mine, others = compared
    answer(assignment, 24, **done(timezone.localdate() - datetime.timedelta(days=5)))
    for number, person in enumerate(others):
        rate(person, release, 2 if number < 12 else 1)
    for number, person in enumerate(mine[:16]):
        rate(person, release, 2 if number < 8 else 1)
    count_progress()
    first = figures_of(assignment)
    assert (first.finished_tenths, first.matched) == (5, 16)
    for person in mine[16:20]:
        rate(person, release, 2)
        count_progress()
        assert figures_of(assignment).measured_at == first.measured_at
    rate(mine[20], release, 2)
    count_progress()
    assert figures_of(assignment).matched == 21


def test_a_teams_figures_are_counted_after_its_line_manager_left(
    release, skill, digital, operations, delivery_managers
):
    manager = factories.person(unit=digital)
    team = delivery_managers(24, 1, line_manager=manager)
    others = delivery_managers(30, 1, unit=operations)
    assignment = factories.assignment(
        manager, team_of=manager, skill=skill, audience="everyone", people=team
    )
    days_ago = timezone.now() - datetime.timedelta(days=10)
    type(assignment).objects.update(created_at=days_ago)
    answer(assignment, 24, **done(timezone.localdate() - datetime.timedelta(days=5)))
    count_progress()
    for person in (*team, *others):
        rate(person, release, 2)
    manager.posts.update(ended_on=timezone.localdate())
    count_progress()
    figures = figures_of(assignment)
    assert (figures.matched, figures.compared) == (24, 30)
