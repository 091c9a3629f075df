"""A person rates themselves and their line manager reads it, by links and forms on the pages."""

import datetime

import pytest
from django.utils import timezone

from accounts import services as accounts_services
from assessments.models import GradeRoleLevel, Rating, Release
from tests import factories
from tests.journeys.walk import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def essentials(db):
    """A framework for everyone at HEO, of the shape of the shipped one: 24 skills in 8 areas."""
    release = factories.big_release()
    GradeRoleLevel.objects.create(
        release=release, role_level=factories.role_level_of(release), grade="HEO"
    )
    return release


@pytest.fixture
def profession(db):
    """A framework of roles to choose from."""
    return factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "Cloud", "User focus"),
        targets={"Agile working": 3, "Cloud": 1, "User focus": 2},
    )


def test_a_person_rates_themselves_and_their_line_manager_reads_it(
    member, line_manager, essentials, profession
):
    ned = Visitor(member, at="/skills/")
    assert ned.heading == "Your skills"
    assert "Your line manager is Maud Ferrywell" in ned.text
    assert "24 skills" in ned.text

    ned.follow("Choose your role")
    ned.press("Search", q="delivery")
    ned.follow("Delivery manager")
    assert "3 skills, about 3 minutes to rate" in ned.text
    ned.press("This is my role")
    assert "You will be measured against Delivery manager from today" in ned.text

    ned.press("Start Delivery manager")
    assert "3 skills left, about 3 minutes" in ned.text
    ned.follow("Start")
    assert ned.heading == "Agile working"
    ned.press("Save and continue", evidence="I ran the retrospectives")
    assert "Select your level" in ned.text
    ned.press("Save and continue", level="1", confidence="medium")
    assert ned.heading == "Cloud"
    ned.press("Save and see all skills", level="na", not_applicable_reason="All bought in")
    assert "1 skill left, about 1 minute" in ned.text
    ned.follow("Check your answers")
    assert "Not rated" in ned.text
    assert "Maud Ferrywell , your line manager, will see every answer" in ned.text
    ned.press("Submit")
    assert "Rate the 1 skill left, or confirm" in ned.text
    ned.follow("Rate User focus")
    ned.press("Save and continue", level="0", no_opportunity="on")
    assert ned.heading == "Check your answers"
    assert "I ran the retrospectives" in ned.text
    ned.press("Submit")
    assert ned.heading == "Your result"
    assert "Self-assessment submitted" in ned.text
    assert "2 of 3 skills rated, 1 not applicable. 2 are below the target" in ned.text

    maud = Visitor(line_manager, at="/team/")
    assert "Ned Thornbury" in maud.text
    maud.follow(f"{timezone.localdate():%-d %B %Y}")
    assert maud.heading == "Ned Thornbury"
    assert "I ran the retrospectives" in maud.text
    assert "All bought in" in maud.text


def test_a_person_starts_by_checking_their_post_and_finding_their_role(
    member, line_manager, organisation_administrator, digital, essentials, profession
):
    ned = Visitor(member, at="/skills/")
    ned.follow("Check that your unit, grade and line manager are right")
    assert "Maud Ferrywell" in ned.text
    ned.follow("Something is wrong")
    ned.press("Send the request", grade="SEO", note="Promoted in spring")

    orla = Visitor(organisation_administrator)
    orla.follow("Ned Thornbury asks for a change of their post")
    assert "Promoted in spring" in orla.text
    orla.press("Approve and save the post")
    assert "Ned Thornbury has the new post." in orla.text

    ned.open("/skills/getting-started/")
    assert "Senior executive officer (SEO)" in ned.text
    ned.press("This is right")
    assert ned.heading == "Choose your role"
    ned.press("Search", q="scrum mastr")
    ned.follow("Delivery manager")
    ned.press("This is my role")
    assert "You will be measured against Delivery manager" in ned.text
    ned.press("Start")
    assert "3 skills left" in ned.text


def test_a_person_rates_again_after_the_framework_changed(member, line_manager, essentials):
    levels = {one.name: 1 for one in essentials.skill_versions.all()}
    last = timezone.now() - datetime.timedelta(days=60)
    factories.submitted(member, essentials, levels, to=line_manager, at=last)
    day = f"{timezone.localtime(last):%-d %B %Y}"
    publish_next(essentials, changed="Skill 1 1")
    ned = Visitor(member, at="/skills/")
    assert f"Submitted on {day}" in ned.text
    ned.press("Rate again")
    assert "1 skill left" in ned.text
    assert "Skill 1 1: Working: 1 new and 1 taken out of its statements" in ned.text
    ned.follow("Skill 1 1")
    assert f"This is your answer of {day}. The framework describes this skill diff" in ned.text
    ned.press("Save and continue", level="3")
    assert ned.heading == "Check your answers"
    assert "23 of these answers are from last time" in ned.text
    ned.press("Submit")
    assert "Confirm that your 23 answers from last time are still right" in ned.text
    ned.follow("All skills")
    ned.press("Confirm these 23 answers")
    assert "You have confirmed 23 answers." in ned.text
    ned.follow("Check your answers")
    ned.press("Submit")
    assert Rating.objects.current().filter(person=member).count() == 24
    assert Rating.objects.filter(person=member).count() == 48
    ned.follow("Your skills")
    assert f"Submitted on {day}" not in ned.text


