"""A line manager's direct reports."""

import pytest
from django.utils import timezone

from accounts import services as accounts_services
from assessments.models import GradeRoleLevel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release(framework=factories.framework("digital-and-data"))


@pytest.fixture
def read(client, line_manager):
    """What the line manager reads."""
    client.force_login(line_manager)
    return lambda: client.get("/team/").content.decode()


def test_the_team_comes_from_posts(read, member, outsider):
    html = read()
    assert "Ned Thornbury" in html
    assert "Olive Quillmoor" not in html


def test_each_person_shows_what_they_are_measured_against_and_submitted(
    read, member, line_manager, release
):
    level = factories.role_level_of(release)
    factories.chosen_role_level(member, level)
    assert "Delivery manager" in read()
    assert "Not yet submitted" in read()
    done = factories.submitted(
        member, release, {"Agile working": 1}, to=line_manager, at=factories.local(2026, 3, 3)
    )
    html = read()
    assert "3 March 2026" in html
    assert done.get_absolute_url() in html


def test_the_newest_submission_is_shown(read, member, line_manager, release):
    factories.chosen_role_level(member, factories.role_level_of(release))
    for month in (5, 3, 4):
        factories.submitted(
            member, release, {}, to=line_manager, at=factories.local(2026, month, 3)
        )
    assert "3 May 2026" in read()


def test_the_role_level_of_a_grade_is_shown_by_the_frameworks_name(read, member, release):
    GradeRoleLevel.objects.create(
        release=release, role_level=factories.role_level_of(release), grade="HEO"
    )
    assert "Digital and data" in read()


def test_a_draft_leaves_no_trace_on_the_team_page(read, member, release):
    factories.chosen_role_level(member, factories.role_level_of(release))
    before = read()
    draft = factories.draft(member, release)
    factories.answer(draft, "Agile working", 1)
    without_token = [line for line in read().splitlines() if "csrf" not in line]
    assert without_token == [line for line in before.splitlines() if "csrf" not in line]


def test_what_was_submitted_to_an_earlier_line_manager_is_not_shown(
    client, read, member, digital, line_manager, release
):
    factories.submitted(member, release, {"Agile working": 1}, to=line_manager)
    newcomer = factories.person(unit=digital)
    post = accounts_services.start_post(
        person=member,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    post.role_levels.create(
        role_level=factories.role_level_of(release), started_on=timezone.localdate()
    )
    assert "Ned Thornbury" not in read()
    client.force_login(newcomer)
    html = client.get("/team/").content.decode()
    assert "Ned Thornbury" in html
    assert "Not yet submitted" in html


def test_somebody_who_manages_nobody_is_told_so(client, outsider):
    client.force_login(outsider)
    assert "Nobody has you as their line manager" in client.get("/team/").content.decode()


def test_the_team_page_takes_the_same_queries_for_one_person_and_for_twelve(
    client, member, line_manager, digital, release, django_assert_max_num_queries
):
    def add(person):
        factories.chosen_role_level(person, factories.role_level_of(release))
        factories.submitted(person, release, {"Agile working": 2}, to=line_manager)

    add(member)
    client.force_login(line_manager)
    with django_assert_max_num_queries(12) as few:
        client.get("/team/")
    for _ in range(11):
        add(factories.person(unit=digital, line_manager=line_manager))
    with django_assert_max_num_queries(12) as many:
        client.get("/team/")
    assert len(many) == len(few)
