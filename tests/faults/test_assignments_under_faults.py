"""Assignments on the real broker, worker and beat, while these are killed and lost.

However the work is disturbed, each of those who are to have it is asked once and told once.
"""

import datetime
import uuid

import pytest
from django.utils import timezone

from accounts.models import Notice
from accounts.publishing import publish
from assessments.models import Skill
from learning import tasks
from learning.audience import posts_to_offer
from learning.models import Assignment
from learning.services import assignments as services
from tests import factories
from tests.faults.programs import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 65


@pytest.fixture(autouse=True)
def mail(tmp_path, monkeypatch):
    """The folder into which workers write their e-mails."""
    folder = tmp_path / "mail"
    monkeypatch.setenv("EMAIL_FILE_PATH", str(folder))
    return folder


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """So that there is something half-way: seven batches. Read by the fault tests' worker."""
    monkeypatch.setenv("PEOPLE_AT_A_TIME", "10")


@pytest.fixture
def skill(digital):
    """What 65 delivery managers need; a third of them has reached it."""
    release = factories.release()
    for number in range(PEOPLE):
        person = factories.person(unit=digital)
        factories.chosen_role_level(person, factories.role_level_of(release))
        if number % 3:
            factories.submitted(person, release, {"Agile working": number % 3})
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


def set_for(by, unit, skill):
    return services.set_assignment(
        by=by,
        form_key=uuid.uuid4(),
        unit=unit,
        team_of=None,
        role=None,
        skill=skill,
        resource=None,
        audience=Assignment.Audience.BELOW_TARGET,
        title="A morning on retrospectives",
        description="",
        link="",
        reason="Our services need it.",
        due_on=timezone.localdate() + datetime.timedelta(days=28),
        offered_also_later=True,
    )


def expanded(assignment):
    assignment.refresh_from_db()
    return assignment.is_up_to_date


def assert_everybody_once(assignment):
    wait_until(lambda: expanded(assignment), what="the assignment to be offered")
    assert (assignment.status, assignment.error) == ("expanded", "")
    wanted = sorted(posts_to_offer(assignment).values_list("person", flat=True))
    assert len(wanted) == 44
    assert sorted(assignment.people.values_list("person", flat=True)) == wanted
    told = Notice.objects.filter(key=f"assignment:{assignment.pk}:offered")
    assert sorted(told.values_list("recipient", flat=True)) == wanted


def test_an_assignment_travels_to_the_worker_and_is_offered(ambassador, digital, skill, worker):
    assert_everybody_once(set_for(ambassador, digital, skill))


def test_a_worker_killed_half_way_costs_one_batch(
    ambassador, digital, skill, start_worker, latches, beat
):
    worker = start_worker()
    latches.hold("write_batch")
    made = set_for(ambassador, digital, skill)
    latches.wait_until_reached("write_batch")
    latches.release("write_batch")
    latches.hold("finish")
    latches.wait_until_reached("finish")
    half = Assignment.objects.get(pk=made.pk)
    assert half.status == "expanding"
    assert 0 < half.people.count() < 44
    worker.kill_pool_process()
    latches.release("finish")
    assert_everybody_once(made)
    assert made.attempt == 2


def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(
    ambassador, digital, skill, start_worker, latches, start_beat
):
    latches.hold("finish")
    frozen = start_worker("frozen")
    made = set_for(ambassador, digital, skill)
    latches.wait_until_reached("finish")
    frozen.freeze()
    latches.release("finish")
    start_worker("second")
    start_beat()
    assert_everybody_once(made)
    before = Assignment.objects.values().get(), list(made.people.values())
    frozen.thaw()
    frozen.wait_for(f"Attempt 1 at assignment {made.pk} was overtaken")
    assert (Assignment.objects.values().get(), list(made.people.values())) == before


def test_a_lost_message_is_made_good_by_the_sweep(
    ambassador, digital, skill, broker, start_worker, start_beat
):
    made = set_for(ambassador, digital, skill)
    broker.forget()
    broker.start()
    start_worker()
    start_beat()
    assert_everybody_once(made)


def test_the_same_message_five_times_offers_it_once(ambassador, digital, skill, start_worker):
    start_worker(pool_processes=2)
    made = set_for(ambassador, digital, skill)
    for _ in range(5):
        assert publish(tasks.expand_assignment, made.pk)
    assert_everybody_once(made)


def test_one_that_always_crashes_fails_after_three_attempts(
    ambassador, digital, skill, worker, latches, beat
):
    crash = latches.folder / "bring_up_to_date.kill"
    crash.touch()
    made = set_for(ambassador, digital, skill)
    wait_until(lambda: expanded(made), seconds=60, what="the assignment to fail")
    assert (made.status, made.attempt) == ("failed", 3)
    assert not made.people.exists()
    crash.unlink()
    services.try_again(assignment=made, by=ambassador)
    assert_everybody_once(made)
