"""A line manager with twelve people, one who is away and one who takes over, as they walk."""

import pytest
from django.utils import timezone

from accounts import services as accounts_services
from accounts.models import Notice
from assessments.models import GradeRoleLevel, Rating, ReviewAnswer
from tests import factories
from tests.journeys.walk import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def release(db):
    """A framework of three skills for everybody at HEO."""
    made = factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "Cloud", "User focus"),
        targets={"Agile working": 3, "Cloud": 1, "User focus": 2},
    )
    GradeRoleLevel.objects.create(
        release=made, role_level=factories.role_level_of(made), grade="HEO"
    )
    return made


@pytest.fixture
def submitted(member, line_manager, release):
    levels = {"Agile working": 1, "Cloud": 1, "User focus": 3}
    return factories.submitted(member, release, levels, to=line_manager)


def field(rating, part):
    return f"rating-{rating.pk}-{part}"


def test_a_line_manager_of_twelve_works_through_the_queue(
    member, line_manager, digital, release, submitted
):
    for number in range(11):
        person = factories.person(
            f"Colleague {number}", unit=digital, grade="HEO", line_manager=line_manager
        )
        if number < 9:
            factories.submitted(person, release, {"Agile working": 2}, to=line_manager)
    maud = Visitor(line_manager, at="/team/")
    assert "12 people have you as line manager. 2 have something not yet submitted" in maud.text
    assert "Nobody" in maud.text

    maud.follow("Reviews: what waits for your answer, and reminders")
    assert maud.text.count("Not started") == 10
    maud.press("Remind everybody not yet reminded")
    assert "2 people will be asked to submit" in maud.text
    assert "Remind everybody" not in maud.text

    maud.follow("Ned Thornbury: Delivery manager")
    agile = submitted.ratings.get(skill__slug="agile-working")
    cloud = submitted.ratings.get(skill__slug="cloud")
    focus = submitted.ratings.get(skill__slug="user-focus")
    maud.press("Save and carry on later", **{field(cloud, "kind"): "agree"})
    assert "1 of 3 answered and saved, 2 without an answer" in maud.text
    maud.press(
        "Finish and send",
        **{
            field(agile, "kind"): "level",
            field(agile, "level"): "2",
            field(focus, "kind"): "evidence",
            field(focus, "reason"): "Which users did you meet?",
        },
    )
    assert "Agile working: Enter why you see another level" in maud.text
    maud.press("Finish and send", **{field(agile, "reason"): "You led the move to sprints"})
    assert "Ned Thornbury has been sent your answers" in maud.text
    assert Rating.objects.get(pk=agile.pk).level == 1

    ned = Visitor(member, at="/")
    ned.follow("Maud Ferrywell has answered your self-assessment")
    assert "You led the move to sprints" in ned.text
    ned.follow("Reply", nth=2)
    ned.press("Send reply", reply="The harbour pilots, in June")
    assert "Your reply is sent" in ned.text

    maud.open("/reviews/")
    maud.follow("Ned Thornbury: User focus")
    assert "The harbour pilots, in June" in maud.text
    maud.follow("answer again")
    maud.press("Finish and send", **{field(focus, "kind"): "agree"})
    assert "Ned Thornbury has been sent your answers" in maud.text
    assert ReviewAnswer.objects.filter(rating=focus).count() == 2
    assert "Superseded" in maud.text


def test_somebody_covers_for_a_line_manager_who_is_away(member, line_manager, outsider, submitted):
    today = timezone.localdate()
    olive = Visitor(outsider, at="/")
    assert "Your team" not in olive.page.text
    maud = Visitor(line_manager, at="/team/")
    maud.follow("Cover while you are away")
    days = {
        f"{name}-{part}": str(getattr(today, part))
        for name in ("first_day", "last_day")
        for part in ("day", "month", "year")
    }
    maud.press("Arrange cover", cover=outsider.email, **days)
    assert "Olive Quillmoor covers for you" in maud.text

    ned = Visitor(member, at="/skills/")
    ned.follow("Shared with: who can see what you submitted")
    assert "Olive Quillmoor covers for Maud Ferrywell" in ned.text

    olive.open("/")
    olive.follow("Your team")
    olive.follow("Reviews: what waits for your answer, and reminders")
    assert "You cover for Maud Ferrywell until" in olive.text
    olive.follow("Ned Thornbury: Delivery manager")
    fields = {field(rating, "kind"): "agree" for rating in submitted.ratings.all()}
    address = olive.address
    olive.press("Finish and send", **fields)
    assert "Ned Thornbury has been sent your answers" in olive.text

    maud.press("End")
    olive.open(address)
    assert olive.status == 404
    ned.open(f"/self-assessments/{submitted.pk}/answers/")
    assert "Olive Quillmoor for Maud Ferrywell" in ned.text


def test_a_person_moves_and_takes_along_what_they_choose(
    member, line_manager, digital, operations, submitted
):
    factories.reviewed(submitted, {"Cloud": "agree"}, by=line_manager)
    newcomer = factories.person("Nell Brightwater", unit=operations, grade="G7")
    maud = Visitor(line_manager, at=submitted.get_absolute_url())
    assert maud.heading == "Ned Thornbury"
    accounts_services.start_post(
        person=member,
        unit=operations,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    maud.open(submitted.get_absolute_url())
    assert maud.status == 404
    nell = Visitor(newcomer, at="/team/")
    assert "Ned Thornbury" in nell.text
    assert "1 has something not yet submitted" in nell.text

    ned = Visitor(member, at="/skills/")
    ned.follow("See your result")
    ned.follow("What your line manager answered")
    assert "Maud Ferrywell" in ned.text, "history travels with the person"
    ned.open("/skills/sharing/")
    assert "Only you (submitted to Maud Ferrywell)" in ned.text
    ned.press("Share with Nell Brightwater")
    assert "Nell Brightwater can now see it" in ned.text

    nell.open("/")
    nell.follow("Ned Thornbury has shared an earlier self-assessment with you")
    nell.follow("What was answered")
    assert "Agree , Maud Ferrywell" in nell.text
    ned.press("Stop sharing")
    nell.open(submitted.get_absolute_url())
    assert nell.status == 404
    assert Notice.objects.filter(recipient=newcomer).count() == 1
