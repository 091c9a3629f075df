"""The catalogue: finding, reading, suggesting, deciding, retiring."""

import datetime
import uuid

import pytest
from django.utils import timezone

from accounts.models import Notice
from accounts.permissions import GrantKind
from learning.models import Resource, ResourceOutcome
from learning.services import resources as services
from tests import factories
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db
RESOURCES = "/learning/resources/"
SUGGEST = "/learning/resources/suggest/"


@pytest.fixture
def release(member):
    made = factories.release(
        framework=factories.framework("digital-and-data"), skills=("Agile working", "Cloud")
    )
    factories.chosen_role_level(member, factories.role_level_of(made))
    return made


@pytest.fixture
def agile(release):
    return release.skill_versions.get(name="Agile working").skill


@pytest.fixture
def found(client, member):
    """Titles that a search finds for `member`."""
    client.force_login(member)

    def search(**query):
        tree = parse(client.get(RESOURCES, query).content.decode())
        links = tree.find("main")[0].find("a", class_="govuk-link")
        return [a.text() for a in links if a.attrs["href"].rstrip("/")[-1].isdigit()]

    return search


# --- Finding ---------------------------------------------------------------------------------


def test_words_and_filters_narrow_the_catalogue(found, agile):
    factories.resource(
        "Stand-ups", skills=[agile], format="video", duration_minutes=10, cost="free", provider="A"
    )
    factories.resource("Cloud costs", duration_minutes=300, cost="paid", level_from=3, level_to=4)
    factories.resource("Unknown", level_from=1, level_to=2)
    assert found() == ["Cloud costs", "Stand-ups", "Unknown"]
    assert found(q="agile") == ["Stand-ups"]
    assert found(q="costs") == ["Cloud costs"]
    assert found(skill=agile.pk) == ["Stand-ups"]
    assert found(format="video") == ["Stand-ups"]
    assert found(length="15") == ["Stand-ups"]
    assert found(length="longer") == ["Cloud costs"]
    assert found(cost="free") == ["Stand-ups"]
    assert found(provider="A") == ["Stand-ups"]
    assert found(level="4") == ["Cloud costs", "Stand-ups"]
    assert found(q="stand", cost="paid") == []


def test_what_is_not_offered_is_not_found(found, member, operations, digital):
    factories.resource("Retired", retired_at=timezone.now())
    factories.suggestion("Waiting", by=member)
    factories.resource("Elsewhere", unit=operations)
    factories.resource("Here", unit=digital)
    assert found() == ["Here"]


@pytest.mark.parametrize(
    "query",
    [
        {"skill": "x"},
        {"skill": "999999999999999999999"},
        {"level": "0"},
        {"format": "exe"},
        {"length": "-1"},
        {"provider": "nobody"},
        {"q": "x" * 300},
        {"q": "\0"},
        {"page": "x"},
    ],
)
def test_hostile_searches_do_no_harm(client, member, query):
    client.force_login(member)
    assert client.get(RESOURCES, query).status_code == 200


def test_the_catalogue_takes_the_same_queries_for_one_resource_and_for_twenty(
    client, member, agile, django_assert_max_num_queries
):
    client.force_login(member)
    factories.resource("Agile one", skills=[agile])
    taken = []
    for query in ({}, {"q": "agile"}):
        with django_assert_max_num_queries(25) as queries:
            client.get(RESOURCES, query)
        taken.append(len(queries))
    for number in range(19):
        made = factories.resource(f"Agile {number}", skills=[agile])
        ResourceOutcome.objects.create(resource=made, followers=20, counted_at=timezone.now())
    for query, few in zip(({}, {"q": "agile"}), taken, strict=True):
        with django_assert_max_num_queries(25) as queries:
            client.get(RESOURCES, query)
        assert len(queries) == few


# --- One resource ----------------------------------------------------------------------------


def test_a_resource_says_what_it_is_and_fills_the_log_form(client, member, agile):
    made = factories.resource(
        "Stand-ups",
        skills=[agile],
        format="video",
        duration_minutes=10,
        cost="free",
        provider="Lantern Press",
        url="https://www.example.gov.uk/stand-ups",
        level_from=1,
        level_to=2,
    )
    client.force_login(member)
    html = client.get(made.get_absolute_url()).content.decode()
    for text in ("Video", "10 minutes", "Free", "Lantern Press", "Awareness to Working"):
        assert text in html
    assert "Fewer than 10 people have logged it." in html
    form = parse(client.get("/learning/", {"resource": made.pk}).content.decode())
    form = form.find("form", action="/learning/")[0]
    values = {
        name: form.find("input", name=name)[0].attrs["value"]
        for name in ("title", "duration_minutes", "link", "resource")
    }
    assert values == {
        "title": "Stand-ups",
        "duration_minutes": "10",
        "link": "https://www.example.gov.uk/stand-ups",
        "resource": str(made.pk),
    }
    assert "checked" in form.find("input", name="skills", value=str(agile.pk))[0].attrs


