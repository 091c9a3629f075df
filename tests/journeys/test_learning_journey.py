"""A person finds something to learn from, logs it, shares it and sees their year; a colleague's
suggestion reaches them through an ambassador."""

import pytest
from django.utils import timezone

from tests import factories
from tests.journeys.walk import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def release(member):
    made = factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "Cloud"),
        targets={"Agile working": 3, "Cloud": 1},
    )
    factories.chosen_role_level(member, factories.role_level_of(made))
    return made


def test_a_person_learns_logs_shares_and_sees_their_year(member, line_manager, release):
    agile = release.skill_versions.get(name="Agile working").skill
    factories.resource("Running retrospectives", skills=[agile], duration_minutes=40)

    ned = Visitor(member, at="/")
    ned.follow("Your learning")
    assert "Nothing yet" in ned.text
    ned.press("Log it", title="Coffee with the delivery team", duration_minutes="20", time="work")
    assert "Logged: Coffee with the delivery team" in ned.text
    assert "20 minutes: 20 minutes of work time and 0 minutes of your own" in ned.text

    ned.follow("More to learn next, with the reasons")
    assert "Delivery manager asks for “Agile working” at Practitioner" in ned.text
    ned.follow("Running retrospectives")
    ned.follow("Log that you did this")
    ned.press("Log it", time="own")
    assert "Has your level changed?" in ned.text
    ned.follow("See, change or share this entry")
    assert "40 minutes" in ned.text
    ned.press("Share with your line manager")
    assert "Maud Ferrywell can now see this entry" in ned.text

    maud = Visitor(line_manager, at="/learning/")
    maud.follow("Entries shared with you")
    maud.follow("Running retrospectives")
    assert maud.text.startswith("Shared by Ned Thornbury")

    ned.press("Delete entry")
    ned.press("Undo")
    assert "is back in your log" in ned.text
    ned.follow("Your year: totals and chart")
    assert "2 entries, 1 hour: 20 minutes of work time and 40 minutes of your own" in ned.text

    ned.open("/learning/goals/")
    ned.press("Save goal", minutes_a_month="2h")
    assert "This month you have logged 1 hour so far" in ned.text
    ned.press("Continue", skill=str(agile.pk))
    ned.press(
        "Save goal",
        level="3",
        **{
            "reach_by-day": "31",
            "reach_by-month": "March",
            "reach_by-year": str(timezone.localdate().year + 1),
        },
    )
    assert "Practitioner by 31 March" in ned.text


def test_a_suggestion_reaches_colleagues_through_an_ambassador(member, ambassador, release):
    agile = release.skill_versions.get(name="Agile working").skill
    ned = Visitor(member, at="/learning/resources/")
    ned.follow("Suggest a resource")
    ned.press(
        "Suggest it",
        title="Show the thing",
        url="https://www.example.gov.uk/show",
        format="video",
        skills=[str(agile.pk)],
    )
    assert "An ambassador will decide, and you will be told" in ned.text

    ambrose = Visitor(ambassador, at="/learning/resources/")
    ambrose.follow("1 suggestion to decide on")
    ambrose.follow("Show the thing")
    ambrose.press("Confirm", decision="all")
    assert "is in the catalogue" in ambrose.text

    ned.open("/")
    assert "was approved" in ned.text
    ned.open("/learning/resources/")
    ned.press("Search", q="showing things")
    ned.follow("Show the thing")
    assert "Offered to everybody, in every department" in ned.text
