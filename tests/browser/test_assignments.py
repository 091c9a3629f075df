"""An ambassador asks a team to learn something; a civil servant answers. With scripts and not."""

import datetime
import time

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links

OFFER_SECONDS = 60


def set_assignment(page, title, *, javascript):
    """Ask everyone in Tide Alerts to do something of that title; the page is left on it."""
    page.get_by_role("link", name="Ambassador").first.click()
    page.get_by_role("button", name="Set an assignment").click()
    page.get_by_label("Find a unit by name").fill("tide")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Tide Alerts").click()
    page.get_by_role("button", name="Continue").click()
    if javascript:
        check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_role("radio", name="Everyone").check()
    page.get_by_label("Or something else: its title").fill(title)
    page.get_by_label("Why you ask for it").fill("The winter timetable needs it.")
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=40)
    for part in ("day", "month", "year"):
        page.get_by_role("textbox", name=part.capitalize()).fill(str(getattr(due, part)))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("It is offered to about")).to_be_visible()
    if javascript:
        check_page(page)
    page.get_by_role("button", name="Set the assignment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def wait_until_offered(page, *, javascript):
    """By itself, or without scripts by way of "Check progress"."""
    offered = page.get_by_text("It has been offered.")
    if not javascript:
        deadline = time.monotonic() + OFFER_SECONDS
        while not offered.is_visible() and time.monotonic() < deadline:
            page.get_by_role("link", name="Check progress").click()
    expect(offered).to_be_visible(timeout=OFFER_SECONDS * 1000)


def answer(page, title, *, javascript):
    """Accept, agree to be named and log it, as somebody who has just signed in."""
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text("The winter timetable needs it.")).to_be_visible()
    if javascript:
        check_page(page)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("You have accepted it.")).to_be_visible()
    page.get_by_role("button", name="Agree to be named").click()
    expect(page.get_by_text("Your name is shown with this assignment.")).to_be_visible()
    page.get_by_role("link", name="Log that you have done it", exact=True).click()
    page.get_by_label("Time it took").fill("45")
    page.get_by_role("radio", name="Work time").check()
    page.get_by_role("button", name="Log it").click()
    expect(page.get_by_text(f"Logged: {title}")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_asking_and_answering(open_page, javascript):
    title = f"Retrospectives with{'' if javascript else 'out'} scripts"
    ambassador = open_page("Ambassador", javascript=javascript)
    set_assignment(ambassador, title, javascript=javascript)
    wait_until_offered(ambassador, javascript=javascript)
    expect(ambassador.get_by_text("Casey Fernbrook")).not_to_be_visible()

    civil_servant = open_page("Civil servant", width=320, javascript=javascript)
    answer(civil_servant, title, javascript=javascript)

    ambassador.reload()
    row = ambassador.get_by_text("Casey Fernbrook").locator("..")
    expect(row).to_contain_text("Done on")
    if javascript:
        check_page(ambassador)
    ambassador.get_by_role("link", name="Change the due date").click()
    ambassador.get_by_role("textbox", name="Year").fill("1999")
    ambassador.get_by_role("button", name="Change the due date").click()
    follow_error_links(ambassador)
    ambassador.get_by_role("link", name="Back").click()
    ambassador.get_by_role("link", name="Withdraw it").click()
    ambassador.get_by_role("button", name="Withdraw it").click()
    expect(ambassador.get_by_text("nobody is asked for it any more")).to_be_visible()


def test_declining_with_a_reason_on_a_small_screen(open_page):
    page = open_page("Civil servant", width=320)
    page.get_by_role("link", name="What you are asked to learn").click()
    page.get_by_role("link", name="Agile delivery").click()
    page.get_by_role("link", name="Decline, with a reason").click()
    page.get_by_role("button", name="Decline").click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Why not?").fill("No time before the timetable changes.")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("You have declined it.")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("You have accepted it.")).to_be_visible()