def test_a_retired_resource_stays_in_old_entries(client, member):
    made = factories.resource("Old course", retired_at=timezone.now())
    entry = factories.log_entry(member, resource=made)
    client.force_login(member)
    assert "Old course" in client.get(entry.get_absolute_url()).content.decode()
    html = client.get(made.get_absolute_url()).content.decode()
    assert "is offered no longer" in html
    assert "Log that you did this" not in html


def test_a_resource_for_another_unit_is_out_of_sight(client, member, operations):
    made = factories.resource(unit=operations)
    client.force_login(member)
    assert client.get(made.get_absolute_url()).status_code == 404


# --- Suggesting ------------------------------------------------------------------------------


def suggestion_data(*skills, **changes):
    return {
        "title": "Retrospectives that work",
        "url": "www.example.gov.uk/retro",
        "format": "article",
        "skills": [skill.pk for skill in skills],
        "form_key": str(uuid.uuid4()),
    } | changes


def test_a_suggestion_waits_for_an_ambassador_of_the_unit(client, member, agile, digital):
    client.force_login(member)
    assert "Agile working" in client.get(SUGGEST).content.decode()
    data = suggestion_data(agile, level_from="2", cost="free")
    for _ in range(2):
        assert client.post(SUGGEST, data).status_code == 302
    made = Resource.objects.get()
    assert (made.suggested_by, made.unit, made.is_waiting) == (member, digital, True)
    assert (made.url, made.level_from, made.level_to) == ("https://www.example.gov.uk/retro", 2, 2)
    assert (list(made.skills.all()), made.skill_names) == ([agile], "Agile working")
    assert "This is a suggestion" in client.get(made.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Enter title"),
        ({"url": ""}, "Enter the link to it"),
        ({"url": "javascript:alert(1)"}, "Enter a link in the correct format"),
        ({"format": ""}, "Select a format"),
        ({"skills": []}, "Select at least one skill it is for"),
        ({"level_from": "3", "level_to": "2"}, "To level must be the same as or above"),
        ({"duration_minutes": "ages"}, "How long it takes must be minutes"),
        ({"form_key": "x"}, "A hidden part of this page was changed"),
    ],
)
def test_what_is_wrong_with_a_suggestion_is_said(client, member, agile, changes, message):
    client.force_login(member)
    html = client.post(SUGGEST, suggestion_data(agile, **changes)).content.decode()
    assert message in html
    assert not Resource.objects.exists()


def test_what_is_offered_already_is_not_suggested_again(client, member, agile):
    factories.resource(url="https://www.example.gov.uk/retro")
    client.force_login(member)
    html = client.post(SUGGEST, suggestion_data(agile)).content.decode()
    assert "This link is in the catalogue already." in html
    assert Resource.objects.count() == 1


def test_without_a_post_nobody_could_decide(client, agile):
    client.force_login(factories.person())
    assert "no ambassador could decide" in client.get(SUGGEST).content.decode()
    client.post(SUGGEST, suggestion_data(agile))
    assert not Resource.objects.exists()


# --- Deciding --------------------------------------------------------------------------------


@pytest.fixture
def waiting(member):
    return factories.suggestion("Retrospectives", by=member, url="https://www.example.gov.uk/retro")


@pytest.mark.parametrize(("decision", "seen_elsewhere"), [("all", True), ("department", False)])
def test_an_ambassador_approves_for_the_department_or_for_all(
    client, ambassador, member, waiting, department, decision, seen_elsewhere
):
    client.force_login(ambassador)
    assert "1 suggestion to decide on" in client.get(RESOURCES).content.decode()
    assert "Retrospectives" in client.get("/learning/resources/suggestions/").content.decode()
    url = f"/learning/resources/{waiting.pk}/decide/"
    assert "Approve for everybody in Department of Lanterns" in client.get(url).content.decode()
    client.post(url, {"decision": decision})
    waiting.refresh_from_db()
    assert waiting.approved_by == ambassador
    assert waiting.unit == (None if seen_elsewhere else department)
    other = factories.person(unit=factories.unit("Department of Ropes"))
    assert Resource.objects.visible_to(other).exists() is seen_elsewhere
    notice = Notice.objects.get(recipient=member)
    assert "was approved" in notice.subject


