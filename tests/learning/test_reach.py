"""What assigning has reached: figures that stand still for a month and point to nobody."""

import datetime

import pytest

from learning.models import Assignment
from learning.reach import reach_of
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 3, 20)
FEBRUARY = factories.local(2026, 2, 10)
MARCH = factories.local(2026, 3, 2)


@pytest.fixture
def assignment(ambassador, digital):
    return factories.assignment(ambassador, unit=digital, due_on=datetime.date(2026, 2, 20))


def ask(assignment, unit, people, *, at=FEBRUARY, minutes=None, **facts):
    """So many people are asked; with minutes, each has done it."""
    for _ in range(people):
        person = factories.person(unit=unit)
        done = {}
        if minutes:
            entry = factories.log_entry(person, duration_minutes=minutes, done_on=at.date())
            done = {"done_at": at, "done_on": at.date(), "log_entry": entry}
        factories.assigned_person(assignment, person, offered_at=at, **done, **facts)


def reach(user):
    return reach_of(type(user).objects.get(pk=user.pk), minimum=10, day=TODAY)


def test_people_time_and_who_is_late_rounded(assignment, ambassador, digital):
    ask(assignment, digital, 12, minutes=60)
    ask(assignment, digital, 11)
    found = reach(ambassador)
    assert found.as_at == datetime.date(2026, 2, 28)
    assert (found.asked, found.finished, found.late) == (25, 10, 10)
    assert found.minutes == 12 * 60


def test_few_people_are_withheld(assignment, ambassador, digital):
    ask(assignment, digital, 9, minutes=60)
    found = reach(ambassador)
    assert (found.asked, found.finished, found.late, found.minutes) == (None,) * 4


def test_a_sum_that_is_mostly_one_persons_is_withheld(assignment, ambassador, digital):
    ask(assignment, digital, 11, minutes=10)
    ask(assignment, digital, 1, minutes=6000)
    found = reach(ambassador)
    assert found.finished == 10
    assert found.minutes is None


def test_nothing_moves_within_a_month(assignment, ambassador, digital):
    ask(assignment, digital, 12, minutes=60)
    before = reach(ambassador)
    ask(assignment, digital, 30, minutes=60, at=MARCH)
    assert reach(ambassador) == before


def test_assignments_by_gap_never_enter(assignment, ambassador, digital):
    """Otherwise a figure that moves would tell whose rating is below target."""
    ask(assignment, digital, 12, minutes=60)
    before = reach(ambassador)
    release = factories.release()
    by_gap = factories.assignment(
        ambassador, unit=digital, skill=release.skill_versions.first().skill
    )
    ask(by_gap, digital, 40, minutes=60)
    assert reach(ambassador) == before
    Assignment.objects.filter(pk=by_gap.pk).update(withdrawn_at=MARCH)
    assert reach(ambassador) == before


def test_who_declined_or_was_told_of_a_withdrawal_is_not_late(assignment, ambassador, digital):
    ask(assignment, digital, 20, declined_at=FEBRUARY, decline_reason="No time")
    assert reach(ambassador).late is None
    ask(assignment, digital, 20)
    assert reach(ambassador).late == 20
    Assignment.objects.update(withdrawn_at=FEBRUARY)
    assert reach(ambassador).late is None


def test_deleted_entries_do_not_count(assignment, ambassador, digital):
    ask(assignment, digital, 12, minutes=60)
    for row in assignment.people.all():
        row.log_entry.deleted_at = FEBRUARY
        row.log_entry.save(update_fields=["deleted_at"])
    assert reach(ambassador).minutes is None


@pytest.mark.parametrize("people", [1, 30])
def test_four_queries_and_two_for_grants_and_units(
    assignment, ambassador, digital, people, django_assert_num_queries
):
    ask(assignment, digital, people, minutes=60)
    with django_assert_num_queries(6):
        reach(ambassador)
