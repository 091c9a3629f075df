"""Signing in with a department's account: the code flow with PKCE between two running sites."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import expect

from skills_portal.supervisor import Guardian
from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import CHECKOUT, KEPT_VARIABLES, person
from tests.oidc_provider.prepare import PASSWORD

SOMEBODY = person("Report reader")
NOBODY_HERE = "new.colleague@harbours.example"


@pytest.fixture(scope="module")
def service(portal, tmp_path_factory):
    """A department's sign-in service at the address that the portal was given."""
    folder = tmp_path_factory.mktemp("provider")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "tests.oidc_provider.settings",
        "PROVIDER_FOLDER": str(folder),
        "PROVIDER_KEY": pem.decode(),
        "PYTHONPATH": str(CHECKOUT),
    }
    prepare = [sys.executable, "-m", "tests.oidc_provider.prepare", portal.address]
    subprocess.run([*prepare, SOMEBODY.email, NOBODY_HERE], env=environment, check=True)
    address = urlsplit(portal.department_service)
    with (
        (folder / "provider.log").open("w") as log,
        Guardian() as guardian,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"),
                *("--bind", address.netloc, "--threads", "4", "--no-control-socket"),
            ],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as run,
    ):
        guardian.tell(f"+{run.pid}")
        try:
            wait_for(f"{portal.department_service}/.well-known/openid-configuration")
            yield
        finally:
            run.terminate()
            run.wait(20)
            guardian.tell(f"-{run.pid}")


def wait_for(url, *, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, f"{url} did not answer in {seconds} s"
            time.sleep(0.1)


def sign_in_at_service(page, email, *, button="Authorize"):
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.get_by_role("button", name=button, exact=True).click()


def by_email(page, email):
    page.get_by_role("link", name="Sign in with your department account").click()
    page.get_by_label("Work email address").fill(email)
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_signs_in_with_their_department_account(open_page, service, portal, javascript):
    page = open_page(javascript=javascript)
    asked_for = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto("/learning/")
    by_email(page, SOMEBODY.email)
    expect(page).to_have_url(re.compile(f"^{re.escape(portal.department_service)}"))
    sign_in_at_service(page, SOMEBODY.email)
    expect(page).to_have_url(f"{portal.address}/learning/")
    expect(page.locator(".portal-header__name")).to_have_text(SOMEBODY.name)
    authorize = next(url for url in asked_for if "/identity/o/authorize?" in url)
    query = parse_qs(urlsplit(authorize).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["login_hint"] == [SOMEBODY.email]
    assert len(query["code_challenge"][0]) == 43
    page.goto("/account/departments/")
    if javascript:
        # No violation of the content security policy on the way there and back.
        check_page(page)


def test_a_service_that_may_not_speak_for_the_domain_signs_nobody_in(open_page, service, portal):
    """The same person, vouched for by the service of the department of another domain."""
    page = open_page()
    page.goto("/account/department/")
    page.get_by_role("button", name="Department for Lights").click()
    sign_in_at_service(page, SOMEBODY.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("You could not be signed in")
    expect(page.locator("main")).to_contain_text(SOMEBODY.email)
    check_page(page)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_somebody_without_an_account_is_told_so(open_page, service):
    page = open_page()
    page.goto("/account/login/")
    by_email(page, NOBODY_HERE)
    sign_in_at_service(page, NOBODY_HERE)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You cannot create an account yourself"
    )
    check_page(page)


def test_turning_back_at_the_service_leads_to_a_page_that_says_what_next(open_page, service):
    page = open_page()
    page.goto("/account/login/")
    by_email(page, SOMEBODY.email)
    sign_in_at_service(page, SOMEBODY.email, button="Cancel")
    expect(page.get_by_role("heading", level=1)).to_have_text("You did not sign in")
    check_page(page)


def test_a_code_cannot_be_used_twice_nor_by_somebody_else(open_page, service, portal):
    page = open_page()
    came_back = []
    page.on("request", lambda request: came_back.append(request.url))
    page.goto("/account/login/")
    by_email(page, SOMEBODY.email)
    sign_in_at_service(page, SOMEBODY.email)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    back = next(url for url in came_back if "/back/?" in url)
    for other in (page, open_page()):
        assert other.goto(back).status == 401
        check_page(other)


def test_the_department_page_says_what_is_wrong(open_page, service):
    page = open_page()
    page.goto("/account/department/")
    check_page(page)
    page.get_by_role("button", name="Continue").click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Work email address").fill("somebody@elsewhere.example")
    page.get_by_role("button", name="Continue").click()
    check_page(page, errors=True)
    follow_error_links(page)