def test_a_declined_suggestion_comes_back_with_its_reason(client, ambassador, member, waiting):
    client.force_login(ambassador)
    url = f"/learning/resources/{waiting.pk}/decide/"
    html = client.post(url, {"decision": "decline"}).content.decode()
    assert "Enter why you decline it" in html
    client.post(url, {"decision": "decline", "reason": "It is an advertisement."})
    waiting.refresh_from_db()
    assert waiting.declined_at is not None
    assert "It is an advertisement." in Notice.objects.get(recipient=member).body
    client.force_login(member)
    assert "It is an advertisement." in client.get(waiting.get_absolute_url()).content.decode()


def test_two_ambassadors_decide_once(client, ambassador, waiting):
    services.decline_resource(resource=waiting, by=ambassador, reason="No.")
    with pytest.raises(services.AlreadyDecided):
        services.approve_resource(resource=waiting, by=ambassador, unit=None)
    client.force_login(ambassador)
    html = client.post(
        f"/learning/resources/{waiting.pk}/decide/", {"decision": "all"}, follow=True
    ).content.decode()
    assert "has been decided on already" in html


def test_approving_a_link_that_is_offered_already_is_refused(client, ambassador, waiting):
    factories.resource(url=waiting.url)
    client.force_login(ambassador)
    html = client.post(
        f"/learning/resources/{waiting.pk}/decide/", {"decision": "all"}
    ).content.decode()
    assert "This link is in the catalogue already." in html
    waiting.refresh_from_db()
    assert waiting.is_waiting


def test_only_ambassadors_above_the_suggestion_decide(
    client, member, waiting, operations, report_reader
):
    elsewhere = factories.person(unit=operations, grant=GrantKind.AMBASSADOR)
    url = f"/learning/resources/{waiting.pk}/decide/"
    for person, status in ((member, 403), (elsewhere, 404), (report_reader, 404)):
        client.force_login(person)
        assert client.get(url).status_code == status
        assert client.post(url, {"decision": "all"}).status_code == status
    client.force_login(member)
    assert client.get("/learning/resources/suggestions/").status_code == 403
    client.force_login(elsewhere)
    assert "There are none" in client.get("/learning/resources/suggestions/").content.decode()


def test_suggestions_take_the_same_queries_for_one_and_for_ten(
    client, ambassador, member, django_assert_max_num_queries
):
    client.force_login(ambassador)
    taken = []
    for more in (1, 9):
        for _ in range(more):
            factories.suggestion(by=member)
        with django_assert_max_num_queries(15) as queries:
            client.get("/learning/resources/suggestions/")
        taken.append(len(queries))
    assert taken[0] == taken[1]


# --- Retiring --------------------------------------------------------------------------------


def test_whoever_looks_after_a_resource_retires_it(client, ambassador, member, digital):
    for_digital = factories.resource(unit=digital)
    own = factories.resource(approved_by=ambassador)
    imported = factories.resource()
    for person, resource, status in (
        (member, for_digital, 403),
        (ambassador, imported, 403),
        (ambassador, for_digital, 302),
        (ambassador, own, 302),
    ):
        client.force_login(person)
        assert client.post(f"/learning/resources/{resource.pk}/retire/").status_code == status
        resource.refresh_from_db()
        assert (resource.retired_at is not None) is (status == 302)


def test_names_of_skills_follow_a_new_release(agile, release):
    made = factories.resource(skills=[agile])
    released = release.skill_versions.filter(skill=agile)
    services.refresh_skill_names()
    assert Resource.objects.get(pk=made.pk).skill_names == "Agile working"
    released.update(name="Agility")
    services.refresh_skill_names()
    assert Resource.objects.get(pk=made.pk).skill_names == "Agility"


def test_a_resource_lists_the_readers_own_entries(client, member):
    made = factories.resource("Twice")
    factories.log_entry(member, "Twice", resource=made, done_on=datetime.date(2020, 1, 1))
    factories.log_entry(member, "Twice", resource=made)
    client.force_login(member)
    html = client.get(made.get_absolute_url()).content.decode()
    assert "1 January 2020" in html
