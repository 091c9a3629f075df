"""The privacy notice and the cookie page say what is so, to everybody."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

DAY_SECONDS = 24 * 60 * 60


def rows(page):
    """{first cell: the last} of the page's only table."""
    found = BeautifulSoup(page, "html.parser").select("main tbody tr")
    cells = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in found]
    return {first: last for first, *_, last in cells}


@pytest.mark.parametrize("signed_in", [False, True])
def test_both_pages_are_linked_from_the_foot_of_every_page(client, member, signed_in):
    if signed_in:
        client.force_login(member)
    for address in (reverse("account_login"), reverse("home"), "/no/such/page/"):
        page = client.get(address, follow=True).text
        links = BeautifulSoup(page, "html.parser").select("footer a")
        assert [(link.text, link["href"]) for link in links] == [
            ("Privacy", "/privacy/"),
            ("Cookies", "/cookies/"),
        ]
        for link in links:
            assert client.get(link["href"]).status_code == 200


# --- Cookies ---------------------------------------------------------------------------------


def cookies_of_a_visit(member):
    """{name: seconds it is to live, "" for as long as the browser} of all that a visit sets."""
    client = Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="cy")
    set_so_far = {}

    def noted(response):
        for name, morsel in response.cookies.items():
            if morsel["max-age"] != 0:  # or it is taken away
                set_so_far.setdefault(name, set()).add(morsel["max-age"])
        return response

    def send(address, values=()):
        """Post the values with the token that the page has."""
        page = noted(client.get(address, follow=True))
        token = BeautifulSoup(page.text, "html.parser").select_one("[name=csrfmiddlewaretoken]")
        return noted(client.post(address, {"csrfmiddlewaretoken": token["value"], **dict(values)}))

    sign_in = reverse("account_login")
    noted(client.get(reverse("home")))
    noted(client.get("/no/such/page/?language=cy&lang=cy"))
    noted(client.post(sign_in))  # without its token
    send(sign_in, {"login": member.email, "password": "wrong"})
    right = {"login": member.email, "password": factories.PASSWORD}
    assert send(sign_in, right)["Location"] == reverse("home")
    for name in ("home", "learning:log", "assessments:my_skills", "accounts:who_looked", "privacy"):
        assert noted(client.get(reverse(name))).status_code == 200
    log = reverse("learning:log")
    assert send(log).status_code == 200  # says what is missing
    send(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    assert send(reverse("your_data"), {"kind": "json"}).headers["Content-Disposition"]
    noted(client.get(reverse("mfa_activate_totp")))
    noted(client.get(reverse("assessments:frameworks"), {"q": "agile"}))
    assert send(reverse("account_logout")).status_code == 302
    send(reverse("account_request_login_code"), {"email": member.email})
    assert noted(client.get(reverse("account_confirm_login_code"))).status_code == 200
    return set_so_far


def test_the_cookies_that_a_visit_sets_are_those_on_the_page(client, member):
    told = rows(client.get(reverse("cookies")).text)
    lifetimes = cookies_of_a_visit(member)
    assert set(told) == set(lifetimes)
    for name, given in lifetimes.items():
        (seconds,) = given
        if seconds == "":
            assert "close the browser" in told[name]
        else:
            assert told[name] == f"{seconds // DAY_SECONDS} days after your last visit"
    assert "" in {*lifetimes["session"]}


def test_the_cookie_page_tells_the_settings_in_force(client, settings):
    settings.SESSION_COOKIE_NAME = "__Host-session"
    settings.SESSION_COOKIE_AGE = 5 * 60
    settings.SESSION_LONGEST_SECONDS = 60 * 60
    told = rows(client.get(reverse("cookies")).text)
    assert (
        "5 minutes after your last click, and 1 hour after you signed in" in told["__Host-session"]
    )


# --- The notice ------------------------------------------------------------------------------


def test_the_notice_tells_the_settings_in_force(client, settings):
    settings.SESSION_LONGEST_SECONDS = 3 * 60 * 60
    told = rows(client.get(reverse("privacy")).text)
    assert "3 hours later" in told["Where you are signed in, with address and browser"]


def test_the_notice_names_a_contact_where_there_is_one(client, settings):
    assert "mailto:" not in client.get(reverse("privacy")).text
    settings.PRIVACY_CONTACT = "dpo@example.gov.uk"
    assert 'href="mailto:dpo@example.gov.uk"' in client.get(reverse("privacy")).text
