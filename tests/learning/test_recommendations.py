"""What to learn next: the weights as a table of cases, then the pages."""

import datetime

import pytest
from django.utils import timezone

from learning.models import LevelGoal, ResourceOutcome
from learning.recommendations import Offer, Want, recommend, score, without_offer
from tests import factories

SCALE = ("Awareness", "Working", "Practitioner", "Expert")


def want(name="Agile working", *, pk=1, target=2, level=1, **fields):
    return Want(pk, name, SCALE, target=target, needed_by=("Your role",), level=level, **fields)


def offer(title="Course", *, pk=1, skills=(1,), **fields):
    return Offer(pk, title, frozenset(skills), **fields)


def titles(wants, offers, limit=10):
    return [one.offer.title for one in recommend(wants, offers, limit=limit)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((want(level=0), offer()), (want(level=1), offer())),
        ((want(target=4, level=3), offer()), (want(target=2, level=1), offer())),
        ((want(level=1), offer()), (want(level=None), offer())),
        ((want(wished=3), offer()), (want(), offer())),
        ((want(wished=2), offer()), (want(target=None, wished=2), offer())),
        ((want(), offer(tenths=8, improved="-")), (want(), offer())),
        ((want(), offer()), (want(), offer(tenths=1, improved="-"))),
        ((want(), offer(level_from=2, level_to=3)), (want(), offer())),
        ((want(), offer()), (want(), offer(level_from=3, level_to=4))),
    ],
    ids=[
        "a wider gap",
        "a higher target",
        "a known gap before an unknown one",
        "a wish",
        "a need",
        "good evidence",
        "no evidence before poor evidence",
        "the next level",
        "unstated before other levels",
    ],
)
def test_each_weight_counts_on_its_own(better, worse):
    assert score(*better) > score(*worse)


def test_the_documented_example_adds_up():
    """Two levels missing, target 3 of 4, wished, 6 in 10, meant for the next level."""
    assert score(
        want(target=3, level=1, wished=3), offer(level_from=2, level_to=2, tenths=6)
    ) == pytest.approx(1.5 * 0.875 * 2 * 1.2 * 1.2)


@pytest.mark.parametrize("met", [want(level=2), want(level=3), want(target=None, level=1)])
def test_nothing_missing_gives_nothing(met):
    assert recommend([met], [offer()], limit=5) == []
    assert without_offer([met], []) == []


def test_a_wish_reaches_beyond_the_target():
    (one,) = recommend([want(level=2, wished=3)], [offer()], limit=5)
    assert one.reasons == ("Your goal is “Agile working” at Practitioner. You are at Working.",)


@pytest.mark.parametrize(
    ("wanted", "offered", "reasons"),
    [
        (
            want(),
            offer(),
            ("Your role asks for “Agile working” at Working. You are at Awareness.",),
        ),
        (
            want(level=None),
            offer(),
            ("Your role asks for “Agile working” at Working. You have not rated it yet.",),
        ),
        (
            want(level=0, wished=1, wished_by=datetime.date(2027, 3, 31)),
            offer(level_from=1, level_to=1, tenths=6, improved="About 6 in 10."),
            (
                "Your role asks for “Agile working” at Working. You rated it “Not yet”.",
                "Your goal is “Agile working” at Awareness by 31 March 2027.",
                "It is meant for your next level, Awareness.",
                "About 6 in 10.",
            ),
        ),
    ],
)
def test_each_recommendation_says_why(wanted, offered, reasons):
    (one,) = recommend([wanted], [offered], limit=5)
    assert one.reasons == reasons


def test_one_skill_does_not_fill_the_list():
    wants = [want(level=0), want("Cloud", pk=2)]
    offers = [offer(f"Agile {n}", pk=n) for n in range(5)] + [offer("Cloud", pk=9, skills=[2])]
    assert titles(wants, offers) == ["Agile 0", "Agile 1", "Cloud"]
    assert titles(wants, offers, limit=1) == ["Agile 0"]


