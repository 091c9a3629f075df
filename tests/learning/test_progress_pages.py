"""Progress and impact of an assignment, as those who look after it see them."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from assessments.models import Skill
from learning.models import AnswerCount, AssignmentFigures
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def skill(db):
    release = factories.release()
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


@pytest.fixture
def by_gap(client, ambassador, digital, skill):
    client.force_login(ambassador)
    return factories.assignment(ambassador, unit=digital, skill=skill)


def figures(assignment, **fields):
    return AssignmentFigures.objects.create(
        assignment=assignment, counted_at=timezone.now(), **fields
    )


def page_of(client, assignment):
    return client.get(reverse("learning:assignment_figures", args=[assignment.pk])).text


def test_the_assignment_leads_to_its_figures_and_back(client, by_gap):
    address = reverse("learning:assignment_figures", args=[by_gap.pk])
    assert address in client.get(by_gap.get_absolute_url()).text
    page = client.get(address).text
    assert by_gap.get_absolute_url() in page
    assert "Figures are counted each night" in page


def test_a_band_is_shown_of_those_who_were_asked(client, by_gap):
    figures(by_gap, counted=83, offered_least=25)
    page = page_of(client, by_gap)
    assert "25 to 29 were asked, of about 85 people whose answers are counted." in page
    assert "Nothing to show yet" in page
    assert "There is too little to say anything" in page


@pytest.mark.parametrize("counted", [0, 9, 83])
def test_a_withheld_number_says_nothing_of_its_size(client, by_gap, counted):
    figures(by_gap, counted=counted)
    page = page_of(client, by_gap)
    assert "How many were asked is withheld" in page
    # In the words: a token of a form may hold any digits.
    assert "83" not in BeautifulSoup(page, "html.parser").get_text()


@pytest.mark.parametrize(
    ("audience", "people", "sentence"),
    [
        ("everyone", 3, "Fewer than 10 people were asked."),
        ("everyone", 12, "About 10 people were asked."),
        ("named", 1, "1 person was asked."),
        ("named", 3, "3 people were asked."),
    ],
)
def test_how_many_were_asked_whatever_their_ratings(
    client, ambassador, digital, audience, people, sentence
):
    asked = [factories.person(unit=digital) for _ in range(people)]
    made = factories.assignment(ambassador, unit=digital, people=asked, audience=audience)
    figures(made)
    client.force_login(ambassador)
    page = page_of(client, made)
    assert sentence in page
    assert "What changed" not in page


def test_counts_stand_in_a_table_and_a_picture_with_what_is_withheld(client, by_gap):
    figures(by_gap, counted=200, offered_least=80)
    for day, done in ((2, None), (9, 15), (16, 35)):
        AnswerCount.objects.create(
            assignment=by_gap,
            counted_at=factories.local(2026, 3, day),
            done=done,
            accepted=20 if day == 16 else None,
        )
    page = page_of(client, by_gap)
    for text in ("2 Mar 2026", "9 Mar 2026", "15 to 19", "35 to 39", "20 to 24", "[c]", "<svg"):
        assert text in page


def test_the_change_stands_beside_that_of_comparable_people_with_numbers(client, by_gap):
    given = {
        "counted": 200,
        "finished": 61,
        "matched": 58,
        "compared": 212,
        "finished_tenths": 6,
        "compared_tenths": -1,
        "measured_at": timezone.now(),
    }
    row = figures(by_gap, **given)
    page = page_of(client, by_gap)
    for text in ("What changed in “Agile working”", "about 60", "about 210", "+0.6", "−0.1"):
        assert text in page
    assert "Do not draw a conclusion" in page
    row.is_clear = True
    row.save()
    page = page_of(client, by_gap)
    assert "larger than chance alone" in page
    assert "does not show that the learning was the cause" in page


def test_so_few_names_are_shown_that_enough_people_stay_without(client, by_gap, digital):
    figures(by_gap, counted=60, offered_least=20)
    hour = datetime.timedelta(hours=1)
    for number in range(13):
        person = factories.person(f"Person number {number:02}", unit=digital)
        at = timezone.now() + number * hour
        factories.assigned_person(by_gap, person, agreed_to_be_named_at=at)
    page = client.get(by_gap.get_absolute_url()).text
    assert "Person number 09" in page
    assert "Person number 10" not in page
    assert "Some people who agreed are not shown" in page
    by_gap.figures.delete()
    assert "Person number 12" in client.get(by_gap.get_absolute_url()).text


@pytest.mark.parametrize("number", [1, 20])
def test_the_page_takes_the_same_queries_for_one_count_and_many(
    client, by_gap, digital, number, django_assert_num_queries
):
    figures(by_gap, counted=200, offered_least=80)
    for day in range(number):
        at = timezone.now() - datetime.timedelta(days=day)
        AnswerCount.objects.create(assignment=by_gap, counted_at=at, done=10)
        factories.assigned_person(by_gap, factories.person(unit=digital))
    with django_assert_num_queries(8):
        page_of(client, by_gap)
