"""The second step: authenticator apps, recovery codes, and who cannot do without. Criterion S9."""

import re
import time
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import AuditEntry
from accounts.permissions import GrantKind
from accounts.second_factor import MFAAdapter, use_code_once
from skills_portal import embedded
from tests import factories
from tests.accounts.pages import errors
from tests.assessments.test_self_assessment_services import in_parallel
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db

# allauth tells of a new app once its row is committed.
COMMITS = pytest.mark.django_db(transaction=True)
SECRET = "JBSWY3DPEHPK3PXP"
AUTHENTICATE = "/account/second-step/authenticate/"
ADD_APP = "/account/second-step/totp/activate/"
CODES = "/account/second-step/recovery-codes/"


def code(secret=SECRET, *, steps=0):
    """The code the app shows now, or so many times 30 seconds from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def secret_on_page(client):
    return re.search(r"portal-secret\">(\w+)<", client.get(ADD_APP).content.decode())[1]


def add_app(person):
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": MFAAdapter().encrypt(SECRET)}
    )


def enter_password(person, client=None, **more):
    client = client or Client()
    fields = {"login": person.email, "password": factories.PASSWORD, **more}
    return client, client.post("/account/login/", fields)


def confirmed(person):
    """A client signed in with a password that has just been entered again."""
    client, _ = enter_password(person)
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    return client


def is_signed_in(client):
    return client.get(reverse("home")).status_code == 200


@pytest.fixture
def clock(monkeypatch):
    """`clock.time = ...` stops the clock of authenticator apps there."""

    class Clock:
        time = int(time.time())

    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: Clock.time)
    return Clock


# --- Signing in with a code ------------------------------------------------------------------


def test_a_password_alone_does_not_sign_in_where_there_is_an_app(member):
    add_app(member)
    client, answer = enter_password(member)
    assert answer["Location"] == AUTHENTICATE
    assert not is_signed_in(client)
    assert client.post(AUTHENTICATE, {"code": code()})["Location"] == reverse("home")
    assert is_signed_in(client)


def test_the_page_asked_for_is_reached_after_the_second_step(member):
    add_app(member)
    client, _ = enter_password(member, next=member.get_absolute_url())
    answer = client.post(AUTHENTICATE, {"code": code()})
    assert answer["Location"] == member.get_absolute_url()


@pytest.mark.parametrize("wrong", ["", "000000", "abc", "12345", "\0", "9" * 5000, "１２３４５６"])
def test_a_wrong_code_is_told_and_signs_nobody_in(member, wrong):
    add_app(member)
    client, _ = enter_password(member)
    answer = client.post(AUTHENTICATE, {"code": wrong})
    assert len(errors(answer)) == 1
    assert not is_signed_in(client)


def test_a_code_works_once(member):
    add_app(member)
    used = code()
    first, _ = enter_password(member)
    first.post(AUTHENTICATE, {"code": used})
    assert is_signed_in(first)
    cache.clear()  # it does not depend on what a cache remembers
    second, _ = enter_password(member)
    assert "not right" in errors(second.post(AUTHENTICATE, {"code": used}))[0]
    assert not is_signed_in(second)


def test_a_code_is_not_good_again_while_its_window_lasts(member, clock):
    """A code is accepted for 90 seconds; remembering it for 30 would allow it a second time."""
    app = add_app(member)
    clock.time = 30 * (int(time.time()) // 30)
    used = format_hotp_value(hotp_value(SECRET, clock.time // 30))
    assert use_code_once(app, used)
    for later in (0, 15, 31, 59, 60, 89, 90):
        clock.time += later
        assert not use_code_once(app, used), f"{later} s later"
        clock.time -= later


@COMMITS
def test_of_ten_uses_at_the_same_moment_one_counts(member):
    app, shown = add_app(member), code()
    assert sorted(in_parallel(10, lambda number: use_code_once(app, shown))) == [False] * 9 + [True]


def test_a_code_older_than_the_last_one_used_is_refused(member):
    app = add_app(member)
    assert use_code_once(app, code())
    assert not use_code_once(app, code(steps=-1))
    assert use_code_once(app, code(steps=1))


@COMMITS
def test_the_code_that_added_an_app_does_not_sign_in(member):
    client = confirmed(member)
    secret = secret_on_page(client)
    used = code(secret)
    assert client.post(ADD_APP, {"code": used})["Location"] == CODES
    elsewhere, _ = enter_password(member)
    assert "not right" in errors(elsewhere.post(AUTHENTICATE, {"code": used}))[0]


def test_codes_are_limited_for_one_account_whatever_the_address(member):
    add_app(member)
    for number in range(5):
        client, _ = enter_password(member)
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        assert (
            "not right" in errors(client.post(AUTHENTICATE, {"code": "000000"}, headers=headers))[0]
        )
    client, _ = enter_password(member)
    assert "too many times" in errors(client.post(AUTHENTICATE, {"code": code()}))[0]


def test_a_code_by_email_does_not_replace_the_second_step(client, member):
    add_app(member)
    client.post("/account/login/code/", {"email": member.email})
    letters = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail.outbox[0].body, re.MULTILINE)[0]
    answer = client.post("/account/login/code/confirm/", {"code": letters})
    assert answer["Location"] == AUTHENTICATE
    assert not is_signed_in(client)


# --- Adding and taking away ------------------------------------------------------------------


@COMMITS
def test_adding_an_app_asks_for_the_password_again_and_gives_recovery_codes(member):
    client, _ = enter_password(member)
    answer = client.get(ADD_APP)
    assert unquote(answer["Location"]) == f"/account/reauthenticate/?next={ADD_APP}"
    answer = client.post(answer["Location"], {"password": factories.PASSWORD})
    assert answer["Location"] == ADD_APP
    secret = secret_on_page(client)
    assert "not right" in errors(client.post(ADD_APP, {"code": "000000"}))[0]
    client.post(ADD_APP, {"code": code(secret)})
    codes = parse(client.get(CODES).content.decode()).find("ul", class_="portal-codes")[0]
    assert len(codes.find("li")) == 10
    assert [message.subject for message in mail.outbox] == ["An authenticator app has been added"]


@COMMITS
def test_each_change_of_the_second_step_is_noted_in_the_audit_log(member):
    client = confirmed(member)
    client.post(ADD_APP, {"code": code(secret_on_page(client))})
    client.post(f"{CODES}generate/")
    client.post("/account/second-step/totp/deactivate/")
    changes = AuditEntry.objects.filter(action__startswith="second-step").order_by("number")
    assert {one.actor for one in changes} == {one.subject for one in changes} == {member}
    told = [(one.action, one.thing) for one in changes]
    assert ("second-step-added", "totp") in told
    assert ("second-step-reset", "recovery_codes") in told
    assert ("second-step-removed", "totp") in told


@COMMITS
def test_adding_an_app_ends_the_sessions_elsewhere(member):
    elsewhere, _ = enter_password(member)
    client = confirmed(member)
    secret = secret_on_page(client)
    client.post(ADD_APP, {"code": code(secret)})
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)


def test_a_recovery_code_works_once(member):
    client = confirmed(member)
    secret = secret_on_page(client)
    client.post(ADD_APP, {"code": code(secret)})
    page = parse(client.get(CODES).content.decode())
    recovery = page.find("ul", class_="portal-codes")[0].find("li")[0].text()
    first, _ = enter_password(member)
    first.post(AUTHENTICATE, {"code": recovery})
    assert is_signed_in(first)
    second, _ = enter_password(member)
    second.post(AUTHENTICATE, {"code": recovery})
    assert not is_signed_in(second)
    assert recovery not in client.get(CODES).content.decode()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/account/second-step/totp/deactivate/"),
        ("post", "/account/second-step/totp/deactivate/"),
        ("get", "/account/second-step/recovery-codes/generate/"),
        ("post", "/account/second-step/recovery-codes/generate/"),
        ("get", "/account/second-step/recovery-codes/"),
        ("get", "/account/second-step/recovery-codes/download/"),
        ("get", "/account/second-step/webauthn/add/"),
        ("post", "/account/second-step/webauthn/add/"),
    ],
)
def test_what_weakens_or_shows_factors_asks_again_who_it_is(member, address, method):
    add_app(member)
    Authenticator.objects.create(
        user=member,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": MFAAdapter().encrypt("seed"), "used_mask": 0},
    )
    client, _ = enter_password(member)
    client.post(AUTHENTICATE, {"code": code()})
    answer = getattr(client, method)(address)
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert member.authenticator_set.count() == 2


def test_nobody_changes_somebody_elses_key(member, outsider):
    key = Authenticator.objects.create(
        user=outsider, type=Authenticator.Type.WEBAUTHN, data={"name": "Theirs", "credential": {}}
    )
    client = confirmed(member)
    for what in ("edit", "remove"):
        address = f"/account/second-step/webauthn/keys/{key.pk}/{what}/"
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "Mine"}).status_code == 404
    key.refresh_from_db()
    assert key.data["name"] == "Theirs"


@pytest.mark.parametrize(
    "credential",
    ["", "{", "[]", "{}", '"x"', "null", "7", '{"response": 5}', '{"response": {"userHandle": 5}}',
     '{"id": "x", "rawId": "x", "response": {}, "type": "public-key"}'],
)  # fmt: skip
def test_an_invented_passkey_signs_nobody_in_and_breaks_nothing(client, member, credential):
    client.get("/account/second-step/webauthn/login/", headers={"Accept": "application/json"})
    answer = client.post("/account/second-step/webauthn/login/", {"credential": credential})
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/")
    assert not is_signed_in(client)


# --- Secrets at rest -------------------------------------------------------------------------


def test_secrets_are_enciphered_in_the_database(member):
    client = confirmed(member)
    secret = secret_on_page(client)
    client.post(ADD_APP, {"code": code(secret)})
    assert secret not in str(list(member.authenticator_set.values_list("data", flat=True)))


def test_a_new_secret_key_still_reads_what_the_one_before_wrote(member, settings):
    written = MFAAdapter().encrypt(SECRET)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "x" * 50
    settings.SECRET_KEY_FALLBACKS = [old]
    assert MFAAdapter().decrypt(written) == SECRET


def test_under_a_lost_key_no_code_signs_in_and_nothing_breaks(member, settings):
    add_app(member)
    settings.SECRET_KEY = "another-key-" + "x" * 50
    client, _ = enter_password(member)
    assert "not right" in errors(client.post(AUTHENTICATE, {"code": code()}))[0]


# --- People with grants ----------------------------------------------------------------------


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_FOR_GRANTS = True


GRANT_HOLDERS = [
    "ambassador",
    "report_reader",
    "organisation_administrator",
    "framework_editor",
    "system_administrator",
]


@pytest.mark.parametrize("who", GRANT_HOLDERS)
def test_a_grant_holder_without_a_second_step_is_led_to_set_one_up(request, required, who):
    client, _ = enter_password(request.getfixturevalue(who))
    answer = client.get(reverse("home"), follow=True)
    assert answer.redirect_chain == [("/account/second-step/", 302)]
    assert "Set up a second step before you go on" in answer.content.decode()


def test_everybody_else_goes_on_without(required, member, line_manager):
    for person in (member, line_manager):
        client, _ = enter_password(person)
        assert is_signed_in(client)


def test_with_a_second_step_a_grant_holder_goes_on(required, ambassador):
    add_app(ambassador)
    client, _ = enter_password(ambassador)
    client.post(AUTHENTICATE, {"code": code()})
    assert is_signed_in(client)


def test_a_grant_holder_can_set_up_a_second_step_from_start_to_end(required, ambassador):
    client, _ = enter_password(ambassador)
    client.get(ADD_APP)
    client.post(f"/account/reauthenticate/?next={ADD_APP}", {"password": factories.PASSWORD})
    secret = secret_on_page(client)
    client.post(ADD_APP, {"code": code(secret)})
    assert is_signed_in(client)


def test_a_grant_counts_from_the_next_click(required, member, department):
    client, _ = enter_password(member)
    assert is_signed_in(client)
    services.give_grant(user=member, kind=GrantKind.AMBASSADOR, unit=department, by=None)
    assert client.get(reverse("home"))["Location"] == "/account/second-step/"


def test_a_run_on_one_machine_asks_for_none_unless_told_to(tmp_path):
    name = "SECOND_FACTOR_FOR_GRANTS"
    given = {"REDIS_URL": "redis://127.0.0.1/0"}
    assert embedded.environment(tmp_path, given)[name] == "false"
    assert name not in embedded.environment(tmp_path, {**given, name: "true"})


def test_recovery_codes_alone_are_no_second_step(required, ambassador):
    Authenticator.objects.create(
        user=ambassador,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": MFAAdapter().encrypt("seed"), "used_mask": 0},
    )
    client, _ = enter_password(ambassador)
    assert client.get(reverse("home"))["Location"] == "/account/second-step/"


def test_an_unconfirmed_second_address_is_said_to_stand_in_the_way(member):
    EmailAddress.objects.create(user=member, email="second@example.gov.uk", verified=False)
    client = confirmed(member)
    page = client.get(ADD_APP, follow=True).content.decode()
    assert "Confirm your email address before you add a second step" in page
