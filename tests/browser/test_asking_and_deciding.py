"""What somebody asks for and somebody else decides on: resources, and changes of a post."""

from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.checks import NARROW, check_page, follow_error_links


def test_a_suggested_resource_is_decided_on(open_page):
    page = open_page("Civil servant", width=NARROW)
    page.goto(reverse("learning:resources"))
    page.get_by_role("link", name="Suggest a resource").click()
    page.get_by_label("Title").fill("Lighthouse keeping for everybody")
    page.get_by_label("Link", exact=True).fill("https://example.gov.uk/lighthouses")
    page.get_by_role("group", name="Format").get_by_role("radio").first.check()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Suggest it").click()
    check_page(page)

    page = open_page("Ambassador")
    page.goto(reverse("learning:resources"))
    page.get_by_role("link", name="to decide on").click()
    check_page(page)
    page.get_by_role("link", name="Lighthouse keeping for everybody").click()
    check_page(page)
    page.get_by_role("button", name="Confirm").click()
    check_page(page, errors=True)
    follow_error_links(page)


def test_a_change_of_a_post_is_asked_for_and_refused(open_page):
    page = open_page("Civil servant", width=NARROW)
    page.goto(reverse("accounts:ask_for_change"))
    page.get_by_label("What is your grade?").select_option(label="Grade 7 (G7)")
    page.get_by_role("button", name="Send the request").click()
    check_page(page)
    request = page.url

    page = open_page("Organisation administrator")
    page.goto(request)
    check_page(page)
    page.get_by_role("link", name="Leave the post as it is").click()
    check_page(page)
    page.locator("main").get_by_role("button").click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Why does the post stay as it is?").fill("It comes with the next post.")
    page.locator("main").get_by_role("button").click()
    check_page(page)
    expect(page.get_by_text("is told that the post stays as it is")).to_be_visible()
