"""Setting assignments, bringing people up to date with them, and answering."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import Notice, NoticeChoice
from assessments.models import GradeRoleLevel, Skill
from learning import expand, tasks
from learning.audience import how_many, name_what_is_asked, posts_to_offer
from learning.models import AssignedPerson, Assignment
from learning.services import asked
from learning.services import assignments as services
from tests import factories

pytestmark = pytest.mark.django_db

IN_FOUR_WEEKS = datetime.timedelta(days=28)


@pytest.fixture
def release(db):
    """Requires “Agile working” at 2 of a delivery manager."""
    return factories.release()


@pytest.fixture
def skill(release):
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


@pytest.fixture
def delivery_manager(digital, release):
    """Makes people in Digital who are delivery managers: `delivery_manager(level)`.

    Without a level they have not rated themselves; None is "not applicable".
    """

    def make(*level, unit=digital, name=None):
        made = factories.person(name, unit=unit)
        factories.chosen_role_level(made, factories.role_level_of(release))
        if level:
            factories.submitted(made, release, {"Agile working": level[0]})
        return made

    return make


def values(**fields):
    return {
        "unit": None,
        "team_of": None,
        "role": None,
        "skill": None,
        "resource": None,
        "audience": "everyone",
        "title": "A morning on retrospectives",
        "description": "",
        "link": "",
        "reason": "Our services need it.",
        "due_on": timezone.localdate() + IN_FOUR_WEEKS,
        "offered_also_later": False,
        "form_key": uuid.uuid4(),
    } | fields


def set_for(by, **fields):
    """The assignment, offered to people."""
    made = services.set_assignment(by=by, **values(**fields))
    expand.expand_assignment(made.pk)
    made.refresh_from_db()
    assert (made.status, made.error) == ("expanded", "")
    return made


def asked_people(assignment):
    return {row.person for row in assignment.people.select_related("person")}


# --- For whom --------------------------------------------------------------------------------


def test_everyone_is_everyone_of_the_unit_and_below_with_an_open_account(
    ambassador, department, digital, operations, member, line_manager, outsider, leaver
):
    made = set_for(ambassador, unit=digital)
    assert asked_people(made) == {member, line_manager}
    whole = set_for(ambassador, unit=department)
    assert asked_people(whole) == {member, line_manager, outsider, ambassador}


def test_below_target_is_a_lower_level_not_yet_and_no_rating(
    ambassador, digital, skill, delivery_manager, member
):
    below = {delivery_manager(1), delivery_manager(0), delivery_manager()}
    delivery_manager(2)
    delivery_manager(4)
    delivery_manager(None)
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    assert asked_people(made) == below


def test_only_ratings_in_force_and_of_that_skill_count(
    ambassador, digital, skill, release, delivery_manager
):
    rose, other = delivery_manager(1), delivery_manager()
    factories.submitted(rose, release, {"Agile working": 3})
    factories.submitted(other, release, {"User focus": 4})
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    assert asked_people(made) == {other}


def test_the_highest_of_several_targets_counts(
    ambassador, digital, skill, release, delivery_manager
):
    """By grade the skill is required at 3, by role level at 2."""
    essentials = factories.role_level("Everybody", release=release)
    release.requirements.create(role_level=essentials, skill=skill, target=3)
    GradeRoleLevel.objects.create(release=release, role_level=essentials, grade="EO")
    between = delivery_manager(2)
    delivery_manager(3)
    by_grade_alone = factories.person(unit=digital, grade="EO")
    factories.person(unit=digital, grade="G7")
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    assert asked_people(made) == {between, by_grade_alone}


def test_a_role_narrows_it_to_people_measured_against_it(
    ambassador, digital, release, delivery_manager, member
):
    role = factories.role_level_of(release).role
    only = delivery_manager()
    assert asked_people(set_for(ambassador, unit=digital, role=role)) == {only}


def test_a_role_that_has_ended_and_a_superseded_release_ask_for_nothing(
    ambassador, digital, skill, release, delivery_manager
):
    gone = delivery_manager()
    gone.posts.get().role_levels.update(ended_on=timezone.localdate())
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    assert asked_people(made) == set()
    still = delivery_manager()
    release.superseded_at = timezone.now()
    release.save(update_fields=["superseded_at"])
    factories.release(framework=release.framework, skills=(), published_at=timezone.now())
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    assert asked_people(made) == set()
    assert still.posts.get().role_levels.current().exists()


def test_a_team_is_whom_posts_say(line_manager, member, digital):
    factories.person(unit=digital)
    assert asked_people(set_for(line_manager, team_of=line_manager)) == {member}


def test_named_people_are_asked_at_once_and_nobody_else(ambassador, digital, member, line_manager):
    made = services.set_assignment(
        by=ambassador, people=[member], **values(unit=digital, audience="named")
    )
    assert asked_people(made) == {member}
    expand.expand_assignment(made.pk)
    made.refresh_from_db()
    assert (made.status, made.error) == ("expanded", "")
    assert asked_people(made) == {member}
    assert Notice.objects.filter(recipient=member).count() == 1


def test_somebody_named_who_is_not_there_is_refused(ambassador, digital, outsider):
    with pytest.raises(ValidationError):
        services.set_assignment(
            by=ambassador, people=[outsider], **values(unit=digital, audience="named")
        )
    assert not Assignment.objects.exists()


def test_who_may_not_assign_there_is_refused(member, line_manager, ambassador, digital):
    with pytest.raises(PermissionDenied):
        services.set_assignment(by=member, **values(unit=digital))
    with pytest.raises(PermissionDenied):
        services.set_assignment(by=ambassador, **values(team_of=line_manager))
    with pytest.raises(PermissionDenied):
        services.set_assignment(by=line_manager, **values(unit=digital))


# --- Once ------------------------------------------------------------------------------------


def test_one_form_sets_one_assignment_and_a_changed_one_another(ambassador, digital):
    form = values(unit=digital)
    first = services.set_assignment(by=ambassador, **form)
    assert services.set_assignment(by=ambassador, **form) == first
    assert services.set_assignment(by=ambassador, **form | {"reason": "Another"}) != first
    assert Assignment.objects.count() == 2


def test_workers_are_told_on_commit(ambassador, digital, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        services.set_assignment(by=ambassador, **values(unit=digital))
    assert len(callbacks) == 1


def test_expanding_twice_changes_nothing(ambassador, digital, member):
    made = set_for(ambassador, unit=digital)
    before = list(AssignedPerson.objects.values()), list(Notice.objects.values())
    expand.expand_assignment(made.pk)
    expand.requeue(Assignment.objects.all())
    expand.expand_assignment(made.pk)
    assert (list(AssignedPerson.objects.values()), list(Notice.objects.values())) == before


def test_batches_make_each_person_once_with_a_notice(
    ambassador, digital, delivery_manager, skill, monkeypatch
):
    monkeypatch.setattr(expand, "PEOPLE_AT_A_TIME", 3)
    people = {delivery_manager(level % 3) for level in range(10)}
    made = set_for(ambassador, unit=digital, skill=skill, audience="below")
    below = {person for person in people if person.ratings.get().level < 2}
    assert asked_people(made) == below
    assert set(Notice.objects.values_list("recipient", flat=True)) == {one.pk for one in below}
    assert (made.status, made.progress_percent, made.cursor) == ("expanded", 100, 0)


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("stop_after", range(5))
def test_an_expansion_that_was_cut_short_goes_on_after_the_last_batch(
    ambassador, digital, monkeypatch, stop_after
):
    """Whatever batch it is cut in: nothing of that batch stays, and each person comes once."""
    monkeypatch.setattr(expand, "PEOPLE_AT_A_TIME", 2)
    people = {factories.person(unit=digital) for _ in range(7)}
    made = services.set_assignment(by=ambassador, **values(unit=digital))
    batches = []

    def cut(assignment, claim, news, batch, *, percent):
        if len(batches) == stop_after:
            raise PowerCutError
        batches.append(batch)
        return write_batch(assignment, claim, news, batch, percent=percent)

    write_batch = expand.write_batch
    with monkeypatch.context() as patch:
        patch.setattr(expand, "write_batch", cut)
        expand.expand_assignment(made.pk)
    made.refresh_from_db()
    if stop_after < 3:
        assert (made.status, made.people.count()) == ("queued", 2 * stop_after)
        assert "PowerCutError" in made.error
        seen = set()
        monkeypatch.setattr(
            expand,
            "write_batch",
            lambda a, c, n, batch, *, percent: (
                seen.add(batch["person__gt"]),
                write_batch(a, c, n, batch, percent=percent),
            ),
        )
        expand.expand_assignment(made.pk)
        assert len(seen) == 3 - stop_after
    made.refresh_from_db()
    assert (made.status, made.error) == ("expanded", "")
    assert asked_people(made) == people
    assert Notice.objects.count() == 7


def test_three_attempts_without_progress_fail_it_and_trying_again_mends_it(
    ambassador, digital, member, monkeypatch
):
    made = services.set_assignment(by=ambassador, **values(unit=digital))

    def broken(*args):
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(expand, "finish", broken)
        for _ in range(5):
            expand.expand_assignment(made.pk)
    made.refresh_from_db()
    assert (made.status, made.attempt) == ("failed", 3)
    services.try_again(assignment=made, by=ambassador)
    expand.expand_assignment(made.pk)
    made.refresh_from_db()
    assert made.status == "expanded"
    assert member in asked_people(made)


def test_a_worker_that_was_overtaken_changes_nothing(ambassador, digital, member, monkeypatch):
    made = services.set_assignment(by=ambassador, **values(unit=digital))
    finish = expand.finish

    def overtaken(assignment, claim, news):
        Assignment.objects.filter(pk=made.pk).update(lease_until=timezone.now() - IN_FOUR_WEEKS)
        Assignment.objects.claim(made.pk)
        finish(assignment, claim, news)

    monkeypatch.setattr(expand, "finish", overtaken)
    expand.expand_assignment(made.pk)
    made.refresh_from_db()
    assert (made.status, made.attempt) == ("expanding", 2)
    assert not made.people.exists()
    assert not Notice.objects.exists()


def test_the_sweep_fails_what_died_without_a_word_and_sends_the_rest_again(
    ambassador, digital, monkeypatch
):
    dead = factories.assignment(
        ambassador,
        status="expanding",
        attempt=3,
        lease_until=timezone.now() - datetime.timedelta(seconds=1),
    )
    queued = factories.assignment(ambassador, status="queued")
    factories.assignment(ambassador)
    sent = []
    monkeypatch.setattr(tasks, "publish", lambda task, pk: sent.append(pk))
    tasks.sweep_assignments()
    dead.refresh_from_db()
    assert (dead.status, dead.error) == ("failed", expand.WORKER_LOST)
    assert sent == [queued.pk]


# --- Later -----------------------------------------------------------------------------------


def test_who_joins_or_falls_below_target_later_is_asked_the_next_night(
    ambassador, digital, skill, release, delivery_manager
):
    falls, stays = delivery_manager(3), delivery_manager(3)
    fields = {"unit": digital, "skill": skill, "audience": "below"}
    later = set_for(ambassador, offered_also_later=True, **fields)
    once = set_for(ambassador, **fields)
    factories.submitted(falls, release, {"Agile working": 1})
    joins = delivery_manager()
    assert expand.requeue_for_newcomers() == 1
    expand.expand_assignment(later.pk)
    expand.expand_assignment(once.pk)
    assert asked_people(later) == {falls, joins}
    assert asked_people(once) == set()
    assert stays not in asked_people(later)


def test_who_rose_above_the_target_stays_asked(
    ambassador, digital, skill, release, delivery_manager
):
    rises = delivery_manager(1)
    made = set_for(ambassador, unit=digital, skill=skill, audience="below", offered_also_later=True)
    factories.submitted(rises, release, {"Agile working": 3})
    expand.requeue_for_newcomers()
    expand.expand_assignment(made.pk)
    assert asked_people(made) == {rises}


def test_nobody_is_asked_after_the_due_date_or_once_it_is_withdrawn(ambassador, digital):
    past = factories.assignment(
        ambassador,
        unit=digital,
        offered_also_later=True,
        due_on=timezone.localdate() - datetime.timedelta(days=1),
    )
    withdrawn = factories.assignment(
        ambassador, unit=digital, offered_also_later=True, withdrawn_at=timezone.now()
    )
    factories.person(unit=digital)
    assert expand.requeue_for_newcomers() == 0
    for made in (past, withdrawn):
        expand.requeue(Assignment.objects.filter(pk=made.pk))
        expand.expand_assignment(made.pk)
        assert not made.people.exists()


# --- Changing --------------------------------------------------------------------------------


def told(person, prefix=""):
    return list(
        Notice.objects.filter(recipient=person, key__contains=prefix).values_list(
            "subject", flat=True
        )
    )


def test_people_who_have_not_finished_are_told_of_a_new_date_and_reminded_anew(
    ambassador, member, line_manager, outsider
):
    made = factories.assignment(ambassador)
    factories.assigned_person(made, member, reminded_before_at=timezone.now())
    factories.assigned_person(
        made, line_manager, declined_at=timezone.now(), decline_reason="No time"
    )
    factories.assigned_person(made, outsider, done_at=timezone.now(), done_on=timezone.localdate())
    later = made.due_on + IN_FOUR_WEEKS
    assert services.change_due_date(assignment=made, due_on=later, by=ambassador)
    assert not services.change_due_date(assignment=made, due_on=later, by=ambassador)
    expand.expand_assignment(made.pk)
    expand.requeue(Assignment.objects.all())
    expand.expand_assignment(made.pk)
    assert told(member) == ["The due date of an assignment has changed"]
    assert told(line_manager) == told(outsider) == []
    assert made.people.get(person=member).reminded_before_at is None


def test_a_date_that_is_changed_back_is_told_again(ambassador, member):
    made = factories.assignment(ambassador, people=[member])
    first = made.due_on
    for day in (first + IN_FOUR_WEEKS, first):
        services.change_due_date(assignment=made, due_on=day, by=ambassador)
        expand.expand_assignment(made.pk)
    assert len(told(member)) == 2


def test_people_are_told_once_that_it_was_withdrawn_even_after_they_left_the_unit(
    ambassador, digital, member, operations
):
    made = set_for(ambassador, unit=digital)
    member.posts.update(unit=operations)
    services.withdraw_assignment(assignment=made, by=ambassador)
    services.withdraw_assignment(assignment=made, by=ambassador)
    expand.expand_assignment(made.pk)
    assert told(member, "withdrawn") == ["An assignment was withdrawn"]
    assert not services.change_due_date(
        assignment=made, due_on=made.due_on + IN_FOUR_WEEKS, by=ambassador
    )


def test_withdrawing_in_the_middle_stops_the_offering(ambassador, digital, monkeypatch):
    monkeypatch.setattr(expand, "PEOPLE_AT_A_TIME", 2)
    for _ in range(6):
        factories.person(unit=digital)
    made = services.set_assignment(by=ambassador, **values(unit=digital))
    write_batch = expand.write_batch

    def then_withdraw(assignment, claim, news, batch, *, percent):
        write_batch(assignment, claim, news, batch, percent=percent)
        services.withdraw_assignment(assignment=made, by=ambassador)

    with monkeypatch.context() as patch:
        patch.setattr(expand, "write_batch", then_withdraw)
        expand.expand_assignment(made.pk)
    assert made.people.count() == 2
    expand.expand_assignment(made.pk)
    assert made.people.count() == 2
    assert Notice.objects.filter(key__endswith=":withdrawn").count() == 2


@pytest.mark.parametrize("delivery", ["both", "portal", "off"])
def test_people_choose_how_they_are_told(ambassador, digital, member, delivery):
    NoticeChoice.objects.create(user=member, kind="assigned", delivery=delivery)
    made = set_for(ambassador, unit=digital)
    assert member in asked_people(made)
    notices = Notice.objects.filter(recipient=member)
    assert [notice.by_email for notice in notices] == {"both": [True], "portal": [False]}.get(
        delivery, []
    )


def test_the_work_does_not_grow_in_queries_with_people(
    ambassador, digital, skill, delivery_manager, django_assert_num_queries
):
    def queries(people):
        for number in range(people):
            delivery_manager(number % 4)
        made = services.set_assignment(
            by=ambassador, **values(unit=digital, skill=skill, audience="below")
        )
        with django_assert_num_queries(15):
            expand.expand_assignment(made.pk)

    queries(2)
    queries(40)


@pytest.mark.parametrize("level", [0, 1, 2, 4])
def test_the_same_queries_run_whatever_the_ratings_are(
    ambassador, digital, skill, delivery_manager, level, django_assert_num_queries
):
    """So that the time it takes tells no more than the pages do."""
    delivery_manager(level)
    made = services.set_assignment(
        by=ambassador, **values(unit=digital, skill=skill, audience="below")
    )
    with django_assert_num_queries(15):
        expand.expand_assignment(made.pk)


# --- How many --------------------------------------------------------------------------------


def preview(by, **fields):
    people = fields.pop("named", 0)
    made = Assignment(
        set_by=by, **{name: value for name, value in values(**fields).items() if name != "form_key"}
    )
    name_what_is_asked([made])
    return how_many(made, named=people)


def test_the_preview_by_gap_is_the_same_whatever_the_ratings_are(
    ambassador, digital, skill, release, delivery_manager
):
    people = [delivery_manager() for _ in range(12)]
    fields = {"unit": digital, "skill": skill, "audience": "below"}
    before = preview(ambassador, **fields)
    assert before.startswith("About 10 people there have a role that needs “Agile working”.")
    for person in people:
        factories.submitted(person, release, {"Agile working": 4})
    assert preview(ambassador, **fields) == before


def test_small_numbers_are_withheld_and_others_rounded(
    ambassador, digital, skill, delivery_manager
):
    everyone, by_gap = {"unit": digital}, {"unit": digital, "skill": skill, "audience": "below"}
    none = preview(ambassador, **by_gap)
    assert none.startswith("Fewer than 10 people, perhaps nobody, there have a role")
    for _ in range(9):
        delivery_manager()
    assert preview(ambassador, **by_gap) == none
    assert "fewer than 10 people" in preview(ambassador, **everyone)
    for _ in range(4):
        delivery_manager()
    assert "about 15 people" in preview(ambassador, **everyone)


def test_a_line_manager_knows_how_many_they_manage_and_anybody_how_many_they_name(
    line_manager, member, ambassador, digital
):
    assert preview(line_manager, team_of=line_manager) == "It is offered to 1 person."
    assert preview(ambassador, unit=digital, audience="named", named=3) == "You name 3 people."


def test_no_query_of_the_preview_reads_a_rating(
    ambassador, digital, skill, delivery_manager, django_assert_num_queries
):
    with django_assert_num_queries(4) as queries:
        preview(ambassador, unit=digital, skill=skill, audience="below")
    assert not any("assessments_rating" in query["sql"] for query in queries.captured_queries)
    made = Assignment(set_by=ambassador, unit=digital, skill=skill, audience="below")
    assert "assessments_rating" in str(posts_to_offer(made).query)


# --- Answering -------------------------------------------------------------------------------


@pytest.fixture
def assigned(ambassador, member):
    return factories.assigned_person(factories.assignment(ambassador), member)


def state(assigned):
    return AssignedPerson.objects.get(pk=assigned.pk).state


def test_accepting_declining_and_accepting_again(assigned, member):
    asked.accept(assigned=assigned, by=member)
    assert state(assigned) == "accepted"
    first = AssignedPerson.objects.get().accepted_at
    asked.accept(assigned=assigned, by=member)
    asked.decline(assigned=assigned, reason="No time", by=member)
    assert state(assigned) == "declined"
    asked.decline(assigned=assigned, reason="Left the project", by=member)
    assert AssignedPerson.objects.get().decline_reason == "Left the project"
    asked.accept(assigned=assigned, by=member)
    assert state(assigned) == "accepted"
    assert AssignedPerson.objects.get().accepted_at == first
    assert AssignedPerson.objects.get().decline_reason == ""


def test_the_first_entry_makes_it_done_and_then_nothing_else_changes_it(assigned, member):
    asked.decline(assigned=assigned, reason="No time", by=member)
    first, second = factories.log_entry(member), factories.log_entry(member)
    asked.mark_done(assigned=assigned, entry=first, by=member)
    asked.mark_done(assigned=assigned, entry=second, by=member)
    done = AssignedPerson.objects.get()
    assert (done.state, done.log_entry, done.done_on) == ("done", first, first.done_on)
    for answer in (
        lambda: asked.accept(assigned=assigned, by=member),
        lambda: asked.decline(assigned=assigned, reason="No", by=member),
    ):
        with pytest.raises(asked.AssignmentClosed):
            answer()


def test_nothing_is_answered_once_it_is_withdrawn_or_by_somebody_else(assigned, member, outsider):
    with pytest.raises(asked.AssignmentClosed):
        asked.accept(assigned=assigned, by=outsider)
    asked.agree_to_be_named(assigned=assigned, is_agreed=True, by=outsider)
    Assignment.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(asked.AssignmentClosed):
        asked.accept(assigned=assigned, by=member)
    asked.mark_done(assigned=assigned, entry=factories.log_entry(member), by=member)
    row = AssignedPerson.objects.get()
    assert (row.state, row.agreed_to_be_named_at) == ("offered", None)


def test_agreeing_to_be_named_and_no_longer(assigned, member):
    asked.agree_to_be_named(assigned=assigned, is_agreed=True, by=member)
    first = AssignedPerson.objects.get().agreed_to_be_named_at
    asked.agree_to_be_named(assigned=assigned, is_agreed=True, by=member)
    assert AssignedPerson.objects.get().agreed_to_be_named_at == first
    asked.agree_to_be_named(assigned=assigned, is_agreed=False, by=member)
    assert AssignedPerson.objects.get().agreed_to_be_named_at is None
