"""How sign-in behaves; how its pages look is in test_sign_in_pages.py."""

import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories
from tests.accounts.pages import errors

pytestmark = pytest.mark.django_db

SIGN_IN = "/account/login/"
RESET = "/account/password/reset/"


def sign_in(client, email, password=factories.PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password}, **more)


def test_signing_in_leads_home(client, member):
    answer = sign_in(client, member.email.upper())
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert client.get(reverse("home")).status_code == 200


def test_signing_in_leads_to_the_page_asked_for_and_signing_out_ends_it(client, member):
    asked = member.get_absolute_url()
    answer = client.get(asked)
    assert answer["Location"] == f"{SIGN_IN}?next={asked}"
    answer = client.post(
        SIGN_IN, {"login": member.email, "password": factories.PASSWORD, "next": asked}
    )
    assert answer["Location"] == asked
    key = client.session.session_key
    client.post("/account/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get(asked).status_code == 302


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example/", "\\\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_never_leads_to_another_site(client, member, address):
    fields = {"login": member.email, "password": factories.PASSWORD, "next": address}
    answer = client.post(f"{SIGN_IN}?next={address}", fields)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert client.post("/account/logout/", {"next": address})["Location"].startswith("/")


def test_the_session_gets_a_new_key_at_sign_in(client, member):
    client.get(SIGN_IN)
    session = client.session
    session["before"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    sign_in(client, member.email)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_nobody_signs_themselves_up(client):
    answer = client.post(
        "/account/signup/",
        {
            "email": "eve@example.gov.uk",
            "password1": "three-wet-lanterns",
            "password2": "three-wet-lanterns",
        },
    )
    assert "You cannot create an account yourself" in answer.content.decode()
    assert not User.objects.filter(email="eve@example.gov.uk").exists()


def test_unknown_closed_and_known_accounts_answer_a_wrong_password_alike(client, member, leaver):
    answers = {
        tuple(errors(sign_in(client, email, "wrong")))
        for email in (member.email, "nobody@example.gov.uk", leaver.email)
    }
    assert len(answers) == 1


def test_unknown_closed_and_known_addresses_get_the_same_answer_about_a_new_password(
    client, member, leaver
):
    def ask(email):
        answer = client.post(RESET, {"email": email})
        page = client.get(answer["Location"]).content.decode()
        return answer.status_code, answer["Location"], page

    assert ask(member.email) == ask("nobody@example.gov.uk") == ask(leaver.email)
    assert [message.to for message in mail.outbox] == [
        [member.email],
        ["nobody@example.gov.uk"],
        [leaver.email],
    ]
    assert "/password/reset/key/" not in mail.outbox[2].body


def test_a_password_link_works_once(client, member):
    client.post(RESET, {"email": member.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    form = client.get(link)["Location"]
    password = {"password1": "three-wet-lanterns", "password2": "three-wet-lanterns"}
    client.post(form, password)
    assert "This link no longer works" in Client().get(link).content.decode()


def test_a_new_password_ends_the_sessions_elsewhere(client, member):
    elsewhere = Client()
    elsewhere.force_login(member)
    client.force_login(member)
    answer = client.post(
        "/account/password/change/",
        {
            "oldpassword": factories.PASSWORD,
            "password1": "three-wet-lanterns",
            "password2": "three-wet-lanterns",
        },
    )
    assert answer.status_code == 302
    assert elsewhere.get(reverse("home")).status_code == 302


def test_failed_sign_ins_are_limited_for_one_account(client, member):
    for _ in range(5):
        assert "wrong" in errors(sign_in(client, member.email, "guess"))[0]
    assert errors(sign_in(client, member.email)) == [
        "You have tried too many times: wait 5 minutes and try again"
    ]
    cache.clear()
    assert sign_in(client, member.email).status_code == 302


def test_an_invented_forwarding_header_lifts_no_limit(client):
    for number in range(11):
        answer = sign_in(
            client,
            f"person{number}@example.gov.uk",
            "guess",
            headers={"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}"},
        )
    assert "too many times" in errors(answer)[0]


def test_limits_are_kept_in_the_database_so_that_they_need_no_broker():
    assert settings.CACHES["default"]["BACKEND"].endswith("db.DatabaseCache")
    assert settings.SESSION_ENGINE.endswith("backends.db")


def test_an_unverified_address_does_not_sign_in(client, member):
    member.emailaddress_set.update(verified=False)
    answer = sign_in(client, member.email)
    assert answer["Location"] == "/account/confirm-email/"
    assert client.get(reverse("home")).status_code == 302


def test_a_mail_server_that_is_away_is_told_for_known_and_unknown_addresses(
    client, member, monkeypatch
):
    def refuse(message, fail_silently=False):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    for email in (member.email, "nobody@example.gov.uk"):
        page = client.post(RESET, {"email": email}, follow=True).content.decode()
        assert "We could not send the email just now." in page


def test_a_link_never_names_a_host_that_the_visitor_invented(client, member):
    answer = client.post(RESET, {"email": member.email}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert mail.outbox == []
