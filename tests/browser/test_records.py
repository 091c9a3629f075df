"""People read what is held about them, and a system administrator erases somebody who left."""

import datetime

from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import choose


def test_whoever_is_not_signed_in_finds_the_privacy_notice_and_every_cookie(open_page):
    page = open_page()
    page.goto("/")
    set_here = {cookie["name"] for cookie in page.context.cookies()}
    page.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy notice")
    check_page(page)
    page.get_by_role("link", name="Cookies", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cookies")
    check_page(page)
    told = page.get_by_role("table", name="Cookies we set").locator("tbody tr > :first-child")
    assert set_here and set_here <= set(told.all_inner_texts())


def confirm_password(page, portal):
    """Say the password again where the portal asks for it, to be led on."""
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_role("button", name="Continue").click()


def test_somebody_reads_who_looked_and_downloads_a_copy_of_their_data(open_page, portal):
    page = open_page("Civil servant")
    page.goto("/privacy/")
    page.get_by_role("link", name="who looked at your data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who looked at your data")
    check_page(page)
    page.get_by_role("link", name="Privacy").click()
    page.get_by_role("link", name="a copy of your data").click()
    confirm_password(page, portal)
    expect(page.get_by_role("heading", level=1)).to_have_text("A copy of your data")
    check_page(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download to read").click()
    assert download.value.suggested_filename.endswith(".html")


def fill_day(page, day):
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(label, exact=True).fill(str(number))


def test_a_system_administrator_erases_somebody_who_left(open_page, portal):
    name, today = "Wilma Quayside", datetime.datetime.now(tz=datetime.UTC).date()
    page = open_page("System administrator")
    page.goto("/people/add/")
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Work email address").fill("wilma.quayside@harbours.example")
    choose(page.get_by_label("Unit", exact=True), "Payroll and Pensions")
    choose(page.get_by_label("Grade"), "EO")
    fill_day(page, today - datetime.timedelta(days=9))
    page.get_by_role("button", name="Add the person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    person = page.url
    page.goto(f"{person}erase/")
    confirm_password(page, portal)
    expect(page.get_by_text("Close the account first")).to_be_visible()
    check_page(page)

    page.goto(person)
    page.get_by_role("button", name="Close the account").click()
    fill_day(page, today - datetime.timedelta(days=2))
    page.get_by_role("button", name="Close the account").click()
    page.goto(person)
    page.get_by_role("link", name="erase this person").click()
    check_page(page)
    page.get_by_role("button", name="Erase this person").click()
    expect(page.get_by_text("The person is erased and is now “Erased person")).to_be_visible()
    check_page(page)
    assert page.goto(person).status == 404

    page.goto("/audit/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    expect(page.get_by_role("table")).to_contain_text("Erased the person")
    check_page(page)
