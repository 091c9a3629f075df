"""Where could I go from here: the nearest role levels, and any role level as a target."""

import time

import pytest

from assessments import reading
from assessments.models import Requirement, Skill
from assessments.services.frameworks import load_shipped_frameworks
from tests import factories

pytestmark = pytest.mark.django_db
DIRECTIONS = "/skills/directions/"
SKILLS = ("Agile working", "Cloud", "User focus")


@pytest.fixture
def release(db):
    """Three skills, and three roles that need them at 3, 1, 2; at 0, 4, 0 and at 4, 0, 3."""
    release = factories.release(
        framework=factories.framework("digital-and-data"),
        skills=SKILLS,
        targets={"Agile working": 3, "Cloud": 1, "User focus": 2},
    )
    add_role(release, "Cloud engineer", Cloud=4)
    add_role(release, "Delivery lead", **{"Agile working": 4, "User focus": 3})
    return release


def add_role(release, name, **targets):
    made = factories.role_level(name, release=release)
    for skill, target in targets.items():
        Requirement.objects.create(
            release=release,
            role_level=made,
            skill=Skill.objects.get(versions__release=release, versions__name=skill),
            target=target,
        )
    return made


@pytest.fixture
def rated(member, release):
    levels = {"Agile working": 3, "Cloud": 2, "User focus": None}
    return factories.submitted(member, release, levels)


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda url, **query: client.get(url, query).content.decode()


def role_level(release, name):
    return release.role_level_versions.get(name=name).role_level


def url_of(release, name):
    return f"{DIRECTIONS}{role_level(release, name).pk}/"


def test_the_nearest_role_comes_first_with_what_it_would_take(read, release, rated):
    html = read(DIRECTIONS)
    names = ["Delivery manager", "Cloud engineer", "Delivery lead"]
    # missing 2 (user focus) + half of 1 → 2.5; 2 + half of 3 → 3.5; 1 + 3 + half of 2 → 5
    assert sorted(names, key=html.index) == names
    assert "2 of 3" in html
    assert url_of(release, "Cloud engineer").removeprefix(DIRECTIONS) in html


def test_own_roles_are_left_out(read, member, release, rated):
    factories.chosen_role_level(member, role_level(release, "Delivery manager"))
    html = read(DIRECTIONS)
    assert ">Delivery manager<" not in html
    assert ">Delivery lead<" in html


def test_without_ratings_in_the_framework_the_page_says_what_to_do(read, member, release):
    assert "we need some of your ratings" in read(DIRECTIONS)
    elsewhere = factories.release(skills=("Spelling",))
    factories.submitted(member, elsewhere, {"Spelling": 3})
    html = read(DIRECTIONS)
    assert ">Cloud engineer<" not in html


def test_any_role_is_found_as_a_target(read, release, rated):
    html = read(DIRECTIONS, q="clowd enginer")
    assert url_of(release, "Cloud engineer") in html
    assert "No role has these words" in read(DIRECTIONS, q="astronaut")


def test_a_target_shows_what_is_met_missing_unknown_and_unused(read, release, rated):
    html = read(url_of(release, "Delivery manager"))
    assert "You meet 2 of the 3 skills" in html
    assert "1 is unknown" in html
    assert "User focus (not applicable today)" in html
    assert "Cloud: Working, Awareness is enough" in html
    lead = read(url_of(release, "Delivery lead"))
    assert "Agile working: 1 level</li>" in lead
    assert "Cloud: Working</li>" in lead


def test_a_target_without_ratings_is_all_unknown_and_no_gap(read, release):
    html = read(url_of(release, "Cloud engineer"))
    assert "You meet 0 of the 1 skill" in html
    assert "What you would have to gain" not in html


@pytest.mark.parametrize("key", ["0", "999999", str(10**18)])
def test_an_unknown_target_is_not_found(client, member, release, key):
    client.force_login(member)
    assert client.get(f"{DIRECTIONS}{key}/").status_code == 404


def test_other_peoples_ratings_do_not_count(client, line_manager, member, release):
    factories.submitted(member, release, {"Agile working": 3}, to=line_manager)
    client.force_login(line_manager)
    assert "we need some of your ratings" in client.get(DIRECTIONS).content.decode()


def test_earlier_ratings_do_not_count(read, member, release, rated):
    factories.submitted(member, release, {"Agile working": 4, "User focus": 3})
    assert "Delivery lead" in read(DIRECTIONS).split("<tbody")[1].split("</tr>")[0]


def test_the_pages_take_the_same_queries_for_three_roles_and_for_thirty(
    read, release, rated, django_assert_max_num_queries
):
    counts = []
    for more in (0, 27):
        for number in range(more):
            add_role(release, f"Role {number}", Cloud=1 + number % 4)
        with django_assert_max_num_queries(25) as listed:
            read(DIRECTIONS, q="role", show="all")
        with django_assert_max_num_queries(25) as one:
            read(url_of(release, "Delivery manager"))
        counts.append((len(listed), len(one)))
    assert counts[0] == counts[1]


def test_all_role_levels_of_the_shipped_framework_take_less_than_two_hundred_milliseconds(member):
    load_shipped_frameworks()
    skills = Skill.objects.filter(framework__slug="gdd").values_list("pk", flat=True)
    levels = {skill: number % 5 for number, skill in enumerate(skills)}
    taken = []
    for _ in range(5):  # the quickest says what the work takes, whatever else the machine does
        start = time.perf_counter()
        fits = reading.nearest_role_levels(levels)
        taken.append(time.perf_counter() - start)
    assert len(fits) == 201  # of 205: four list their skills without saying how much of each
    assert min(taken) < 0.2, f"{min(taken):.3f} seconds"
