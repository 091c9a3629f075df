"""Signing in and out, and the pages that say no."""

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import person, sign_in


def test_somebody_signs_in_and_out(open_page, portal):
    page = open_page()
    sign_in(page, person("Ambassador").email, portal.password)
    expect(page.get_by_role("heading", level=1)).to_have_text(person("Ambassador").name)
    check_page(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    check_page(page)
    page.goto("/skills/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_wrong_password_is_said_to_be_wrong(open_page):
    page = open_page()
    page.goto("/")
    page.get_by_role("button", name="Sign in", exact=True).click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Email").fill(person("Ambassador").email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_page(page, errors=True)


def test_a_forgotten_password_is_asked_for_anew(open_page):
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Set a new password").click()
    check_page(page)
    page.locator("main").get_by_role("button").click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Email").fill("nobody@harbours.example")
    page.locator("main").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    check_page(page)


@pytest.mark.parametrize(
    ("kind", "address", "status"),
    [
        ("Ambassador", "/nowhere/", 404),
        ("Ambassador", "/self-assessments/999999/", 404),
        ("Ambassador", "/people/add/", 403),
        ("Ambassador", "/frameworks/import/", 403),
        (None, "/nowhere/", 404),
    ],
)
def test_a_page_that_says_no_is_accessible(kind, address, status, open_page):
    page = open_page(kind)
    assert page.goto(address).status == status
    check_page(page)
