"""Somebody new: from the letter about their account to their first result."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checks import NARROW, WIDE, check_page
from tests.browser.conftest import choose_password, person
from tests.browser.test_rating import level, open_skill, skills


def heading(page):
    return page.get_by_role("heading", level=1)


def follow(page, name):
    """Follow a link in the middle of the page, where it is whether or not the menu is folded."""
    page.locator("main").get_by_role("link", name=name).first.click()


@pytest.mark.parametrize(
    ("name", "width", "javascript"),
    [
        ("Wren Ashdown", WIDE, True),
        ("Piers Ashdown", NARROW, True),
        ("Nina Ashdown", WIDE, False),
    ],
    ids=["wide", "phone", "without script"],
)
def test_somebody_new_gets_from_their_first_letter_to_their_result(
    name, width, javascript, add_person, open_page, portal
):
    manager = person("Line manager")
    email = add_person(name, unit="Tide Alerts", line_manager=manager.email)
    page = open_page(width=width, javascript=javascript)
    look = check_page if javascript else lambda page: None
    choose_password(page, portal, email)

    # Is the post right?
    follow(page, "Your skills")
    look(page)
    follow(page, "Check that your unit, grade and line manager are right")
    expect(heading(page)).to_have_text("Is this right?")
    expect(page.locator("main")).to_contain_text(manager.name)
    look(page)
    page.get_by_role("button", name="This is right").click()

    # Which role is it? However it is spelt.
    expect(heading(page)).to_have_text("Choose your role")
    look(page)
    page.get_by_label("Search for a role").fill("servise desinger")
    page.get_by_role("button", name="Search").click()
    look(page)
    page.get_by_role("link", name="Service designer", exact=True).click()
    look(page)
    page.get_by_role("button", name="This is my role").click()
    expect(page.get_by_text("You will be measured against Service designer")).to_be_visible()

    # One skill with its evidence, and the rest area by area.
    page.get_by_role("button", name="Start Service designer").click()
    expect(heading(page)).to_have_text("Rate your skills")
    names = skills(page)
    open_skill(page, names[0])
    level(page, "Working").check()
    page.get_by_label("Evidence (optional)").fill("I drew the map of our permits service.")
    page.get_by_role("button", name="Save and see all skills").click()
    hurry = page.get_by_role("link", name=re.compile("on one page$"))
    while hurry.count():
        hurry.first.click()
        expect(page.get_by_text("Choose a level for each skill.")).to_be_visible()
        for group in page.locator("fieldset").all():
            levels = group.locator("input[data-level-key]")
            if not group.get_by_role("radio", checked=True).count():
                levels.nth(1).check()  # the first above “not yet”
        page.get_by_role("button", name="Save and see all skills").click()
        expect(heading(page)).to_have_text("Rate your skills")
    expect(page.get_by_text("You have answered every skill.")).to_be_visible()
    look(page)

    # Who will see it, and what it says. Pressing twice submits once.
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_text(f"{manager.name}, your line manager, will see")).to_be_visible()
    expect(page.get_by_text("I drew the map of our permits service.")).to_be_visible()
    page.get_by_role("button", name="Submit", exact=True).dblclick()
    expect(heading(page)).to_have_text("Your result")
    chart = page.get_by_role("list", name="Levels against the target")
    expect(chart.get_by_role("listitem")).to_have_count(len(names))
    expect(chart.get_by_role("listitem").filter(has_text=names[0])).to_contain_text("Working (2)")
    look(page)

    # What comes next: the past, other roles, and who sees it.
    page.goto("/skills/")
    follow(page, "Your history")
    table = page.get_by_role("table", name="Every self-assessment you submitted")
    expect(table.get_by_role("row")).to_have_count(2)
    page.go_back()
    follow(page, "Where could I go from here?")
    expect(page.get_by_role("table")).to_contain_text("Associate service designer")
    look(page)
    page.go_back()
    follow(page, "Shared with")
    expect(page.get_by_role("table")).to_contain_text(f"{manager.name}: you submitted it to them")
    look(page)
    assert "has submitted" in portal.letter(manager.email, name)
