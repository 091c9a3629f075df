"""Who sees assignments and whom they were offered to, and what the database refuses."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts_services
from accounts.permissions import GrantKind, Permission, may
from learning.models import AssignedPerson, Assignment, Resource
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
EVERYBODY_ELSE = (
    "line_manager",
    "ambassador",
    "report_reader",
    "organisation_administrator",
    "system_administrator",
    "outsider",
)


def fresh(person):
    """The person as a new request loads them."""
    return type(person).objects.get(pk=person.pk)


def seen(model, person):
    return set(model.objects.visible_to(fresh(person)))


def looked_after(person):
    return set(Assignment.objects.looked_after_by(fresh(person)))


# --- Who sees what ---------------------------------------------------------------------------


def test_ambassadors_may_assign_in_their_scope_and_nobody_else_by_grant(
    ambassador, report_reader, member, digital
):
    assert may(ambassador, Permission.ASSIGN_LEARNING, unit=digital)
    assert not may(report_reader, Permission.ASSIGN_LEARNING)
    assert not may(member, Permission.ASSIGN_LEARNING)


def test_an_assignment_is_seen_by_those_asked_and_those_who_look_after_it(
    request, ambassador, member, outsider, digital
):
    made = factories.assignment(ambassador, unit=digital, people=[member])
    assert seen(Assignment, member) == seen(Assignment, ambassador) == {made}
    assert looked_after(ambassador) == {made}
    assert looked_after(member) == set()
    for name in set(EVERYBODY_ELSE) - {"ambassador"}:
        assert seen(Assignment, request.getfixturevalue(name)) == set(), name


def test_an_ambassador_of_another_unit_sees_nothing(ambassador, operations, digital):
    factories.assignment(ambassador, unit=digital)
    other = factories.person(unit=operations, grant=GrantKind.AMBASSADOR)
    assert seen(Assignment, other) == set()


def test_a_colleague_with_the_same_scope_looks_after_it_and_whoever_lost_the_grant_does_not(
    ambassador, department, digital, system_administrator
):
    made = factories.assignment(ambassador, unit=digital)
    colleague = factories.person(unit=department, grant=GrantKind.AMBASSADOR)
    assert looked_after(colleague) == {made}
    accounts_services.withdraw_grant(grant=ambassador.grants.get(), by=system_administrator)
    assert seen(Assignment, ambassador) == set()


def test_a_teams_assignment_is_looked_after_by_the_line_manager_and_their_cover(
    line_manager, member, outsider, ambassador
):
    made = factories.assignment(line_manager, team_of=line_manager, people=[member])
    assert looked_after(line_manager) == {made}
    assert looked_after(outsider) == looked_after(ambassador) == set()
    factories.cover(line_manager, outsider)
    assert looked_after(outsider) == {made}


def test_nobody_but_the_person_sees_that_they_were_asked(request, ambassador, member, digital):
    made = factories.assignment(ambassador, unit=digital, people=[member])
    (row,) = made.people.all()
    assert seen(AssignedPerson, member) == {row}
    for name in EVERYBODY_ELSE:
        assert seen(AssignedPerson, request.getfixturevalue(name)) == set(), name


def test_who_agreed_to_be_named_is_seen_by_those_who_look_after_it_alone(
    request, ambassador, member, digital
):
    made = factories.assignment(ambassador, unit=digital)
    row = factories.assigned_person(made, member, agreed_to_be_named_at=NOW)
    assert seen(AssignedPerson, ambassador) == seen(AssignedPerson, member) == {row}
    for name in set(EVERYBODY_ELSE) - {"ambassador"}:
        assert seen(AssignedPerson, request.getfixturevalue(name)) == set(), name


def test_who_moved_away_is_named_no_more(ambassador, line_manager, member, digital, operations):
    by_unit = factories.assignment(ambassador, unit=digital)
    by_team = factories.assignment(line_manager, team_of=line_manager)
    for made in (by_unit, by_team):
        factories.assigned_person(made, member, agreed_to_be_named_at=NOW)
    assert len(seen(AssignedPerson, ambassador)) == len(seen(AssignedPerson, line_manager)) == 1
    accounts_services.start_post(
        person=member,
        unit=operations,
        grade="HEO",
        started_on=timezone.localdate(),
    )
    assert seen(AssignedPerson, ambassador) == seen(AssignedPerson, line_manager) == set()
    assert len(seen(AssignedPerson, member)) == 2


def test_a_withdrawn_assignment_is_left_out_of_what_people_have_to_do(ambassador, member):
    made = factories.assignment(ambassador, people=[member])
    assert AssignedPerson.objects.own(member).count() == 1
    Assignment.objects.filter(pk=made.pk).update(withdrawn_at=NOW)
    assert AssignedPerson.objects.own(member).count() == 0


def test_whoever_is_asked_can_open_the_resource_of_another_unit(
    ambassador, member, operations, outsider
):
    resource = factories.resource(unit=operations)
    assert resource not in seen(Resource, member)
    factories.assignment(ambassador, resource=resource, people=[member])
    assert resource in seen(Resource, member)


# --- Open and overdue ------------------------------------------------------------------------


def test_open_lasts_to_the_end_of_the_due_day(ambassador):
    day = datetime.date(2026, 3, 2)
    made = factories.assignment(ambassador, due_on=day)
    assert made in Assignment.objects.open(day)
    assert made not in Assignment.objects.overdue(day)
    later = day + datetime.timedelta(days=1)
    assert made not in Assignment.objects.open(later)
    assert made in Assignment.objects.overdue(later)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "offered"),
        ({"accepted_at": NOW}, "accepted"),
        ({"declined_at": NOW, "decline_reason": "No time"}, "declined"),
        ({"accepted_at": NOW, "declined_at": NOW, "decline_reason": "No time"}, "declined"),
        ({"done_at": NOW, "done_on": NOW.date()}, "done"),
        ({"accepted_at": NOW, "done_at": NOW, "done_on": NOW.date()}, "done"),
    ],
)
def test_the_state_follows_from_the_facts(facts, state):
    assert AssignedPerson(offered_at=NOW, **facts).state == state


def test_done_before_it_was_asked_for_is_done_already():
    day = NOW.date()
    before = AssignedPerson(offered_at=NOW, done_on=day - datetime.timedelta(days=1))
    assert before.was_done_already
    assert not AssignedPerson(offered_at=NOW, done_on=day).was_done_already
    assert not AssignedPerson(offered_at=NOW).was_done_already


# --- What the database refuses ---------------------------------------------------------------


def refused(name, make):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make()
    assert name in str(caught.value) or "UNIQUE" in str(caught.value)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("assignment_has_a_resource_or_a_title", {"title": ""}),
        ("assignment_below_target_has_a_skill", {"audience": "below"}),
        (
            "assignment_to_named_people_stays_with_them",
            {"audience": "named", "offered_also_later": True},
        ),
        ("assignment_has_a_reason", {"reason": ""}),
        ("assignment_failed_has_an_error", {"status": "failed"}),
    ],
)
def test_an_assignment_that_makes_no_sense(ambassador, constraint, fields):
    refused(constraint, lambda: factories.assignment(ambassador, **fields))


def test_an_assignment_is_for_a_unit_or_a_team_and_has_one_of_resource_and_title(
    ambassador, line_manager, digital
):
    refused(
        "assignment_is_for_a_unit_or_a_team",
        lambda: factories.assignment(ambassador, unit=digital, team_of=line_manager),
    )
    resource = factories.resource()
    refused(
        "assignment_has_a_resource_or_a_title",
        lambda: factories.assignment(ambassador, resource=resource, title="Both"),
    )


def test_one_form_makes_one_assignment(ambassador):
    made = factories.assignment(ambassador)
    refused(
        "assignment_once_per_form",
        lambda: factories.assignment(ambassador, form_key=made.form_key),
    )


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        (
            "assigned_person_declined_or_done",
            {
                "declined_at": NOW,
                "decline_reason": "No time",
                "done_at": NOW,
                "done_on": NOW.date(),
            },
        ),
        ("assigned_person_declined_with_a_reason", {"declined_at": NOW}),
        ("assigned_person_declined_with_a_reason", {"decline_reason": "No time"}),
        ("assigned_person_done_on_a_day", {"done_at": NOW}),
    ],
)
def test_an_answer_that_makes_no_sense(ambassador, member, constraint, fields):
    made = factories.assignment(ambassador)
    refused(constraint, lambda: factories.assigned_person(made, member, **fields))


def test_a_person_is_asked_once_for_each_assignment(ambassador, member):
    made = factories.assignment(ambassador, people=[member])
    refused("assigned_person_once_per_assignment", lambda: factories.assigned_person(made, member))


# --- Who works on it -------------------------------------------------------------------------


def test_one_of_two_workers_gets_an_assignment(ambassador):
    made = factories.assignment(ambassador, status="queued")
    assert Assignment.objects.claim(made.pk) == 1
    assert Assignment.objects.claim(made.pk) is None
    assert Assignment.objects.held_by(made.pk, 1).exists()


def test_a_lease_that_ran_out_is_taken_over_and_fences_the_first_worker(ambassador):
    made = factories.assignment(ambassador, status="queued")
    Assignment.objects.claim(made.pk)
    Assignment.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert Assignment.objects.claim(made.pk) == 2
    assert not Assignment.objects.held_by(made.pk, 1).exists()


def test_after_the_last_attempt_nobody_gets_it(ambassador):
    factories.assignment(ambassador, status="queued", attempt=3, attempt_limit=3)
    assert Assignment.objects.claim(Assignment.objects.get().pk) is None
    assert Assignment.objects.without_worker().without_attempts_left().exists()
