"""Who sees resources, log entries and goals, and what the database refuses."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts_services
from learning.models import LevelGoal, LogEntry, MinutesGoal, Resource
from tests import factories

pytestmark = pytest.mark.django_db


def seen(model, person):
    return set(model.objects.visible_to(type(person).objects.get(pk=person.pk)))


# --- Who sees what ---------------------------------------------------------------------------


def test_a_log_entry_is_its_authors_alone(
    member,
    line_manager,
    ambassador,
    report_reader,
    organisation_administrator,
    system_administrator,
    outsider,
):
    entry = factories.log_entry(member)
    assert seen(LogEntry, member) == {entry}
    for other in (
        line_manager,
        ambassador,
        report_reader,
        organisation_administrator,
        system_administrator,
        outsider,
    ):
        assert seen(LogEntry, other) == set()


def test_a_shared_entry_is_seen_by_the_line_manager_it_was_shared_with(
    member, line_manager, outsider
):
    entry = factories.log_entry(member, shared_with=line_manager)
    assert seen(LogEntry, line_manager) == {entry}
    assert seen(LogEntry, outsider) == set()


def test_after_a_move_neither_manager_sees_what_was_shared_before(
    member, line_manager, outsider, operations
):
    factories.log_entry(member, shared_with=line_manager)
    accounts_services.start_post(
        person=member,
        unit=operations,
        grade="HEO",
        line_manager=outsider,
        started_on=timezone.localdate(),
    )
    assert seen(LogEntry, line_manager) == set()
    assert seen(LogEntry, outsider) == set()


def test_a_deleted_entry_is_hidden_from_the_line_manager(member, line_manager):
    entry = factories.log_entry(member, shared_with=line_manager, deleted_at=timezone.now())
    assert seen(LogEntry, line_manager) == set()
    assert seen(LogEntry, member) == {entry}
    assert not LogEntry.objects.own(member).exists()


def test_resources_are_seen_by_those_they_are_for(member, outsider, digital):
    for_all = factories.resource()
    for_digital = factories.resource(unit=digital)
    assert seen(Resource, member) == {for_all, for_digital}
    assert seen(Resource, outsider) == {for_all}


def test_a_suggestion_is_seen_by_its_author_and_by_ambassadors_above(
    member, ambassador, line_manager
):
    waiting = factories.suggestion(by=member)
    assert seen(Resource, member) == {waiting}
    assert seen(Resource, ambassador) == {waiting}
    assert seen(Resource, line_manager) == set()
    assert set(Resource.objects.decidable_by(ambassador)) == {waiting}
    assert set(Resource.objects.decidable_by(member)) == set()


def test_whoever_logged_a_resource_keeps_sight_of_it_after_a_move(outsider, digital):
    elsewhere = factories.resource(unit=digital)
    factories.log_entry(outsider, resource=elsewhere)
    assert seen(Resource, outsider) == {elsewhere}


def test_goals_are_nobody_elses(member, line_manager):
    MinutesGoal.objects.create(person=member, minutes_a_month=120)
    assert len(seen(MinutesGoal, member)) == 1
    assert seen(MinutesGoal, line_manager) == set()


# --- What the database refuses ---------------------------------------------------------------


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def test_one_form_makes_one_entry_a_person(member, outsider):
    key = uuid.uuid4()
    factories.log_entry(member, form_key=key)
    factories.log_entry(outsider, form_key=key)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.log_entry(member, form_key=key)


@pytest.mark.parametrize("minutes", [0, 6001])
def test_an_entry_took_at_least_a_minute_and_at_most_a_hundred_hours(member, minutes):
    with refused("log_entry_took_1_to_6000_minutes"):
        factories.log_entry(member, duration_minutes=minutes)


def test_an_entry_is_shared_with_somebody_since_a_time(member):
    with refused("log_entry_shared_with_somebody_since_a_time"):
        factories.log_entry(member, shared_at=timezone.now())


@pytest.mark.parametrize(("first", "last"), [(3, 2), (0, 2), (1, 9), (1, None), (None, 1)])
def test_levels_of_a_resource_ascend_from_1_to_8(db, first, last):
    with refused("resource_levels_ascend_from_1_to_8"):
        factories.resource(level_from=first, level_to=last)


def test_a_link_is_offered_to_everybody_once(db):
    factories.resource(url="https://www.example.gov.uk/a")
    factories.resource(url="https://www.example.gov.uk/a", retired_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.resource(url="https://www.example.gov.uk/a")


def test_a_resource_is_approved_or_declined_never_both(db):
    with refused("resource_approved_or_declined"):
        factories.resource(declined_at=timezone.now())


def test_a_resource_takes_at_least_a_minute(db):
    with refused("resource_takes_1_to_6000_minutes"):
        factories.resource(duration_minutes=0)


def test_one_current_goal_of_each_kind(member):
    skill = factories.release().skill_versions.first().skill
    day = datetime.date(2030, 1, 1)
    LevelGoal.objects.create(
        person=member, skill=skill, level=1, reach_by=day, ended_at=timezone.now()
    )
    LevelGoal.objects.create(person=member, skill=skill, level=2, reach_by=day)
    with pytest.raises(IntegrityError), transaction.atomic():
        LevelGoal.objects.create(person=member, skill=skill, level=3, reach_by=day)
    MinutesGoal.objects.create(person=member, minutes_a_month=60)
    with pytest.raises(IntegrityError), transaction.atomic():
        MinutesGoal.objects.create(person=member, minutes_a_month=90)


def test_goals_have_sensible_numbers(member):
    with refused("minutes_goal_is_1_to_6000"), transaction.atomic():
        MinutesGoal.objects.create(person=member, minutes_a_month=0)
    skill = factories.release().skill_versions.first().skill
    with refused("level_goal_is_1_to_8"):
        LevelGoal.objects.create(person=member, skill=skill, level=9, reach_by="2030-01-01")
