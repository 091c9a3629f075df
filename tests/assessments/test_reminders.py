"""Reminders of stale ratings: once, to those whom it concerns, unless they turned it off."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Notice, NoticeChoice
from assessments.models import GradeRoleLevel, PostRoleLevel, Requirement
from assessments.services.reminders import remind_of_stale_ratings
from tests import factories

pytestmark = pytest.mark.django_db
OLD = 500


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud"))


@pytest.fixture
def rate(release):
    """Rate somebody so many days ago, against a role level they have chosen."""

    def rate(person, *, days_ago=OLD):
        level = factories.role_level_of(release)
        if not PostRoleLevel.objects.filter(post__person=person).exists():
            factories.chosen_role_level(person, level)
        at = timezone.now() - datetime.timedelta(days=days_ago)
        return factories.submitted(person, release, {"Agile working": 1, "Cloud": 2}, at=at)

    return rate


def test_one_notice_however_often_it_runs(member, rate):
    rate(member)
    assert [remind_of_stale_ratings() for _ in range(3)] == [1, 0, 0]
    notice = Notice.objects.get()
    assert notice.recipient == member
    assert "2 of your ratings are more than 12 months old" in notice.body
    assert notice in Notice.objects.waiting()


def test_a_fresh_rating_is_left_alone(member, rate, settings):
    rate(member, days_ago=300)
    assert remind_of_stale_ratings() == 0
    settings.RATING_STALE_MONTHS = 6
    assert remind_of_stale_ratings() == 1


def test_after_submitting_again_a_later_reminder_comes_anew(member, rate):
    rate(member, days_ago=900)
    remind_of_stale_ratings()
    rate(member, days_ago=450)
    assert remind_of_stale_ratings() == 1
    assert Notice.objects.count() == 2


def test_what_no_post_of_today_asks_for_is_nobodys_concern(member, rate):
    rate(member)
    PostRoleLevel.objects.update(ended_on=timezone.localdate())
    assert remind_of_stale_ratings() == 0


def test_skills_that_come_with_a_grade_count(member, rate, release):
    rate(member)
    PostRoleLevel.objects.all().delete()
    GradeRoleLevel.objects.create(
        release=release, role_level=factories.role_level_of(release), grade="HEO"
    )
    Requirement.objects.filter(skill__slug="cloud").delete()
    remind_of_stale_ratings()
    assert "1 of your ratings is" in Notice.objects.get().body


def test_people_who_left_and_people_who_turned_it_off_get_nothing(digital, rate):
    leaver, off, portal = (factories.person(unit=digital) for _ in range(3))
    for person in (leaver, off, portal):
        rate(person)
    leaver.is_active = False
    leaver.save()
    NoticeChoice.objects.create(user=off, kind="stale", delivery="off")
    NoticeChoice.objects.create(user=portal, kind="stale", delivery="portal")
    assert remind_of_stale_ratings() == 1
    notice = Notice.objects.get()
    assert (notice.recipient, notice.by_email) == (portal, False)


def test_it_takes_the_same_queries_for_two_people_and_for_twelve(
    digital, rate, django_assert_max_num_queries
):
    counts = []
    for count in (2, 10):
        for _ in range(count):
            rate(factories.person(unit=digital))
        with django_assert_max_num_queries(20) as made:
            remind_of_stale_ratings()
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert Notice.objects.count() == 12


def test_more_people_than_one_batch_are_all_reminded(digital, rate, monkeypatch):
    monkeypatch.setattr("assessments.services.reminders.PEOPLE_AT_A_TIME", 2)
    for _ in range(5):
        rate(factories.person(unit=digital))
    assert remind_of_stale_ratings() == 5


def test_the_home_page_says_how_many_are_old(client, member, rate):
    client.force_login(member)
    assert "of your ratings" not in client.get("/").content.decode()
    rate(member)
    assert "2 of your ratings are old" in client.get("/").content.decode()
