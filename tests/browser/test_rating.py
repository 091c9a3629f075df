"""Somebody rates themselves, submits, and their line manager reads it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import person, sign_in


def begin(page, name="Digital essentials"):
    """Go from home to the list of skills to rate, whether or not they were rated before."""
    page.get_by_role("link", name="Your skills").first.click()
    page.get_by_role("button", name=re.compile(f"^(Start|Rate again|Continue) {name}$")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")


def skills(page):
    """The names of the skills in the list."""
    return page.locator(".govuk-task-list").get_by_role("link").all_inner_texts()


def open_skill(page, name):
    page.locator(".govuk-task-list").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def level(page, name):
    return page.get_by_role("radio", name=name, exact=True)


def evidence(page):
    return page.get_by_label("Evidence (optional)")


def rate(page, name, level_name, **details):
    """Answer one skill from the list of skills, and come back to the list."""
    open_skill(page, name)
    level(page, level_name).check()
    if "reason" in details:
        page.get_by_label("Why does this skill not apply to your work?").fill(details["reason"])
    if "evidence" in details:
        evidence(page).fill(details["evidence"])
    if "confidence" in details:
        level(page, details["confidence"]).check()
    page.get_by_role("button", name="Save and see all skills").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")


def submit(page, *, look=False):
    """Submit from the page of answers to check, agreeing to what it asks to agree to."""
    boxes = page.locator("main").get_by_role("checkbox")
    if boxes.count():
        page.get_by_role("button", name="Submit", exact=True).click()
        if look:
            check_page(page, errors=True)
        follow_error_links(page)
        for box in boxes.all():
            box.check()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your result")


def summary_row(page, name):
    return page.locator(".govuk-summary-list__row").filter(has_text=name)


def test_a_civil_servant_rates_themselves_and_their_line_manager_reads_it(open_page):
    page = open_page("Civil servant")
    begin(page)
    check_page(page)
    first, second, third, *_ = skills(page)

    # An answer is saved while it is given, without a button.
    open_skill(page, first)
    check_page(page)
    level(page, "Expert").check()
    expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d$"))).to_be_visible()
    evidence(page).fill("I moved our Thursday clinic online and kept a phone line open.")
    level(page, "High").check()
    with page.expect_response(lambda response: response.request.method == "POST"):
        evidence(page).blur()
    page.reload()
    expect(level(page, "Expert")).to_be_checked()
    expect(level(page, "High")).to_be_checked()
    expect(evidence(page)).to_have_value(re.compile("kept a phone line open"))
    page.get_by_role("button", name="Save and see all skills").click()

    # The third answer wants a reason.
    open_skill(page, second)
    reason = page.get_by_label("Why does this skill not apply to your work?")
    level(page, "Not yet").check()
    expect(reason).to_be_hidden()
    level(page, "Not applicable").check()
    expect(reason).to_be_visible()
    page.get_by_role("button", name="Save and see all skills").click()
    check_page(page, errors=True)
    follow_error_links(page)
    reason.fill("My team buys this in.")
    page.get_by_role("button", name="Save and see all skills").click()

    rate(page, third, "Not yet")
    page.get_by_role("button", name="Check your answers").click()
    check_page(page)
    expect(summary_row(page, first)).to_contain_text("Expert")
    expect(summary_row(page, second)).to_contain_text("My team buys this in.")
    expect(summary_row(page, third)).to_contain_text("Not yet")
    expect(page.get_by_role("heading", name="Who will see this")).to_be_visible()
    manager = person("Line manager").name
    expect(page.get_by_text(re.compile(f"{manager}, your line manager, will see"))).to_be_visible()
    submit(page, look=True)
    expect(page.get_by_text("Self-assessment submitted.")).to_be_visible()
    check_page(page)
    chart = page.get_by_role("list", name="Levels against the target")
    expect(chart.get_by_role("listitem").filter(has_text=first)).to_contain_text("Expert (4)")
    page.get_by_text("Show as a table").first.click()
    table = page.get_by_role("table", name="Levels against the target")
    row = table.get_by_role("row").filter(has_text=first)
    expect(row).to_be_visible()
    expect(row).to_contain_text("Expert")
    expect(page.get_by_role("img", name=re.compile("Mean level of each area"))).to_be_visible()

    page = open_page("Line manager")
    page.get_by_role("link", name="Your team").first.click()
    check_page(page)
    name = person("Civil servant").name
    page.get_by_role("rowheader").filter(has_text=name).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(summary_row(page, first)).to_contain_text("kept a phone line open")
    expect(summary_row(page, second)).to_contain_text("My team buys this in.")
    check_page(page)


def test_without_javascript_the_same_can_be_done(open_page):
    page = open_page("Organisation administrator", javascript=False)
    begin(page)
    first, second, third, *_ = skills(page)
    open_skill(page, second)
    level(page, "Not applicable").check()
    page.get_by_role("button", name="Save and see all skills").click()
    follow_error_links(page)
    page.get_by_role("link", name="All skills").click()
    rate(page, first, "Practitioner", evidence="I wrote the guide.", confidence="Medium")
    rate(page, second, "Not applicable", reason="Another team does it.")
    rate(page, third, "Not yet")
    open_skill(page, first)
    expect(level(page, "Practitioner")).to_be_checked()
    expect(evidence(page)).to_have_value("I wrote the guide.")
    page.get_by_role("link", name="All skills").click()
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_role("heading", name="Who will see this")).to_be_visible()
    submit(page)
    expect(page.get_by_role("list", name="Levels against the target")).to_contain_text(first)
    expect(summary_row(page, first)).to_contain_text("I wrote the guide.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_two_tabs_that_disagree_show_both_answers(open_page, javascript):
    kind = "Report reader" if javascript else "System administrator"
    page = open_page(kind, javascript=javascript)
    begin(page)
    name = skills(page)[3]
    rate(page, name, "Not yet")  # so that there is one version both tabs start from
    open_skill(page, name)
    other = page.context.new_page()
    other.goto(page.url)
    level(page, "Awareness").check()
    evidence(page).fill("From the first tab.")
    page.get_by_role("button", name="Save and see all skills").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")

    level(other, "Working").check()
    evidence(other).fill("From the second tab.")
    if javascript:
        expect(other.get_by_text(re.compile("^Not saved: this skill was answered"))).to_be_visible()
        other.get_by_role("button", name="Compare the two answers").click()
    else:
        other.get_by_role("button", name="Save and see all skills").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Choose which answer to keep")
    expect(other.get_by_text("From the first tab.")).to_be_visible()
    expect(other.get_by_text("From the second tab.")).to_be_visible()
    if javascript:
        check_page(other)
    other.get_by_role("button", name="Keep the answer on this page").click()
    page.reload()
    open_skill(page, name)
    expect(level(page, "Working")).to_be_checked()
    expect(evidence(page)).to_have_value("From the second tab.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_a_session_that_ends_while_typing_gives_the_text_back(open_page, portal, javascript):
    page = open_page("Ambassador", javascript=javascript)
    begin(page)
    open_skill(page, skills(page)[-1 if javascript else -2])
    name = page.get_by_role("heading", level=1).inner_text()
    level(page, "Practitioner").check()
    evidence(page).fill("Half an hour")
    if javascript:
        expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d$"))).to_be_visible()
    page.context.clear_cookies(name=re.compile("session"))
    evidence(page).fill("Half an hour of typing, and more.")
    if javascript:
        expect(page.get_by_text("Not saved: you have been signed out.")).to_be_visible()
        expect(evidence(page)).to_have_value("Half an hour of typing, and more.")
        check_page(page)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Email").fill(person("Ambassador").email)
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("You were signed out before this answer was saved.")).to_be_visible()
    expect(evidence(page)).to_have_value("Half an hour of typing, and more.")
    if javascript:
        check_page(page)
    page.get_by_role("button", name="Save and see all skills").click()
    open_skill(page, name)
    expect(level(page, "Practitioner")).to_be_checked()
    expect(evidence(page)).to_have_value("Half an hour of typing, and more.")


def test_who_signs_in_again_in_another_tab_goes_on_typing_in_this_one(open_page, portal):
    page = open_page("Ambassador")
    begin(page)
    open_skill(page, skills(page)[-3])
    level(page, "Practitioner").check()
    expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d$"))).to_be_visible()
    page.context.clear_cookies()  # the site's token as well as the session
    evidence(page).fill("Typed while signed out.")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in (opens in new tab)").click()
    sign_in(opened.value, person("Ambassador").email, portal.password)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d$"))).to_be_visible()
    page.reload()
    expect(evidence(page)).to_have_value("Typed while signed out.")


def test_the_keyboard_alone_chooses_a_role_and_rates_a_skill(open_page):
    page = open_page("Ambassador")
    keys = Keyboard(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    keys.follow("Your skills")
    keys.follow(re.compile("^(Choose your role|Add or remove a role)$"))
    keys.reach(page.get_by_label("Search for a role"))
    page.keyboard.type("content designer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text(["Roles found"])
    keys.follow("Content designer")
    keys.press("This is my role")
    keys.press("Start Content designer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")
    name = skills(page)[0]
    keys.follow(name)
    # A group of radio buttons is one stop for Tab; arrows go from option to option.
    keys.reach(page.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("radio", checked=True).first
    expect(chosen).to_be_focused()
    value = chosen.get_attribute("value")
    keys.press("Save and see all skills")
    expect(page.locator(".govuk-task-list__item").filter(has_text=name)).not_to_contain_text(
        "Not rated"
    )
    keys.follow(name)
    expect(page.get_by_role("radio", checked=True).first).to_have_value(value)


class Keyboard:
    """Somebody who has no mouse: goes on by Tab until what they want has the focus."""

    def __init__(self, page):
        self.page = page

    def reach(self, locator):
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if locator.evaluate("element => element === document.activeElement"):
                visible = self.page.evaluate(
                    "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                    " || getComputedStyle(document.activeElement).boxShadow !== 'none'"
                )
                shown = visible or locator.get_attribute("type") == "radio"
                assert shown, f"The focus cannot be seen on {locator}"
                return
        raise AssertionError(f"Tab never reaches {locator} at {self.page.url}")

    def follow(self, name):
        exact = isinstance(name, str)
        main = self.page.locator("main")
        link = main.get_by_role("link", name=name, exact=exact)
        self.reach(link.or_(main.get_by_role("button", name=name)))
        self.page.keyboard.press("Enter")

    def press(self, name):
        self.reach(self.page.get_by_role("button", name=name))
        self.page.keyboard.press("Enter")
