"""The list of people and adding one."""

import datetime
import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts import notice_emails, services
from accounts.models import Grant, Notice, Post, User
from accounts.permissions import GrantKind
from tests import factories
from tests.accounts.pages import errors
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db

PEOPLE = "/people/"
ADD = "/people/add/"


@pytest.fixture
def administrator(client, organisation_administrator):
    """Looks after the whole department and is signed in."""
    client.force_login(organisation_administrator)
    return organisation_administrator


@pytest.fixture
def digital_administrator(client, digital):
    """Looks after Digital alone and is signed in."""
    person = factories.person(
        "Dora Millhaven", unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR
    )
    client.force_login(person)
    return person


def names(response):
    page = parse(response.content.decode())
    return [cell.text() for cell in page.find("th", scope="row")]


def new_person(unit, **changed):
    fields = {
        "full_name": "Petra Longmarsh",
        "email": "Petra.Longmarsh@example.gov.uk",
        "unit": unit.slug,
        "grade": "HEO",
        "line_manager": "",
        "started_on-day": "1",
        "started_on-month": "9",
        "started_on-year": "2025",
    }
    return fields | changed


def test_an_administrator_sees_the_people_in_their_scope(
    client, digital_administrator, member, line_manager, outsider, leaver
):
    page = client.get(PEOPLE)
    assert names(page) == ["Dora Millhaven", "Maud Ferrywell", "Ned Thornbury"]
    rows = parse(page.content.decode()).find("tbody")[0].find("tr")
    assert rows[0].text().endswith("Organisation administrator in Digital")
    assert rows[2].text().split(" ", 2)[2].startswith("Digital HEO Maud Ferrywell")


def test_a_system_administrator_sees_grants_and_may_show_closed_accounts(
    client, system_administrator, ambassador, leaver
):
    client.force_login(system_administrator)
    page = client.get(PEOPLE)
    assert names(page) == ["Ambrose Linden", "Sylvie Oakhollow"]
    assert "Digital ambassador in Department of Lanterns" in page.content.decode()
    assert names(client.get(PEOPLE, {"closed": "on"})) == [
        "Ambrose Linden",
        "Lionel Ashcombe (account closed)",
        "Sylvie Oakhollow",
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "thorn"}, ["Ned Thornbury"]),
        ({"q": "  THORNBURY ned "}, ["Ned Thornbury"]),
        ({"q": "ned.thornbury."}, ["Ned Thornbury"]),
        ({"unit": "operations"}, ["Olive Quillmoor"]),
        ({"q": "ned", "unit": "operations"}, []),
    ],
)
def test_people_are_found_by_name_email_address_and_unit(
    client, administrator, member, outsider, asked, found
):
    assert names(client.get(PEOPLE, asked)) == found


def test_a_unit_out_of_scope_is_refused_in_the_search(client, digital_administrator, operations):
    assert errors(client.get(PEOPLE, {"unit": operations.slug})) == [
        "Select an option from the list"
    ]


def test_odd_characters_in_the_search_are_an_answer_not_a_crash(client, administrator):
    assert client.get(PEOPLE, {"q": "a\x00b%_'\"", "page": "-7x"}).status_code == 200


def test_fifty_people_are_on_a_page(client, administrator, digital):
    for _ in range(52):
        factories.person(unit=digital)
    assert len(names(client.get(PEOPLE))) == 50
    assert len(names(client.get(PEOPLE, {"page": 2, "unit": digital.slug}))) == 2


