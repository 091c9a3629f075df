"""How sign-in behaves; how its pages look is in test_sign_in_pages.py."""

import os
import re
import subprocess
import sys

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


@pytest.mark.parametrize("count", [1, 2])
def test_behind_proxies_only_what_they_added_to_the_header_counts(client, settings, count):
    """The visitor writes the left part of the header; the last proxies write the right part."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    proxies = ", 192.0.2.7" + ", 192.0.2.1" * (count - 1)
    for number in range(11):
        answer = sign_in(
            client,
            f"person{number}@example.gov.uk",
            "guess",
            headers={"X-Forwarded-For": f"10.0.0.{number}{proxies}"},
        )
    assert "too many times" in errors(answer)[0]
    answer = sign_in(
        client,
        "somebody.else@example.gov.uk",
        "guess",
        headers={"X-Forwarded-For": f"10.0.0.1{proxies.replace('192.0.2.7', '192.0.2.8')}"},
    )
    assert "wrong" in errors(answer)[0], "another visitor is not held up"


@pytest.mark.parametrize("address", [RESET, "/account/login/code/"])
def test_asking_for_emails_is_limited_by_visitor_and_by_address(client, member, address):
    """Nobody's inbox is filled from here, whatever visitors invent."""
    statuses = [
        client.post(
            address, {"email": member.email}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        ).status_code
        for number in range(25)
    ]
    assert statuses[-1] == 429 or len(mail.outbox) < 10
    assert len(mail.outbox) < 10


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


# --- A code by email -------------------------------------------------------------------------

ASK_FOR_CODE, ENTER_CODE = "/account/login/code/", "/account/login/code/confirm/"


def code_in(message):
    return re.search(r"^[A-Z]{4}-[A-Z]{4}$", message.body, re.MULTILINE)[0]


def test_a_code_by_email_signs_in_once(client, member):
    asked = member.get_absolute_url()
    answer = client.post(ASK_FOR_CODE, {"email": member.email, "next": asked})
    assert answer["Location"].startswith(ENTER_CODE)
    code = code_in(mail.outbox[0])
    answer = client.post(ENTER_CODE, {"code": code.lower().replace("-", " "), "next": asked})
    assert answer["Location"] == asked
    assert client.get(asked).status_code == 200
    other = Client()
    other.post(ASK_FOR_CODE, {"email": member.email})
    assert len(errors(other.post(ENTER_CODE, {"code": code}))) == 1


def test_a_code_is_good_only_in_the_browser_that_asked_for_it(client, member):
    client.post(ASK_FOR_CODE, {"email": member.email})
    answer = Client().post(ENTER_CODE, {"code": code_in(mail.outbox[0])})
    assert answer["Location"] == ASK_FOR_CODE


def test_three_wrong_codes_end_it(client, member):
    client.post(ASK_FOR_CODE, {"email": member.email})
    for _ in range(3):
        answer = client.post(ENTER_CODE, {"code": "BBBB-BBBB"})
    assert answer.status_code == 302
    client.post(ENTER_CODE, {"code": code_in(mail.outbox[0])})
    assert client.get(reverse("home")).status_code == 302


def test_unknown_and_known_addresses_get_the_same_answer_about_a_code(client, member, leaver):
    def ask(email):
        client = Client()
        answer = client.post(ASK_FOR_CODE, {"email": email})
        page = client.get(answer["Location"]).content.decode().replace(email, "...")
        page = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)
        wrong = errors(client.post(ENTER_CODE, {"code": "BBBB-BBBB"}))
        return answer.status_code, answer["Location"], page, wrong

    assert ask(member.email) == ask("nobody@example.gov.uk") == ask(leaver.email)


def test_a_code_signs_nobody_in_whose_account_is_closed(client, leaver):
    client.post(ASK_FOR_CODE, {"email": leaver.email})
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail.outbox[0].body, re.MULTILINE)
    if found:
        client.post(ENTER_CODE, {"code": found[0]})
    assert client.get(reverse("home")).status_code == 302


# --- Passwords -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "allowed"),
    [
        ("lowercase words only", True),
        ("ÅÄÖ ünïcode passphrase", True),
        ("x7" * 100, True),
        ("short-one-1", False),
        ("password1234", False),
        ("qwertyuiop123", False),
        ("ned.thornbury", False),
    ],
)
def test_passwords_are_long_and_uncommon_and_that_is_all(member, password, allowed):
    client = Client()
    sign_in(client, member.email)
    fields = {"oldpassword": factories.PASSWORD, "password1": password, "password2": password}
    answer = client.post("/account/password/change/", fields)
    assert (answer.status_code == 302) == allowed
    member.refresh_from_db()
    assert member.check_password(password) == allowed


# --- Forged and odd requests. Criterion S10. -------------------------------------------------


@pytest.mark.parametrize("address", [SIGN_IN, ASK_FOR_CODE, RESET])
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil", ""])
def test_an_invented_host_is_refused(client, address, host):
    assert client.post(address, {"email": "a@example.gov.uk"}, HTTP_HOST=host).status_code == 400


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_a_code_never_leads_to_another_site(client, member, address):
    client.post(f"{ASK_FOR_CODE}?next={address}", {"email": member.email, "next": address})
    answer = client.post(
        f"{ENTER_CODE}?next={address}", {"code": code_in(mail.outbox[0]), "next": address}
    )
    assert answer["Location"] == reverse("home")


def test_opening_the_sign_out_page_signs_nobody_out(member):
    client = Client()
    sign_in(client, member.email)
    client.get("/account/logout/")
    assert client.get(reverse("home")).status_code == 200


# --- What every answer carries. Criterion S5. ------------------------------------------------


@pytest.mark.parametrize("address", [SIGN_IN, RESET, "/account/", "/account/second-step/"])
def test_pages_about_signing_in_are_not_kept_framed_or_sniffed(member, address):
    client = Client()
    if address not in {SIGN_IN, RESET}:
        sign_in(client, member.email)
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_in_production_cookies_are_bound_to_this_host_and_to_tls():
    code = (
        "from skills_portal import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        "s.CSRF_COOKIE_SECURE, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, s.SECOND_FACTOR_FOR_GRANTS)"
    )
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in {"HTTPS", "SECOND_FACTOR_FOR_GRANTS"}
    }
    ran = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True)
    assert ran.stdout.split() == ["__Host-session", "__Host-csrf", "True", "True", "False", "True"]
