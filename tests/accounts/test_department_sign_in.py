"""Who a department's service can sign in, and who it cannot.

That the code flow itself works between two running sites is in
tests/browser/test_department_sign_in.py; here the service has answered.
"""

import pytest
import requests
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from skills_portal import env
from tests import factories
from tests.accounts.pages import errors

pytestmark = pytest.mark.django_db

PAGE = "/account/department/"


def department(short, *domains, **more):
    return {
        "provider_id": short,
        "name": f"Department of {short.title()}",
        "client_id": short,
        "secret": "secret",
        "settings": {
            "server_url": f"https://{short}.example",
            "domains": list(domains),
            "trust_email": False,
            "second_factor": False,
            **more,
        },
    }


@pytest.fixture(autouse=True)
def departments(settings):
    apps = [department("lanterns", "example.gov.uk"), department("harbours", "harbours.example")]
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}
    }
    return {app["provider_id"]: app for app in apps}


def come_back(service, claims, *, told=None, process="login", user=None):
    """The portal's answer when somebody comes back from the service, and who is then signed in."""
    request = RequestFactory().get(f"{PAGE}{service}/back/")
    SessionMiddleware(lambda _: None).process_request(request)
    MessageMiddleware(lambda _: None).process_request(request)
    request.user = user or AnonymousUser()
    with context.request_context(request):
        provider = get_adapter().get_provider(request, service)
        response = {"id_token": claims, "userinfo": claims if told is None else told}
        login = provider.sociallogin_from_response(request, response)
        login.state = {"process": process}
        return complete_login(request, login), request.user


def claims(email, *, sub="subject-1", verified=True):
    return {"sub": sub, "email": email, "email_verified": verified, "name": "Whoever They Say"}


def refused(answer):
    return answer.status_code == 403 and b"You could not be signed in" in answer.content


# --- Who gets in -----------------------------------------------------------------------------


def test_the_service_of_the_domain_signs_in_the_person_with_the_address(member):
    answer, user = come_back("lanterns", claims(member.email.upper()))
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert user == member
    assert user.full_name == "Ned Thornbury", "the account's own name stays"


def test_only_the_identifier_and_the_address_are_kept(member):
    come_back("lanterns", {**claims(member.email), "phone_number": "07700 900000"})
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid, linked.provider) == (member, "subject-1", "lanterns")
    assert linked.extra_data == {"userinfo": {"email": member.email}}


def test_signing_in_again_makes_no_second_link(member):
    for _ in range(2):
        assert come_back("lanterns", claims(member.email))[1] == member
    assert SocialAccount.objects.count() == 1


def test_a_service_without_the_claim_counts_where_the_deployment_trusts_it(member, departments):
    answer, _ = come_back("lanterns", {"sub": "subject-1", "email": member.email})
    assert refused(answer)
    departments["lanterns"]["settings"]["trust_email"] = True
    _, user = come_back("lanterns", {"sub": "subject-1", "email": member.email})
    assert user == member


# --- Who does not ----------------------------------------------------------------------------


@pytest.mark.parametrize("verified", [False, "false", None, 0, "yes", 1.5, [True]])
@pytest.mark.parametrize("trusted", [False, True])
def test_an_address_that_is_not_verified_signs_nobody_in(member, departments, verified, trusted):
    departments["lanterns"]["settings"]["trust_email"] = trusted
    answer, user = come_back("lanterns", claims(member.email, verified=verified))
    assert refused(answer)
    assert not user.is_authenticated
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("trusted", [False, True])
def test_a_service_cannot_sign_in_somebody_of_another_domain(member, departments, trusted):
    """The account of somebody at example.gov.uk, claimed by the service of harbours.example."""
    departments["harbours"]["settings"]["trust_email"] = trusted
    answer, user = come_back("harbours", claims(member.email))
    assert refused(answer)
    assert not user.is_authenticated
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "{}@harbours.example",
        "{} @harbours.example",
        "{}\n@harbours.example",
        "x@sub.example.gov.uk",
        "x@example.gov.uk.evil.example",
        "",
        None,
        ["{}"],
        {"email": "{}"},
    ],
)
def test_odd_addresses_sign_nobody_in(member, email):
    if isinstance(email, str):
        email = email.format(member.email)
    answer, user = come_back("harbours", claims(email))
    assert refused(answer) or b"You cannot create an account yourself" in answer.content
    assert not user.is_authenticated


def test_an_address_that_is_not_confirmed_here_is_nobodys(member, outsider):
    """Somebody who adds another person's address to their own account does not get them in."""
    outsider.emailaddress_set.create(email="someone@example.gov.uk", verified=False)
    answer, user = come_back("lanterns", claims("someone@example.gov.uk"))
    assert b"You cannot create an account yourself" in answer.content
    assert not user.is_authenticated


