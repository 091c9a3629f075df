"""Goals: set, changed, seen to move, taken away."""

import datetime

import pytest
from django.utils import timezone

from learning.models import LevelGoal, MinutesGoal
from tests import factories

pytestmark = pytest.mark.django_db
GOALS = "/learning/goals/"
NEXT_YEAR = timezone.localdate().year + 1


@pytest.fixture
def release(member):
    return factories.release(skills=("Agile working", "Cloud"))


@pytest.fixture
def agile(release):
    return release.skill_versions.get(name="Agile working").skill


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda url=GOALS: client.get(url).content.decode()


def level_data(level=2, *, replaces="", year=NEXT_YEAR):
    return {
        "level": level,
        "reach_by-day": "31",
        "reach_by-month": "3",
        "reach_by-year": str(year),
        "replaces": replaces,
    }


def test_a_goal_of_time_a_month_is_set_and_progress_shown(client, read, member):
    read()
    client.post(GOALS, {"minutes_a_month": "2h", "replaces": ""})
    assert MinutesGoal.objects.get().minutes_a_month == 120
    factories.log_entry(member, duration_minutes=45)
    html = read()
    assert "This month you have logged 45 minutes so far" in html
    assert "Minutes this month: 45 of 120" in " ".join(html.split())
    factories.log_entry(member, duration_minutes=90)
    assert "You have reached it this month, with 2 hours 15 minutes" in read()
    assert "Minutes towards your goal" in read("/learning/")


def test_a_changed_goal_keeps_the_one_before_as_history(client, member):
    client.force_login(member)
    client.post(GOALS, {"minutes_a_month": "60", "replaces": ""})
    first = MinutesGoal.objects.get()
    for _ in range(2):
        client.post(GOALS, {"minutes_a_month": "90", "replaces": first.pk})
    assert MinutesGoal.objects.count() == 2
    assert MinutesGoal.objects.current().get().minutes_a_month == 90


def test_a_second_tab_overwrites_no_goal_unseen(client, member):
    client.force_login(member)
    client.post(GOALS, {"minutes_a_month": "60", "replaces": ""})
    html = client.post(GOALS, {"minutes_a_month": "90", "replaces": ""}).content.decode()
    assert "changed to 1 hour a month in another tab" in html
    current = MinutesGoal.objects.current().get()
    assert current.minutes_a_month == 60
    assert f'name="replaces" value="{current.pk}"' in html


def test_a_level_goal_asks_for_the_skill_then_the_level_and_the_day(client, read, member, agile):
    assert "Agile working" in read("/learning/goals/level/")
    url = f"/learning/goals/level/?skill={agile.pk}"
    assert "Practitioner" in read(url)
    assert client.post(url, level_data(3)).status_code == 302
    goal = LevelGoal.objects.get()
    assert (goal.skill, goal.level) == (agile, 3)
    assert goal.reach_by == datetime.date(NEXT_YEAR, 3, 31)
    html = read()
    assert f"Practitioner by 31 March {NEXT_YEAR}" in html
    assert "Your level now: Not rated" in html


def test_a_level_goal_is_reached_by_a_rating(read, member, release, agile):
    LevelGoal.objects.create(
        person=member, skill=agile, level=2, reach_by=datetime.date(2020, 1, 1)
    )
    factories.submitted(member, release, {"Agile working": 1})
    assert "Date passed" in read()
    factories.submitted(member, release, {"Agile working": 2})
    assert "Reached" in read()


def test_a_second_tab_overwrites_no_level_goal_unseen(client, member, agile):
    client.force_login(member)
    url = f"/learning/goals/level/?skill={agile.pk}"
    client.post(url, level_data(2))
    html = client.post(url, level_data(3)).content.decode()
    assert "This goal was changed to Working by 31 March" in html
    goal = LevelGoal.objects.current().get()
    assert goal.level == 2
    client.post(url, level_data(3, replaces=goal.pk))
    assert LevelGoal.objects.current().get().level == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (level_data(5), "Select a level from the list"),
        (level_data(""), "Select the level you want to reach"),
        (level_data(year=2020), "Reach it by must be today or in the future"),
        (level_data(replaces="x"), "A hidden part of this page was changed"),
    ],
)
def test_what_is_wrong_is_said(client, member, agile, data, message):
    client.force_login(member)
    html = client.post(f"/learning/goals/level/?skill={agile.pk}", data).content.decode()
    assert message in html
    assert not LevelGoal.objects.exists()


@pytest.mark.parametrize(
    ("query", "status"), [("?skill=999", 404), ("?skill=x", 200), ("?skill=", 200), ("", 200)]
)
def test_a_skill_that_is_not_in_force_has_no_goal_page(client, member, agile, query, status):
    client.force_login(member)
    assert client.get(f"/learning/goals/level/{query}").status_code == status


def test_goals_are_taken_away_by_their_owner_alone(client, member, outsider, agile):
    time = MinutesGoal.objects.create(person=member, minutes_a_month=60)
    level = LevelGoal.objects.create(person=member, skill=agile, level=2, reach_by="2030-01-01")
    urls = [f"{GOALS}time/{time.pk}/end/", f"{GOALS}level/{level.pk}/end/"]
    client.force_login(outsider)
    assert [client.post(url).status_code for url in urls] == [404, 404]
    client.force_login(member)
    assert [client.post(url).status_code for url in urls] == [302, 302]
    assert not MinutesGoal.objects.current().exists()
    assert not LevelGoal.objects.current().exists()


def test_goals_take_the_same_queries_for_one_and_for_ten(
    client, member, django_assert_max_num_queries
):
    release = factories.release(skills=tuple(f"Skill {n}" for n in range(10)))
    client.force_login(member)

    def set_goals(versions):
        for version in versions:
            LevelGoal.objects.create(
                person=member, skill=version.skill, level=1, reach_by="2030-01-01"
            )

    set_goals(release.skill_versions.all()[:1])
    with django_assert_max_num_queries(20) as few:
        client.get(GOALS)
    set_goals(release.skill_versions.all()[1:])
    with django_assert_max_num_queries(20) as many:
        client.get(GOALS)
    assert len(many) == len(few)
