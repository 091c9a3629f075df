"""How resources worked, without pointing to anybody."""

import datetime

import pytest
from django.utils import timezone

from learning import tasks
from learning.models import LogEntry, ResourceOutcome
from learning.outcomes import count_improved, count_outcomes, shown_outcome
from tests import factories

DAY = datetime.date(2026, 3, 3)
BEFORE, AFTER = datetime.date(2026, 3, 2), datetime.date(2026, 3, 4)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(BEFORE, 1), (AFTER, 2)], (1, 1)),
        ([(BEFORE, 2), (AFTER, 2)], (1, 0)),
        ([(BEFORE, 2), (AFTER, 1)], (1, 0)),
        ([(BEFORE, 0), (AFTER, 1)], (1, 1)),
        ([(BEFORE, 1), (AFTER, 1), (AFTER, 3)], (1, 0)),
        ([(BEFORE, 3), (BEFORE, 1), (AFTER, 2)], (1, 1)),
        ([(BEFORE, 1), (DAY, 3)], (0, 0)),
        ([(DAY, 1), (AFTER, 3)], (0, 0)),
        ([(AFTER, 3)], (0, 0)),
        ([(BEFORE, 3)], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_a_higher_first_rating_after_the_day_counts(given, expected):
    assert count_improved({"Ned": DAY}, {("Ned", "agile"): given}) == expected


def test_a_person_counts_once_however_many_skills():
    ratings = {
        ("Ned", "agile"): [(BEFORE, 1), (AFTER, 2)],
        ("Ned", "cloud"): [(BEFORE, 1), (AFTER, 1)],
        ("Maud", "agile"): [(BEFORE, 1), (AFTER, 2)],
    }
    assert count_improved({"Ned": DAY}, ratings) == (1, 1)


def outcome(followers, measured=0, improved=0):
    return ResourceOutcome(followers=followers, measured=measured, improved=improved)


@pytest.mark.parametrize(
    ("given", "followers", "tenths"),
    [
        (None, "Fewer than 10 people", None),
        (outcome(0), "Fewer than 10 people", None),
        (outcome(9, 9, 9), "Fewer than 10 people", None),
        (outcome(10), "About 10 people", None),
        (outcome(23), "About 25 people", None),
        (outcome(1234), "About 1,235 people", None),
        (outcome(30, 30, 30), "About 30 people", None),
        (outcome(30, 30, 21), "About 30 people", None),
        (outcome(30, 30, 9), "About 30 people", None),
        (outcome(30, 30, 20), "About 30 people", 7),
        (outcome(40, 20, 10), "About 40 people", 5),
        (outcome(999, 999, 10), "About 1,000 people", 1),
        (outcome(999, 999, 989), "About 1,000 people", 9),
    ],
)
def test_no_figure_stands_for_fewer_people_than_may_be_published(given, followers, tenths):
    shown = shown_outcome(given, minimum=10)
    assert shown.followers.startswith(followers)
    assert shown.tenths == tenths
    assert bool(shown.improved) is (tenths is not None)


# --- Counting in the database ----------------------------------------------------------------


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working",))


@pytest.fixture
def resource(release):
    return factories.resource(skills=[release.skill_versions.get().skill])


def follow(resource, release, *, before=None, after=None):
    person = factories.person()
    factories.log_entry(person, resource=resource, done_on=DAY)
    for level, day in ((before, BEFORE), (after, AFTER)):
        if level is not None:
            at = factories.local(day.year, day.month, day.day)
            factories.submitted(person, release, {"Agile working": level}, at=at)
    return person


def counted(resource):
    count_outcomes(minimum=5)
    row = ResourceOutcome.objects.get(resource=resource)
    return row.followers, row.measured, row.improved


def test_followers_are_counted_once_and_their_ratings_compared(resource, release):
    for _ in range(3):
        follow(resource, release, before=1, after=2)
    for _ in range(2):
        follow(resource, release, before=1, after=1)
    twice = follow(resource, release)
    factories.log_entry(twice, resource=resource)
    factories.log_entry(factories.person(), resource=resource, deleted_at=timezone.now())
    assert counted(resource) == (6, 5, 3)


def test_the_share_stands_still_until_enough_further_people_are_measured(resource, release):
    for _ in range(5):
        follow(resource, release, before=1, after=1)
    assert counted(resource) == (5, 5, 0)
    for newcomers in range(1, 5):
        follow(resource, release, before=1, after=2)
        assert counted(resource) == (5 + newcomers, 5, 0)
    follow(resource, release, before=1, after=2)
    assert counted(resource) == (10, 10, 5)
    assert counted(resource) == (10, 10, 5)


def test_when_everybody_takes_it_out_of_their_log_nobody_is_counted(resource, release):
    follow(resource, release)
    assert counted(resource)[0] == 1
    LogEntry.objects.update(deleted_at=timezone.now())
    assert counted(resource)[0] == 0


# --- Tasks -----------------------------------------------------------------------------------


def test_tasks_can_run_twice(resource, release, settings):
    follow(resource, release)
    for _ in range(2):
        tasks.refresh_catalogue()
    assert ResourceOutcome.objects.count() == 1