def test_nobody_gets_an_account_by_signing_in(member):
    before = User.objects.count()
    answer, user = come_back("lanterns", claims("new@example.gov.uk"))
    assert b"You cannot create an account yourself" in answer.content
    assert not user.is_authenticated
    assert User.objects.count() == before


def test_a_link_lets_nobody_in_whose_address_has_changed(member):
    come_back("lanterns", claims(member.email))
    old = member.email
    member.emailaddress_set.update(email="ned@harbours.example")
    User.objects.filter(pk=member.pk).update(email="ned@harbours.example")
    answer, user = come_back("lanterns", claims(old))
    assert refused(answer)
    assert not user.is_authenticated


def test_an_address_given_to_somebody_new_does_not_bring_them_the_old_account(member):
    come_back("lanterns", claims(member.email, sub="the first Ned"))
    answer, user = come_back("lanterns", claims(member.email, sub="the second Ned"))
    assert refused(answer)
    assert not user.is_authenticated
    assert SocialAccount.objects.get().uid == "the first Ned"


def test_one_service_cannot_use_the_link_of_another(member, departments):
    """Both may say that their person is subject-1."""
    come_back("lanterns", claims(member.email))
    answer, user = come_back("harbours", claims("somebody@harbours.example"))
    assert b"You cannot create an account yourself" in answer.content
    assert not user.is_authenticated


def test_answers_about_two_people_are_not_used(member):
    with pytest.raises(PermissionDenied):
        come_back("lanterns", claims(member.email), told=claims(member.email, sub="another"))


def test_a_closed_account_stays_closed(member):
    User.objects.filter(pk=member.pk).update(is_active=False)
    answer, user = come_back("lanterns", claims(member.email))
    assert answer["Location"] == reverse("account_inactive")
    assert not user.is_authenticated


def test_a_row_in_the_database_adds_no_service(client, member):
    SocialApp.objects.create(
        provider="openid_connect", provider_id="evil", client_id="x", name="Evil"
    )
    assert client.post(f"{PAGE}evil/").status_code == 404
    assert client.get(f"{PAGE}evil/back/?code=x&state=x").status_code == 404


# --- Second factors --------------------------------------------------------------------------


@pytest.mark.parametrize("asks", [True, False])
def test_a_service_that_asks_for_a_second_factor_is_enough_for_grants(
    client, ambassador, departments, settings, asks
):
    settings.SECOND_FACTOR_FOR_GRANTS = True
    departments["lanterns"]["settings"]["second_factor"] = asks
    client.force_login(ambassador)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "socialaccount", "at": 0, "provider": "lanterns", "uid": "subject-1"}
    ]
    session["account_authentication_methods_user"] = str(ambassador.pk)
    session.save()
    assert client.get(reverse("home")).status_code == (200 if asks else 302)


@pytest.mark.parametrize("address", ["/", "/account/", "/account/second-step/", "/account/email/"])
def test_a_password_cannot_add_a_factor_beside_the_departments(
    client, ambassador, departments, settings, address
):
    """Somebody who has guessed the password would add their own app and be let in."""
    settings.SECOND_FACTOR_FOR_GRANTS = True
    departments["lanterns"]["settings"]["second_factor"] = True
    come_back("lanterns", claims(ambassador.email))
    client.post("/account/login/", {"login": ambassador.email, "password": factories.PASSWORD})
    answer = client.get(address)
    assert answer.status_code == 403
    assert "which asks for your second step" in answer.content.decode()
    assert client.post("/account/second-step/totp/activate/", {"code": "1"}).status_code == 403
    client.post("/account/logout/")
    assert client.get(address).status_code == 302


def test_going_to_a_service_is_limited(client, monkeypatch):
    asked = []

    def refuse(*args, **kwargs):
        asked.append(args)
        raise requests.ConnectionError

    monkeypatch.setattr("requests.Session.request", refuse)
    statuses = [client.post(f"{PAGE}harbours/").status_code for _ in range(31)]
    assert statuses[-1] == 429
    assert len(asked) == 30


# --- Pages -----------------------------------------------------------------------------------


def test_the_sign_in_page_offers_departments_only_where_there_are_any(client, settings):
    assert "department account" in client.get("/account/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "department account" not in client.get("/account/login/").content.decode()
    assert client.get(PAGE).status_code == 404


def test_an_address_of_a_department_without_a_password_is_told_of_its_account(client):
    answer = client.post("/account/login/", {"login": "ned@harbours.example"})
    assert errors(answer) == [
        "Enter your password, or sign in with your Department of Harbours account"
    ]


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("", "Enter your work email address"),
        ("ned", "Enter an email address in the correct format, like name@example.com"),
        ("ned@elsewhere.example", "People at elsewhere.example do not sign in with"),
        ("ned@harbours.example@elsewhere.example", "Enter an email address"),
    ],
)
def test_an_address_without_a_service_is_told_what_to_do(client, email, error):
    assert errors(client.post(PAGE, {"email": email}))[0].startswith(error)


