"""A person rates themselves and their line manager reads it, by links and forms on the pages."""

import pytest
from django.utils import timezone

from accounts import services as accounts_services
from assessments.models import GradeRoleLevel, Rating
from tests import factories
from tests.journeys.walk import Visitor

pytestmark = pytest.mark.django_db


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


def test_a_person_rates_again_from_their_last_answers(member, line_manager, essentials):
    levels = {one.name: 1 for one in essentials.skill_versions.all()}
    factories.submitted(member, essentials, levels, to=line_manager, at=factories.local(2025, 3, 3))
    ned = Visitor(member, at="/skills/")
    assert "Submitted on 3 March 2025" in ned.text
    ned.press("Rate again")
    assert "We filled in 24 of your last answers" in ned.text
    ned.follow("Skill 1 1")
    assert "This is your answer of 3 March 2025" in ned.text
    ned.press("Save and continue", level="3")
    assert ned.heading == "Check your answers"
    assert "23 of these answers are from last time" in ned.text
    ned.press("Submit")
    assert Rating.objects.current().filter(person=member).count() == 24
    assert Rating.objects.filter(person=member).count() == 48
    ned.follow("Your skills")
    assert "Submitted on 3 March 2025" not in ned.text


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
