"""Reminders before and after the due date: once each, and only to those who have not finished."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Notice, NoticeChoice
from learning.models import AssignedPerson
from learning.reminders import remind_of_due_assignments
from tests import factories

pytestmark = pytest.mark.django_db

DUE = datetime.date(2026, 3, 20)
LONG_BEFORE = factories.local(2026, 2, 1)


def days(number):
    return DUE + datetime.timedelta(days=number)


@pytest.fixture
def assignment(ambassador):
    return factories.assignment(ambassador, title="Retrospectives", due_on=DUE)


@pytest.fixture
def assigned(assignment, member):
    return factories.assigned_person(assignment, member, offered_at=LONG_BEFORE)


def subjects(person):
    return list(Notice.objects.filter(recipient=person).values_list("subject", flat=True))


def test_seven_days_before_and_one_day_after_once_each(assigned, member):
    reminded = {number: remind_of_due_assignments(day=days(number)) for number in range(-14, 14)}
    assert {number for number, count in reminded.items() if count} == {-7, 1}
    assert subjects(member) == [
        "Was due on 20 March 2026: Retrospectives",
        "Due on 20 March 2026: Retrospectives",
    ]
    row = AssignedPerson.objects.get()
    assert row.reminded_before_at
    assert row.reminded_after_at


@pytest.mark.parametrize("number", [-7, 1])
def test_running_twice_on_a_day_reminds_once(assigned, member, number):
    assert remind_of_due_assignments(day=days(number)) == 1
    assert remind_of_due_assignments(day=days(number)) == 0
    assert len(subjects(member)) == 1


@pytest.mark.parametrize("number", [-6, -1, 2, 8])
def test_a_day_that_was_missed_is_made_good(assigned, number):
    assert remind_of_due_assignments(day=days(number)) == 1


@pytest.mark.parametrize("number", [-8, 0, 9])
def test_other_days_remind_nobody(assigned, number):
    assert remind_of_due_assignments(day=days(number)) == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"done_at": LONG_BEFORE, "done_on": LONG_BEFORE.date()},
        {"declined_at": LONG_BEFORE, "decline_reason": "No time"},
    ],
)
def test_who_has_finished_is_not_reminded(assignment, member, facts):
    factories.assigned_person(assignment, member, offered_at=LONG_BEFORE, **facts)
    assert remind_of_due_assignments(day=days(-7)) == remind_of_due_assignments(day=days(1)) == 0


def test_who_was_asked_within_the_seven_days_is_reminded_after_alone(assignment, member):
    factories.assigned_person(assignment, member, offered_at=factories.local(2026, 3, 13, 0, 1))
    assert remind_of_due_assignments(day=days(-6)) == 0
    assert remind_of_due_assignments(day=days(1)) == 1


def test_nobody_is_reminded_of_what_was_withdrawn(assignment, assigned):
    assignment.withdrawn_at = timezone.now()
    assignment.save(update_fields=["withdrawn_at"])
    assert remind_of_due_assignments(day=days(1)) == 0


@pytest.mark.parametrize("delivery", ["portal", "off"])
def test_reminders_can_be_turned_off(assigned, member, delivery):
    NoticeChoice.objects.create(user=member, kind="assignment-due", delivery=delivery)
    remind_of_due_assignments(day=days(1))
    assert [notice.by_email for notice in Notice.objects.all()] == (
        [False] if delivery == "portal" else []
    )


@pytest.mark.parametrize("people", [1, 50])
def test_the_queries_do_not_grow_with_people(
    assignment, digital, people, django_assert_num_queries
):
    for _ in range(people):
        factories.assigned_person(
            assignment, factories.person(unit=digital), offered_at=LONG_BEFORE
        )
    with django_assert_num_queries(6):  # two of them savepoints
        assert remind_of_due_assignments(day=days(1)) == people