def test_a_service_that_is_away_is_told_in_words(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise requests.ConnectionError

    monkeypatch.setattr("requests.Session.request", refuse)
    for answer in (
        client.post(PAGE, {"email": "ned@harbours.example"}),
        client.post(f"{PAGE}harbours/"),
    ):
        assert answer.status_code == 503
        assert "Department of Harbours does not answer" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "?code=x&state=invented", "?error=server_error", "?state="])
def test_coming_back_without_having_gone_signs_nobody_in(client, query):
    answer = client.get(f"{PAGE}lanterns/back/{query}")
    assert answer.status_code == 401
    assert "You could not be signed in" in answer.content.decode()


def test_somebody_takes_only_their_own_links_away(client, member, outsider):
    come_back("lanterns", claims(member.email))
    come_back("lanterns", claims(outsider.email, sub="subject-2"))
    client.post("/account/login/", {"login": member.email, "password": factories.PASSWORD})
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    assert member.email in client.get("/account/departments/").content.decode()
    theirs = SocialAccount.objects.get(user=outsider)
    assert client.post("/account/departments/", {"account": theirs.pk}).status_code == 404
    for odd in ("", "x", "0", "9" * 40):
        assert client.post("/account/departments/", {"account": odd}).status_code == 404
    mine = SocialAccount.objects.get(user=member)
    assert client.post("/account/departments/", {"account": mine.pk}).status_code == 302
    assert list(SocialAccount.objects.all()) == [theirs]


def test_a_link_to_a_service_that_is_no_longer_there_can_be_taken_away(client, member, settings):
    come_back("lanterns", claims(member.email))
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    client.post("/account/login/", {"login": member.email, "password": factories.PASSWORD})
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    assert client.get("/account/departments/").status_code == 200
    client.post("/account/departments/", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()


# --- Settings --------------------------------------------------------------------------------

LANTERNS = {
    "OIDC_DEPARTMENTS": "lanterns",
    "OIDC_LANTERNS_NAME": "Department of Lanterns",
    "OIDC_LANTERNS_ISSUER": "https://login.example/lanterns/",
    "OIDC_LANTERNS_CLIENT_ID": "portal",
    "OIDC_LANTERNS_CLIENT_SECRET": "secret",
    "OIDC_LANTERNS_DOMAINS": "Lanterns.example, lamps.example",
}


def read(monkeypatch, **changes):
    for name, value in (LANTERNS | changes).items():
        monkeypatch.setenv(name, value)
    return env.departments("OIDC_DEPARTMENTS")


def test_departments_are_read_from_the_environment(monkeypatch):
    assert read(monkeypatch) == [
        {
            "provider_id": "lanterns",
            "name": "Department of Lanterns",
            "client_id": "portal",
            "secret": "secret",
            "settings": {
                "server_url": "https://login.example/lanterns",
                "domains": ["lanterns.example", "lamps.example"],
                "trust_email": False,
                "second_factor": False,
            },
        }
    ]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("OIDC_DEPARTMENTS", "Lanterns", "lower-case"),
        ("OIDC_DEPARTMENTS", "a-b", "lower-case"),
        ("OIDC_LANTERNS_NAME", "", "OIDC_LANTERNS_NAME is not set"),
        ("OIDC_LANTERNS_CLIENT_SECRET", "", "OIDC_LANTERNS_CLIENT_SECRET is not set"),
        ("OIDC_LANTERNS_DOMAINS", "", "OIDC_LANTERNS_DOMAINS is not set"),
        ("OIDC_LANTERNS_DOMAINS", "@lanterns.example", "OIDC_LANTERNS_DOMAINS must hold domains"),
        ("OIDC_LANTERNS_DOMAINS", "*.example", "OIDC_LANTERNS_DOMAINS must hold domains"),
        ("OIDC_LANTERNS_ISSUER", "http://login.example", "OIDC_LANTERNS_ISSUER must begin"),
        ("OIDC_LANTERNS_ISSUER", "login.example", "OIDC_LANTERNS_ISSUER must begin"),
        ("OIDC_LANTERNS_TRUST_EMAIL", "yes", "OIDC_LANTERNS_TRUST_EMAIL must be 'true'"),
    ],
)
def test_a_mistake_in_a_department_is_named(monkeypatch, name, value, problem):
    with pytest.raises(ImproperlyConfigured, match=problem):
        read(monkeypatch, **{name: value})


def test_two_services_cannot_speak_for_one_domain(monkeypatch):
    lamps = {
        name.replace("LANTERNS", "LAMPS"): value
        for name, value in LANTERNS.items()
        if name != "OIDC_DEPARTMENTS"
    }
    with pytest.raises(ImproperlyConfigured, match="only one service can speak for it"):
        read(monkeypatch, **lamps, OIDC_DEPARTMENTS="lanterns,lamps")
