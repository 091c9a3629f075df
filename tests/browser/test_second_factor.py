"""Adding a second step, signing in with it, and each page about it in each of its states."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import PASSWORD, choose_password, sign_in

# A key as a browser of tests has it: built in, and asking for a fingerprint that is always right.
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
HEADING = "Your second step"


def heading(page):
    return page.get_by_role("heading", level=1)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def confirm(page):
    """Enter the password again where a page asks for it first."""
    if "/reauthenticate/" in page.url:
        check_page(page)
        press(page, "Continue")
        check_page(page, errors=True)
        follow_error_links(page)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Continue")


def code(secret, *, used=None):
    """The code an app shows now; waits for the next one where this one was `used`."""
    while True:
        shown = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        if shown != used:
            return shown
        time.sleep(1)


def test_an_app_from_adding_it_to_taking_it_away(open_page, portal, add_person):
    email = add_person("Tamsin Reedley", unit="Testing")
    page = open_page()
    choose_password(page, portal, email)
    page.goto("/account/")
    check_page(page)
    page.get_by_role("link", name="Add Authenticator app").click()
    expect(heading(page)).to_have_text(HEADING)
    check_page(page)
    press(page, "Add an app")
    confirm(page)
    expect(heading(page)).to_have_text("Add an authenticator app")
    check_page(page)
    press(page, "Add the app")
    check_page(page, errors=True)
    follow_error_links(page)
    secret = page.locator(".portal-secret").inner_text()
    used = code(secret)
    page.get_by_label("Code").fill(used)
    press(page, "Add the app")
    expect(heading(page)).to_have_text("Your recovery codes")
    check_page(page)
    recovery = page.locator(".portal-codes li").first.inner_text()
    with page.expect_download() as download:
        press(page, "Download the codes")
    assert recovery in download.value.path().read_text().split()
    assert "has been added" in portal.letter(email, "authenticator app")

    # Signing in takes two steps now.
    elsewhere = open_page(javascript=False)
    elsewhere.goto("/")
    elsewhere.get_by_label("Email").fill(email)
    elsewhere.get_by_label("Password", exact=True).fill(PASSWORD)
    press(elsewhere, "Sign in")
    expect(heading(elsewhere)).to_have_text("Enter your second step")
    press(elsewhere, "Continue")
    expect(elsewhere).to_have_title(re.compile("^Error: "))
    elsewhere.get_by_label("Code").fill(code(secret, used=used))
    press(elsewhere, "Continue")
    expect(elsewhere.get_by_role("button", name="Sign out")).to_be_visible()

    # Two browsers are signed in; one of them ends the other's session.
    page.goto("/account/sessions/")
    check_page(page)
    press(page, "Sign out everywhere else")
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    check_page(page)
    elsewhere.goto("/")
    expect(heading(elsewhere)).to_have_text("Sign in")

    page.goto("/account/second-step/recovery-codes/generate/")
    check_page(page)
    press(page, "Get new codes")
    expect(page.locator(".portal-codes")).not_to_contain_text(recovery)
    page.goto("/account/second-step/reauthenticate/")
    check_page(page)
    press(page, "Continue")
    check_page(page, errors=True)
    follow_error_links(page)
    page.goto("/account/second-step/totp/deactivate/")
    check_page(page)
    press(page, "Remove the app")
    expect(heading(page)).to_have_text(HEADING)
    check_page(page)


def test_a_passkey_from_adding_it_to_taking_it_away(open_page, portal, add_person):
    email = add_person("Perrin Ashlode", unit="Testing")
    page = open_page()
    choose_password(page, portal, email)
    press(page, "Sign out")
    # Browsers know keys by a name, not by an address of numbers.
    here = portal.address.replace("127.0.0.1", "localhost")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    page.goto(f"{here}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    page.goto(f"{here}/account/second-step/webauthn/")
    check_page(page)
    press(page, "Add a key")
    confirm(page)
    expect(heading(page)).to_have_text("Add a passkey or security key")
    expect(page.locator("#key-problem")).to_be_hidden()
    check_page(page)
    page.get_by_label("Name of this key").fill("Work laptop")
    page.get_by_label("Sign in with this key alone").check()
    press(page, "Add key")
    expect(heading(page)).to_have_text("Your recovery codes")

    for name, heading_there in (
        ("Rename Work laptop", "Rename the key"),
        ("Remove Work laptop", "Remove Work laptop"),
    ):
        page.goto(f"{here}/account/second-step/webauthn/")
        check_page(page)
        page.get_by_role("link", name=name).click()
        expect(heading(page)).to_have_text(heading_there)
        check_page(page)
    page.goto(f"{here}/account/second-step/webauthn/")
    page.get_by_role("link", name="Rename Work laptop").click()
    page.get_by_label("Name of this key").fill("")
    press(page, "Save")
    check_page(page, errors=True)
    follow_error_links(page)
    page.goto(f"{here}/account/second-step/webauthn/reauthenticate/")
    check_page(page)
    press(page, "Sign out")

    page.goto(f"{here}/account/login/")
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator(".portal-header__name")).to_have_text("Perrin Ashlode")
    check_page(page)
    press(page, "Sign out")

    # After a password the key is the second step; a key that says no is told on the page.
    page.goto(f"{here}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    expect(heading(page)).to_have_text("Enter your second step")
    check_page(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    devices.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    press(page, "Use a passkey or security key")
    expect(page.locator("#key-problem")).to_be_visible()
    check_page(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_code_by_email_signs_in(open_page, portal, add_person, javascript):
    email = add_person(f"Colwyn {'Marlowe' if javascript else 'Netherby'}", unit="Testing")
    page = open_page(javascript=javascript)
    page.goto("/account/login/")
    page.get_by_role("link", name="Get a sign-in code by email").click()
    if javascript:
        check_page(page)
        press(page, "Send code")
        check_page(page, errors=True)
        follow_error_links(page)
    page.get_by_label("Email").fill(email)
    press(page, "Send code")
    letters = re.search(r"^[A-Z]{4}-[A-Z]{4}$", portal.letter(email, "Enter this code"), re.M)[0]
    if javascript:
        check_page(page)
        page.get_by_label("Code").fill("wrong")
        press(page, "Continue")
        check_page(page, errors=True)
        follow_error_links(page)
    page.get_by_label("Code").fill(letters)
    press(page, "Continue")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_without_scripts_pages_about_keys_say_what_to_do(open_page, portal, add_person):
    email = add_person("Oriel Fenwick", unit="Testing")
    page = open_page(javascript=False)
    choose_password(page, portal, email)
    page.goto("/account/second-step/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    expect(page.get_by_text("This needs a browser that runs scripts.")).to_be_visible()
    expect(page.get_by_role("button", name="Add key")).to_have_count(0)
    press(page, "Sign out")
    page.goto("/account/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    sign_in(page, email, PASSWORD)
