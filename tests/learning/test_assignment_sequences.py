"""Whatever is done to an assignment, and in whatever order, each person has it once."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Notice
from assessments.models import Skill
from learning import expand
from learning.models import AssignedPerson, Assignment
from learning.reminders import remind_of_due_assignments
from learning.services import asked
from learning.services import assignments as services
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LEVELS = [None, 0, 1, 2, 3]
PEOPLE = st.integers(0, len(LEVELS) - 1)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["accept", "decline", "log", "name", "unname", "move"]), PEOPLE),
    st.tuples(st.just("rate"), PEOPLE, st.sampled_from(LEVELS[1:])),
    st.tuples(st.sampled_from(["expand", "cut", "night", "remind", "withdraw", "postpone"])),
)


class World:
    """Delivery managers with every kind of rating, and one assignment for those below target."""

    def __init__(self, ambassador, unit):
        self.ambassador = ambassador
        self.elsewhere = factories.unit("Elsewhere")
        self.release = factories.release()
        self.people = [self._person(unit, level) for level in LEVELS]
        skill = Skill.objects.get(versions__release=self.release, versions__name="Agile working")
        self.assignment = factories.assignment(
            ambassador,
            unit=unit,
            skill=skill,
            offered_also_later=True,
            status="queued",
            expanded_at=None,
        )

    def _person(self, unit, level):
        made = factories.person(unit=unit)
        factories.chosen_role_level(made, factories.role_level_of(self.release))
        if level is not None:
            factories.submitted(made, self.release, {"Agile working": level})
        return made

    def do(self, step, number=None, level=None):
        assignment = Assignment.objects.get(pk=self.assignment.pk)
        if number is not None:
            return self._answer(step, self.people[number], level)
        if step == "expand":
            expand.expand_assignment(assignment.pk)
        elif step == "cut":  # claimed by a worker that dies at once
            if Assignment.objects.claim(assignment.pk):
                past = timezone.now() - datetime.timedelta(seconds=1)
                Assignment.objects.update(lease_until=past)
        elif step == "night":
            expand.requeue_for_newcomers()
        elif step == "remind":
            remind_of_due_assignments(day=assignment.due_on - datetime.timedelta(days=3))
            remind_of_due_assignments(day=assignment.due_on + datetime.timedelta(days=3))
        elif step == "withdraw":
            services.withdraw_assignment(assignment=assignment, by=self.ambassador)
        else:
            later = assignment.due_on + datetime.timedelta(days=1)
            services.change_due_date(assignment=assignment, due_on=later, by=self.ambassador)
        return None

    def _answer(self, step, person, level):
        if step == "rate":
            factories.submitted(person, self.release, {"Agile working": level})
            return
        if step == "move":
            person.posts.update(unit=self.elsewhere)
            return
        assigned = AssignedPerson.objects.filter(person=person).first()
        if assigned is None:
            return
        try:
            if step == "accept":
                asked.accept(assigned=assigned, by=person)
            elif step == "decline":
                asked.decline(assigned=assigned, reason="No time", by=person)
            elif step == "log":
                asked.mark_done(assigned=assigned, entry=factories.log_entry(person), by=person)
            else:
                agreed = step == "name"
                asked.agree_to_be_named(assigned=assigned, is_agreed=agreed, by=person)
        except asked.AssignmentClosed:
            assert assigned.done_at or not AssignedPerson.objects.own(person).exists()

    def rows(self):
        return {row.person_id: row for row in AssignedPerson.objects.all()}


@pytest.fixture
def world(ambassador, digital):
    return World(ambassador, digital)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=14))
def test_each_person_has_it_once_and_no_fact_is_lost(world, steps):
    with transaction.atomic():
        before = {}
        for step in steps:
            world.do(*step)
            rows = world.rows()
            assert len(rows) == AssignedPerson.objects.count()
            assert before.keys() <= rows.keys()
            for person, row in rows.items():
                if person in before and before[person].done_at:
                    assert (row.done_at, row.log_entry_id) == (
                        before[person].done_at,
                        before[person].log_entry_id,
                    )
            before = rows
        # What the sweep does, until nothing is left to do: everybody has been told once.
        expand.expand_assignment(world.assignment.pk)
        expand.fail_exhausted_assignments()
        offered = Notice.objects.filter(key=f"assignment:{world.assignment.pk}:offered")
        told = sorted(offered.values_list("recipient", flat=True))
        assert told == sorted(world.rows())
        at_rest = Assignment.objects.get(pk=world.assignment.pk)
        assert at_rest.status in {"expanded", "failed"}
        transaction.set_rollback(True)
