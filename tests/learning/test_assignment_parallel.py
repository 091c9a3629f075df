"""The same and opposite requests at the same moment: one assignment, and one answer that holds."""

import datetime
import uuid

import pytest
from django.utils import timezone

from accounts.models import Notice
from learning import expand
from learning.models import AssignedPerson, Assignment, LogEntry
from learning.services import asked
from learning.services import assignments as services
from learning.services.log import log_learning
from tests import factories
from tests.assessments.test_self_assessment_services import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls, times=1):
    """What the calls return, each made so many times at the same moment; none may fail."""
    every = calls * times
    outcomes = in_parallel(len(every), lambda number: every[number]())
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    return outcomes


def test_a_form_sent_ten_times_sets_one_assignment_which_is_offered_once(
    ambassador, digital, member
):
    form = {
        "form_key": uuid.uuid4(),
        "unit": digital,
        "team_of": None,
        "role": None,
        "skill": None,
        "resource": None,
        "audience": "everyone",
        "title": "Retrospectives",
        "description": "",
        "link": "",
        "reason": "Our services need it.",
        "due_on": timezone.localdate() + datetime.timedelta(days=28),
        "offered_also_later": True,
    }
    made = at_once(lambda: services.set_assignment(by=ambassador, **form), times=10)
    assert len({one.pk for one in made}) == Assignment.objects.count() == 1
    at_once(lambda: expand.expand_assignment(made[0].pk), times=10)
    assert Assignment.objects.get().attempt == 1
    people = AssignedPerson.objects.count()
    assert people == Notice.objects.count() == 2
    later = form["due_on"] + datetime.timedelta(days=1)
    changed = at_once(
        lambda: services.change_due_date(assignment=made[0], due_on=later, by=ambassador), times=10
    )
    assert sorted(changed) == [False] * 9 + [True]


@pytest.mark.parametrize("attempt", range(5))
def test_done_and_declined_at_once_ends_in_one_of_them(ambassador, member, attempt):
    assigned = factories.assigned_person(factories.assignment(ambassador), member)
    key = uuid.uuid4()

    def log():
        log_learning(
            by=member,
            form_key=key,
            title="Retrospectives",
            done_on=timezone.localdate(),
            duration_minutes=30,
            time="work",
            assigned=assigned,
        )

    def decline():
        try:
            asked.decline(assigned=assigned, reason="No time", by=member)
        except asked.AssignmentClosed:
            return

    at_once(log, decline, log, decline, log, decline)
    assert LogEntry.objects.count() == 1
    assert AssignedPerson.objects.get().state == "done"
