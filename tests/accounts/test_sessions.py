"""How long people stay signed in, where they are, and what ends it. Criterion S9."""

import datetime
import time

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.browsers import browser_in_words
from accounts.sessions import forget_ended_sessions
from tests import factories
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
LIST = "/account/sessions/"


def signed_in(person, *, browser=FIREFOX):
    client = Client(headers={"User-Agent": browser})
    fields = {"login": person.email, "password": factories.PASSWORD}
    assert client.post("/account/login/", fields)["Location"] == reverse("home")
    return client


def is_signed_in(client):
    return client.get(reverse("home")).status_code == 200


def change_session(client, **values):
    session = client.session
    session.update(values)
    session.save()


def seconds_left(client):
    row = Session.objects.get(session_key=client.session.session_key)
    return (row.expire_date - timezone.now()).total_seconds()


# --- How long --------------------------------------------------------------------------------


def test_the_settings_are_one_hour_idle_and_twelve_hours_in_all():
    assert settings.SESSION_COOKIE_AGE == 60 * 60
    assert settings.SESSION_LONGEST_SECONDS == 12 * 60 * 60


def test_an_hour_without_a_click_ends_the_session(member):
    client = signed_in(member)
    assert seconds_left(client) == pytest.approx(60 * 60, abs=30)
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    assert not is_signed_in(client)


def test_a_click_begins_the_hour_anew_with_one_write_a_minute(member):
    client = signed_in(member)
    key = client.session.session_key
    ends_soon = timezone.now() + datetime.timedelta(minutes=10)
    Session.objects.filter(session_key=key).update(expire_date=ends_soon)
    assert is_signed_in(client)
    assert seconds_left(client) < 11 * 60, "within the first minute nothing is written"
    change_session(client, seen_at=int(time.time()) - 61)
    Session.objects.filter(session_key=key).update(expire_date=ends_soon)
    UserSession.objects.update(last_seen_at=timezone.now() - datetime.timedelta(days=1))
    assert is_signed_in(client)
    assert seconds_left(client) == pytest.approx(60 * 60, abs=30)
    assert timezone.now() - UserSession.objects.get().last_seen_at < datetime.timedelta(minutes=1)


def test_twelve_hours_end_a_session_that_is_in_use_and_the_sign_in_page_says_so(member):
    client = signed_in(member)
    twelve_hours_ago = int(time.time()) - 12 * 60 * 60
    change_session(client, signed_in_at=twelve_hours_ago + 60)
    assert is_signed_in(client)
    change_session(client, signed_in_at=twelve_hours_ago)
    key = client.session.session_key
    page = client.get(member.get_absolute_url(), follow=True)
    assert page.redirect_chain == [(f"/account/login/?next={member.get_absolute_url()}", 302)]
    assert "you have been signed out after 12 hours" in page.content.decode()
    assert not Session.objects.filter(session_key=key).exists()


def test_signing_in_again_begins_twelve_hours_anew(member):
    client = signed_in(member)
    change_session(client, signed_in_at=0)
    assert not is_signed_in(client)
    client.post("/account/login/", {"login": member.email, "password": factories.PASSWORD})
    assert is_signed_in(client)


def test_the_cookie_goes_when_the_browser_closes_and_scripts_cannot_read_it(member):
    cookie = signed_in(member).cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["expires"], cookie["max-age"], cookie["httponly"]) == ("", "", True)
    assert cookie["samesite"] == "Lax"


# --- Where -----------------------------------------------------------------------------------


def test_the_list_shows_only_the_persons_own_sessions_that_are_open(member, outsider):
    client = signed_in(member)
    signed_in(member, browser="Mozilla/5.0 (iPhone; CPU) Version/17 Mobile/15E148 Safari/604.1")
    ended = signed_in(member, browser="Old Firefox/1.0")
    Session.objects.filter(session_key=ended.session.session_key).delete()
    signed_in(outsider, browser="Opera OPR/1.0")
    page = parse(client.get(LIST).content.decode())
    assert [cell.text() for cell in page.find("th", scope="row")] == [
        "Safari on iPhone",
        "Firefox on Windows (this one)",
    ]


def test_signing_out_everywhere_else_ends_the_other_sessions_at_once(member, outsider):
    client, elsewhere, other_person = signed_in(member), signed_in(member), signed_in(outsider)
    assert client.post(LIST)["Location"] == LIST
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert is_signed_in(other_person)
    assert "Sign out everywhere else" not in client.get(LIST).content.decode()


def test_the_list_costs_the_same_for_one_session_and_ten(member):
    client = signed_in(member)

    def queries():
        with CaptureQueriesContext(connection) as counted:
            client.get(LIST)
        return len(counted)

    one = queries()
    for _ in range(9):
        signed_in(member)
    assert queries() == one


def test_what_is_known_about_ended_sessions_is_forgotten(member):
    client, elsewhere = signed_in(member), signed_in(member)
    Session.objects.filter(session_key=elsewhere.session.session_key).delete()
    forget_ended_sessions()
    assert [one.session_key for one in UserSession.objects.all()] == [client.session.session_key]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on a Mac"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_browsers_are_named_as_their_owners_know_them(user_agent, words):
    assert browser_in_words(user_agent) == words


# --- What ends it ----------------------------------------------------------------------------


def test_a_leavers_sessions_end_at_once(member, organisation_administrator):
    client = signed_in(member)
    services.close_account(
        person=member, last_day=timezone.localdate(), by=organisation_administrator
    )
    assert not is_signed_in(client)
    assert not UserSession.objects.filter(user=member).exists()


def test_a_closed_account_is_signed_out_even_where_its_session_is_kept(member):
    client = signed_in(member)
    type(member).objects.filter(pk=member.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_a_new_password_ends_the_sessions_elsewhere_in_the_list_too(member):
    client, elsewhere = signed_in(member), signed_in(member)
    new = {"password1": "three-wet-lanterns", "password2": "three-wet-lanterns"}
    client.post("/account/password/change/", {"oldpassword": factories.PASSWORD, **new})
    assert not is_signed_in(elsewhere)
    assert not UserSession.objects.filter(user=member).exists()