def publish_next(release, *, changed):
    """The framework's next release, the same but for one statement of a skill."""
    Release.objects.filter(pk=release.pk).update(superseded_at=timezone.now())
    names = [one.name for one in release.skill_versions.all()]
    following = factories.release(
        framework=release.framework, skills=names, published_at=timezone.now()
    )
    GradeRoleLevel.objects.create(
        release=following, role_level=factories.role_level_of(following), grade="HEO"
    )
    level = following.skill_versions.get(name=changed).levels.get(value=2)
    level.statements.filter(position=1).update(text="do it in a new way")


def test_a_person_in_a_hurry_rates_an_area_at_once_and_ticks_statements(member, essentials):
    ned = Visitor(member, at="/skills/")
    ned.press("Start")
    ned.follow("In a hurry? Rate Area 1 on one page")
    ned.press("Save and see all skills", **{"skill-1-1-level": "2", "skill-1-2-level": "0"})
    assert "22 skills left" in ned.text
    ned.follow("Skill 1 3")
    ned.follow("Tick statements instead")
    first = ned.page.select("input[name=level-1]")
    ned.press("Save and see the suggested level", **{"level-1": [one["value"] for one in first]})
    assert "The statements you ticked suggest Awareness" in ned.text
    ned.press("Save and see all skills", level="2")
    assert "Enter why another level describes you better" in ned.text
    ned.press("Save and see all skills", level="2", override_reason="I did it for two years")
    assert "21 skills left" in ned.text


def test_a_person_leaves_and_comes_back_on_another_device(member, essentials):
    at_desk = Visitor(member, at="/skills/")
    at_desk.press("Start")
    at_desk.follow("Start")
    at_desk.press("Save and continue", level="2", evidence="At my desk")
    on_train = Visitor(member, at="/skills/")
    assert "1 of 24 skills answered" in on_train.text
    on_train.follow("Continue")
    on_train.follow("Skill 1 1")
    assert "At my desk" in on_train.text


def test_two_tabs_disagree_and_the_person_decides(member, essentials):
    first = Visitor(member, at="/skills/")
    first.press("Start")
    first.follow("Start")
    second = Visitor(member, at=first.address)
    first.press("Save and continue", level="1", evidence="In the first tab")
    second.press("Save and continue", level="3", evidence="In the second tab")
    assert second.status == 409
    assert second.heading == "Choose which answer to keep"
    assert "In the first tab" in second.text
    assert "In the second tab" in second.text
    second.press("Keep the answer on this page")
    second.follow("All skills")
    second.follow("Skill 1 1")
    assert "In the second tab" in second.text

    third = Visitor(member, at=second.address)
    second.press("Save and continue", level="2")
    third.press("Save and continue", level="4")
    third.follow("Use the saved answer")
    third.follow("All skills")
    assert "Skill 1 1 Working" in third.text


def test_a_session_that_ends_while_typing_loses_nothing(member, essentials):
    ned = Visitor(member, at="/skills/")
    ned.press("Start")
    ned.follow("Start")
    ned.client.session.flush()
    ned.press("Save and continue", level="2", evidence="Half an hour of typing")
    assert ned.address.startswith("/account/login/")
    ned.sign_in(member)
    assert "You were signed out before this answer was saved" in ned.text
    assert "Half an hour of typing" in ned.text
    ned.press("Save and continue")
    assert ned.heading == "Skill 1 2"
    assert "1 of 24" in Visitor(member, at="/skills/").text


def test_a_new_line_manager_is_named_before_anything_is_shared(member, digital, essentials):
    ned = Visitor(member, at="/skills/")
    ned.press("Start")
    ned.follow("Start")
    ned.press("Save and see all skills", level="2")
    ned.follow("Check your answers")
    newcomer = factories.person("Nora Pell", unit=digital, grade="G7")
    accounts_services.start_post(
        person=member,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    ned.press("Submit", leave_unrated="on")
    assert "Your line manager changed while you were on this page" in ned.text
    assert "Nora Pell , your line manager" in ned.text
    ned.press("Submit")
    assert "to Nora Pell" in ned.text