def test_the_number_of_queries_is_the_same_for_one_person_and_for_twenty(
    client, system_administrator, digital, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(system_administrator)
    with django_assert_max_num_queries(15) as few:
        client.get(PEOPLE)
    boss = factories.person(unit=digital)
    for _ in range(20):
        factories.person(unit=digital, line_manager=boss, grant=GrantKind.AMBASSADOR)
    with django_assert_num_queries(len(few)):
        client.get(PEOPLE)


def test_the_lists_do_not_take_posts(client, administrator):
    assert client.post(PEOPLE).status_code == 405


# --- Adding ----------------------------------------------------------------------------------


def test_a_person_is_added_with_a_post_and_chooses_a_password(
    client, administrator, digital, line_manager
):
    response = client.post(ADD, new_person(digital, line_manager=line_manager.email.upper()))
    person = User.objects.get(full_name="Petra Longmarsh")
    assert response["Location"] == person.get_absolute_url()
    assert person.email == "petra.longmarsh@example.gov.uk"
    assert person.emailaddress_set.get().verified
    post = person.current_post
    assert (post.unit, post.grade, post.line_manager) == (digital, "HEO", line_manager)
    assert post.started_on == datetime.date(2025, 9, 1)

    notice_emails.send_notice_email(Notice.objects.get(recipient=person).pk)
    client.logout()
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    client.post(link, {"email": person.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[1].body)[1]
    form = parse(client.get(link, follow=True).content.decode()).find("main")[0].find("form")[0]
    password = {"password1": "three-wet-lanterns", "password2": "three-wet-lanterns"}
    client.post(form.attrs["action"], password)
    answer = client.post(
        reverse("account_login"), {"login": person.email, "password": "three-wet-lanterns"}
    )
    assert answer["Location"] == reverse("home")


def test_adding_nobody_says_what_to_enter(client, administrator):
    assert errors(client.post(ADD, {})) == [
        "Enter their full name",
        "Enter their work email address",
        "Select a unit",
        "Select a grade",
        "Enter the first day in the post",
    ]


def test_an_email_address_belongs_to_one_account(client, administrator, digital, outsider):
    answer = client.post(ADD, new_person(digital, email=outsider.email.title()))
    assert errors(answer) == ["There is already an account with this email address"]
    assert not User.objects.filter(full_name="Petra Longmarsh").exists()


def test_a_unit_out_of_scope_is_refused_as_if_it_did_not_exist(
    client, digital_administrator, operations
):
    refused = errors(client.post(ADD, new_person(operations)))
    operations.slug = "no-such-unit"
    assert errors(client.post(ADD, new_person(operations))) == refused
    assert not User.objects.filter(full_name="Petra Longmarsh").exists()


def test_a_line_manager_out_of_scope_is_refused_as_if_they_did_not_exist(
    client, digital_administrator, digital, outsider, leaver
):
    answers = {
        tuple(errors(client.post(ADD, new_person(digital, line_manager=email))))
        for email in (outsider.email, leaver.email, "nobody@example.gov.uk")
    }
    assert len(answers) == 1


def test_nobody_makes_themselves_a_line_manager(client, administrator, digital):
    answer = client.post(ADD, new_person(digital, line_manager=administrator.email))
    assert "You cannot make yourself" in errors(answer)[0]
    assert not User.objects.filter(full_name="Petra Longmarsh").exists()


def test_further_fields_change_nothing(client, administrator, digital):
    client.post(
        ADD,
        new_person(
            digital,
            is_active="",
            password="three-wet-lanterns",
            kind=GrantKind.SYSTEM_ADMINISTRATOR,
            ended_on="2025-10-01",
            public_id="00000000-0000-4000-8000-000000000000",
            by="1",
        ),
    )
    person = User.objects.get(full_name="Petra Longmarsh")
    assert person.is_active
    assert not person.has_usable_password()
    assert str(person.public_id) != "00000000-0000-4000-8000-000000000000"
    assert not Grant.objects.filter(user=person).exists()
    assert person.current_post is not None


def test_the_first_day_lies_not_in_the_future(client, administrator, digital):
    year = str(timezone.localdate().year + 1)
    answer = client.post(ADD, new_person(digital, **{"started_on-year": year}))
    assert errors(answer) == ["First day in the post must be today or in the past"]


def test_without_units_the_page_says_to_add_one_first(client):
    client.force_login(
        services.create_system_administrator(
            email="first@example.gov.uk", full_name="First Person", password="three-wet-lanterns"
        )
    )
    assert "Add a unit first" in client.get(ADD).content.decode()
    assert Post.objects.count() == 0


def test_members_have_no_list_of_people(client, member):
    client.force_login(member)
    assert client.get(PEOPLE).status_code == 403
    assert client.post(ADD, {}).status_code == 403
