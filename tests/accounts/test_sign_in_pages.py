import re

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from tests.govuk.markup import parse

PASSWORD = "lanterns-at-noon-7"

pytestmark = pytest.mark.django_db


def page_of(response, status=200):
    """The page as a tree, after checking what every page must have."""
    assert response.status_code == status
    page = parse(response.content.decode())
    assert len(page.find("h1")) == 1
    assert len(page.find("main")) == 1
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for link in page.find("a"):
        if link.attrs["href"].startswith("#"):
            assert link.attrs["href"][1:] in ids
    return page


@pytest.fixture
def person(member):
    member.set_password(PASSWORD)
    member.save()
    member.emailaddress_set.update_or_create(
        email=member.email, defaults={"verified": True, "primary": True}
    )
    return member


@pytest.mark.parametrize(
    ("name", "args", "heading"),
    [
        ("account_login", (), "Sign in"),
        ("account_signup", (), "You cannot create an account yourself"),
        ("account_inactive", (), "Your account is switched off"),
        ("account_reset_password", (), "Set a new password"),
        ("account_reset_password_done", (), "Check your email"),
        ("account_reset_password_from_key", ("1", "none"), "This link no longer works"),
        ("account_reset_password_from_key_done", (), "Your password has been changed"),
    ],
)
def test_pages_for_people_not_signed_in_are_ours(client, name, args, heading):
    page = page_of(client.get(reverse(name, args=args), follow=True))
    assert page.find("h1")[0].text() == heading
    assert page.find("title")[0].text() == f"{heading} – Skills portal"


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_logout", "Sign out"),
        ("account_change_password", "Change your password"),
        ("account_email", "Your email addresses"),
        ("account_reauthenticate", "Confirm that it is you"),
    ],
)
def test_pages_for_people_signed_in_are_ours(client, person, name, heading):
    client.force_login(person)
    page = page_of(client.get(reverse(name)))
    assert page.find("h1")[0].text() == heading


def test_signing_in_with_nothing_says_what_to_enter(client):
    page = page_of(client.post(reverse("account_login"), {}))
    summary = page.find("div", class_="govuk-error-summary")[0]
    assert [link.text() for link in summary.find("a")] == [
        "Enter your email address",
        "Enter your password",
    ]
    assert page.find("title")[0].text().startswith("Error: ")


def test_a_wrong_password_does_not_tell_whether_the_account_exists(client, person):
    def answer(email):
        page = page_of(client.post(reverse("account_login"), {"login": email, "password": "no"}))
        return page.find("div", class_="govuk-error-summary")[0].text()

    assert answer(person.email) == answer("nobody@example.com")


def test_a_password_can_be_set_by_the_link_in_a_message(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    message = mail.outbox[0]
    assert message.subject == "Set a new password"
    link = re.search(r"http://testserver(\S+)", message.body)[1]
    page = page_of(client.get(link, follow=True))
    assert page.find("h1")[0].text() == "Choose a new password"
    form_url = page.find("main")[0].find("form")[0].attrs["action"]
    page = page_of(client.post(form_url, {"password1": "short", "password2": "other"}))
    assert page.find("p", class_="govuk-error-message")
    passwords = {"password1": PASSWORD + "x", "password2": PASSWORD + "x"}
    page = page_of(client.post(form_url, passwords, follow=True))
    assert page.find("h1")[0].text() == "Your password has been changed"


def test_an_unknown_address_gets_the_same_page_and_no_invitation_to_sign_up(client):
    response = client.post(
        reverse("account_reset_password"), {"email": "nobody@example.com"}, follow=True
    )
    assert page_of(response).find("h1")[0].text() == "Check your email"
    assert "/signup/" not in mail.outbox[0].body


def test_an_unconfirmed_address_is_confirmed_by_a_code(client, person):
    person.emailaddress_set.update(verified=False)
    response = client.post(
        reverse("account_login"), {"login": person.email, "password": PASSWORD}, follow=True
    )
    page = page_of(response)
    assert page.find("h1")[0].text() == "Confirm your email address"
    address = reverse("account_email_verification_sent")
    page = page_of(client.post(address, {"code": ""}))
    assert "Enter the code from the email" in page.text()
    assert page.find("title")[0].text().startswith("Error: ")
    code = re.search(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", mail.outbox[0].body, re.MULTILINE)[0]
    client.post(address, {"code": code})
    assert person.emailaddress_set.get().verified


def test_too_many_tries_get_a_page_of_ours(client):
    with override_settings(ACCOUNT_RATE_LIMITS={"reset_password": "1/m/ip"}):
        for _ in range(2):
            response = client.post(reverse("account_reset_password"), {"email": "a@example.com"})
    assert page_of(response, status=429).find("h1")[0].text() == "You have tried too many times"
