"""Ticking statements, and a whole area on one page: with keys, in two tabs, without a script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checks import NARROW, check_page

KIND = "Line manager"


def begin(page):
    """The list of skills of Digital essentials, every skill asked again."""
    page.goto("/skills/")
    name = re.compile("^(Start|Rate again|Continue) Digital essentials$")
    page.get_by_role("button", name=name).click()
    again = page.get_by_role("button", name="Ask me about every skill again")
    if again.count():
        again.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")


def open_area(page, number):
    """The page of an area of the list; gives the groups of radios on it."""
    page.get_by_role("link", name=re.compile("on one page$")).nth(number).click()
    expect(page.get_by_text("Choose a level for each skill.")).to_be_visible()
    return page.get_by_role("group")


def levels(group):
    return group.locator("input[data-level-key]")


def chosen(group):
    return group.locator("input[data-level-key]:checked").get_attribute("value")


def another(group):
    """A level that is not chosen yet, "not yet" apart."""
    return str(next(value for value in (2, 3) if chosen(group) != str(value)))


def saved(page):
    return page.expect_response(lambda response: response.request.method == "POST")


def test_number_keys_choose_a_level_and_do_nothing_else(open_page):
    page = open_page(KIND)
    begin(page)
    group = open_area(page, 0).first
    check_page(page)
    levels(group).first.focus()
    wanted = another(group)
    with saved(page):
        page.keyboard.press(wanted)
    assert chosen(group) == wanted
    expect(group.locator(f"input[value='{wanted}']")).to_be_focused()
    # No such level, and keys that belong to the browser: nothing is chosen.
    for key in ("9", "8", "Control+1", "Alt+1", "a"):
        page.keyboard.press(key)
        assert chosen(group) == wanted
    # The arrow keys work as before.
    page.keyboard.press("ArrowUp")
    assert int(chosen(group)) == int(wanted) - 1
    # While somebody types, a number is a number.
    with saved(page):
        group.get_by_label("Not applicable").check()
    page.keyboard.press("Tab")
    page.keyboard.type("2 teams do it")
    expect(group.get_by_role("textbox")).to_have_value("2 teams do it")
    expect(group.get_by_label("Not applicable")).to_be_checked()
    with saved(page):
        group.get_by_label("Not yet").check()
    expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d$"))).to_be_visible()


def test_two_tabs_of_an_area_that_disagree_keep_both_answers_in_sight(open_page):
    page = open_page(KIND)
    begin(page)
    group = open_area(page, 1).first
    other = page.context.new_page()
    other.goto(page.url)
    first = another(group)
    with saved(page):
        group.locator(f"input[value='{first}']").check()
    mine = other.get_by_role("group").first
    second = "1" if chosen(mine) != "1" else "4"
    mine.locator(f"input[value='{second}']").check()
    expect(other.get_by_text(re.compile("^Not saved: this skill was answered"))).to_be_visible()
    other.get_by_role("button", name="Compare the two answers").click()
    expect(
        other.get_by_text(re.compile("in another tab or on another device")).first
    ).to_be_visible()
    check_page(other, errors=True)
    assert chosen(mine) == second
    other.get_by_role("button", name="Save and see all skills").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Rate your skills")
    page.reload()
    assert chosen(group) == second


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_ticked_statements_suggest_a_level_to_accept_or_override(open_page, javascript):
    page = open_page(KIND, width=NARROW, javascript=javascript)
    begin(page)
    page.locator(".govuk-task-list").get_by_role("link").nth(-1 if javascript else -2).click()
    page.get_by_role("link", name=re.compile("^(Tick statements instead|Change what)")).click()
    if javascript:
        check_page(page)
    for group in page.get_by_role("group").all():
        for box in group.get_by_role("checkbox").all():
            box.set_checked(group.get_by_text("Awareness", exact=True).count() == 1)
    page.get_by_role("button", name="Save and see the suggested level").click()
    expect(page.get_by_text("The statements you ticked suggest Awareness:")).to_be_visible()
    if javascript:
        check_page(page)
    page.get_by_role("radio", name="Working", exact=True).check()
    page.get_by_role("button", name="Save and see all skills").click()
    why = page.get_by_label("Why does another level describe you better?")
    expect(page.get_by_text("Enter why another level describes you better").first).to_be_visible()
    why.fill("I teach it.")
    page.get_by_role("button", name="Save and see all skills").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate your skills")