def test_a_resource_for_two_missing_skills_comes_before_one_for_either():
    wants = [want(), want("Cloud", pk=2)]
    offers = [offer("Agile", pk=1), offer("Both", pk=2, skills=[1, 2])]
    assert titles(wants, offers) == ["Both", "Agile"]
    assert recommend(wants, offers, limit=1)[0].reasons[-1] == "It is also for “Cloud”."


def test_skills_that_nothing_is_for_are_named():
    wants = [want(), want("Cloud", pk=2, level=0), want("Data", pk=3)]
    assert [one.name for one in without_offer(wants, [offer()])] == ["Cloud", "Data"]


# --- The pages -------------------------------------------------------------------------------


@pytest.fixture
def release(member):
    made = factories.release(
        skills=("Agile working", "Cloud", "User focus"),
        targets={"Agile working": 3, "Cloud": 1},
    )
    factories.chosen_role_level(member, factories.role_level_of(made))
    return made


def skill(release, name):
    return release.skill_versions.get(name=name).skill


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda url="/learning/next/": client.get(url).content.decode()


@pytest.mark.django_db
def test_the_page_ranks_what_the_person_lacks(read, member, release):
    factories.resource("Agile course", skills=[skill(release, "Agile working")])
    factories.resource("Cloud course", skills=[skill(release, "Cloud")])
    factories.submitted(member, release, {"Agile working": 1, "Cloud": 1})
    html = read()
    assert "Agile course" in html
    assert (
        "Delivery manager asks for “Agile working” at Practitioner. You are at Awareness." in html
    )
    assert "Cloud course" not in html
    assert "Agile course" in read("/learning/")


@pytest.mark.django_db
def test_what_is_logged_is_recommended_no_more(read, member, release):
    made = factories.resource("Agile course", skills=[skill(release, "Agile working")])
    assert "Agile course" in read()
    factories.log_entry(member, resource=made)
    assert "Agile course" not in read()


@pytest.mark.django_db
def test_a_goal_brings_in_a_skill_the_role_does_not_need(read, member, release):
    factories.resource("Users course", skills=[skill(release, "User focus")])
    assert "Users course" not in read()
    LevelGoal.objects.create(
        person=member, skill=skill(release, "User focus"), level=2, reach_by="2030-01-01"
    )
    assert "Your goal is “User focus” at Working by 1 January 2030." in read()


@pytest.mark.django_db
def test_a_skill_that_does_not_apply_is_left_out(read, member, release):
    factories.resource("Agile course", skills=[skill(release, "Agile working")])
    factories.submitted(member, release, {"Agile working": None, "Cloud": 0})
    html = read()
    assert "Agile course" not in html
    assert "Nothing more in the catalogue for" in html
    assert "Cloud" in html


@pytest.mark.django_db
def test_evidence_is_told_only_where_it_is_published(read, member, release):
    made = factories.resource("Agile course", skills=[skill(release, "Agile working")])
    row = ResourceOutcome.objects.create(
        resource=made, followers=40, measured=30, improved=29, counted_at=timezone.now()
    )
    assert "in 10" not in read()
    row.improved = 20
    row.save()
    assert "about 7 in 10 gave themselves a higher level" in read()


@pytest.mark.django_db
def test_the_page_says_what_to_do_when_little_is_known(client, read, member):
    assert "does not know yet what your role needs" in read()
    client.force_login(factories.person())
    assert "does not know yet" in client.get("/learning/next/").content.decode()


@pytest.mark.django_db
def test_recommendations_take_the_same_queries_for_one_resource_and_for_many(
    client, member, release, django_assert_max_num_queries
):
    client.force_login(member)
    taken = []
    for more in (1, 20):
        for _ in range(more):
            factories.resource(skills=[skill(release, "Agile working"), skill(release, "Cloud")])
        for url in ("/learning/next/", "/learning/"):
            with django_assert_max_num_queries(25) as queries:
                client.get(url)
            taken.append(len(queries))
    assert taken[:2] == taken[2:]
