"""A line manager with a team and a queue answers; the person replies and rates again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checks import NARROW, check_page, follow_error_links
from tests.browser.conftest import choose, choose_password, person
from tests.browser.test_administering import find_person
from tests.browser.test_first_visit import follow, heading
from tests.browser.test_rating import Keyboard, rate, skills


def submit_essentials(page, count=3):
    """Rate some skills of Digital essentials and submit them; their names."""
    page.goto("/skills/")
    page.get_by_role("button", name=re.compile("^(Start|Continue) Digital essentials$")).click()
    expect(heading(page)).to_have_text("Rate your skills")
    names = skills(page)[:count]
    for name in names:
        rate(page, name, "Working", evidence=f"I did {name.lower()}.")
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_label(re.compile("^Submit without")).check()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(heading(page)).to_have_text("Your result")
    return names


@pytest.fixture
def colleague(open_page, add_person, portal):
    """`colleague("Ned Pilotcote")` gives the page of somebody new whom the line manager manages."""

    def colleague(name, **where):
        where = {"unit": "Tide Alerts", "line_manager": person("Line manager").email, **where}
        email = add_person(name, **where)
        page = open_page()
        choose_password(page, portal, email)
        return page

    return colleague


def card(page, skill):
    """The answers to one skill on the line manager's page."""
    heading = page.get_by_role("heading", level=3, name=skill, exact=True)
    return page.locator(".govuk-summary-card").filter(has=heading)


def reason(page, skill):
    return page.get_by_label(f"Your reason or question about {skill}", exact=True)


@pytest.mark.parametrize(
    ("name", "width", "javascript"),
    [("Ned Pilotcote", NARROW, True), ("Nora Pilotcote", NARROW, False)],
    ids=["with script", "without"],
)
def test_a_line_manager_works_through_the_queue(name, width, javascript, colleague, open_page):
    look = check_page if javascript else lambda page, **options: None
    ned = colleague(name)
    first, second, third = submit_essentials(ned)

    page = open_page("Line manager", width=width, javascript=javascript)
    follow(page, "Your team")
    people = page.get_by_role("table", name="People and their skills")
    assert people.get_by_role("rowheader").count() > 12
    look(page)
    follow(page, re.compile("^Reviews"))
    waiting = page.get_by_text("Not started")
    assert waiting.count() >= 5
    assert all(one.bounding_box()["height"] < 40 for one in waiting.all()), "in two lines"
    look(page)
    follow(page, re.compile(f"^{name}: "))
    expect(heading(page)).to_have_text(f"Answer {name}")
    look(page)

    # Part of it is saved and picked up again on another device.
    card(page, first).get_by_label("Agree: Working").check()
    page.get_by_role("button", name="Save and carry on later").click()
    expect(page.get_by_text("1 of 3 answered and saved")).to_be_visible()
    page = open_page("Line manager", javascript=javascript)
    page.goto("/reviews/")
    expect(page.get_by_role("listitem").filter(has_text=name)).to_contain_text("In progress")
    follow(page, re.compile(f"^{name}: "))
    expect(card(page, first).get_by_label("Agree: Working")).to_be_checked()
    ned.reload()
    ned.goto("/skills/")
    follow(ned, "See your result")
    follow(ned, "What your line manager answered")
    expect(ned.get_by_text("There is no answer yet.")).to_be_visible()

    # Another level needs a level and a reason; nothing is finished before it has both.
    card(page, second).get_by_label("I see another level").check()
    card(page, third).get_by_label("Ask for evidence").check()
    reason(page, third).fill("Which service was it?")
    page.get_by_role("button", name="Finish and send").click()
    look(page, errors=True)
    if javascript:
        follow_error_links(page)
    expect(reason(page, third)).to_have_value("Which service was it?")
    page.get_by_label(f"The level you see in {second}", exact=True).select_option(label="Expert")
    reason(page, second).fill("You taught the whole team.")
    page.get_by_role("button", name="Finish and send").dblclick()
    expect(page.get_by_text(f"{name} has been sent your answers.")).to_be_visible()
    look(page)

    # The person reads the summary and replies; their own levels stay.
    ned.goto("/")
    follow(ned, re.compile("has answered your self-assessment"))
    expect(ned.get_by_text("You taught the whole team.")).to_have_count(1)
    expect(ned.get_by_text("Another level: Expert")).to_be_visible()
    check_page(ned)
    follow(ned, re.compile(f"^Reply ?: {third}"))
    ned.get_by_role("button", name="Send reply").click()
    follow_error_links(ned)
    ned.get_by_label("Your reply").fill("The permits service, in June.")
    ned.get_by_role("button", name="Send reply").dblclick()
    expect(ned.get_by_text("The permits service, in June.")).to_have_count(1)
    check_page(ned)

    page.goto("/reviews/")
    follow(page, f"{name}: {third}")
    expect(page.get_by_text("The permits service, in June.")).to_be_visible()
    look(page)
    page.goto("/team/")
    row = people_row(page, name)
    expect(row).to_contain_text("≠ manager 4")
    expect(row).to_contain_text("= agreed")

    # Rated again, the confirmation stays, marked as superseded.
    ned.goto("/skills/")
    ned.get_by_role("button", name="Rate again Digital essentials").click()
    rate(ned, first, "Practitioner")
    ned.get_by_role("button", name="Confirm these 2 answers").click()
    ned.get_by_role("button", name="Check your answers").click()
    ned.get_by_label(re.compile("^Submit without")).check()
    ned.get_by_role("button", name="Submit", exact=True).click()
    expect(heading(ned)).to_have_text("Your result")
    ned.goto("/")
    follow(ned, re.compile("has answered your self-assessment"))
    expect(ned.get_by_text("Agree", exact=True)).to_be_visible()
    expect(ned.get_by_text("Superseded").first).to_be_visible()
    page.goto("/reviews/")
    follow(page, re.compile(f"^{name}: "))
    expect(card(page, first)).to_contain_text("for an earlier rating: Working")
    look(page)


def people_row(page, name):
    table = page.get_by_role("table", name="People and their skills")
    return table.get_by_role("row").filter(has_text=name)


def test_a_line_manager_answers_with_the_keyboard_alone(colleague, open_page):
    name = "Kit Pilotcote"
    ned = colleague(name)
    (skill,) = submit_essentials(ned, count=1)
    page = open_page("Line manager")
    keys = Keyboard(page)
    keys.follow("Your team")
    keys.follow(re.compile("^Reviews"))
    keys.follow(re.compile(f"^{name}: "))
    expect(heading(page)).to_have_text(f"Answer {name}")
    keys.reach(card(page, skill).get_by_role("radio").first)
    page.keyboard.press("ArrowDown")  # I see another level
    keys.reach(page.get_by_label(f"The level you see in {skill}", exact=True))
    page.keyboard.type("Prac")
    keys.reach(reason(page, skill))
    page.keyboard.type("You ran the workshop.")
    keys.press("Finish and send")
    expect(page.get_by_text(f"{name} has been sent your answers.")).to_be_visible()

    keys = Keyboard(ned)
    ned.goto("/")
    keys.follow(re.compile("has answered your self-assessment"))
    expect(ned.get_by_text("Another level: Practitioner")).to_be_visible()
    keys.follow(re.compile(f"^Reply ?: {skill}"))
    keys.reach(ned.get_by_label("Your reply"))
    ned.keyboard.type("Thank you.")
    keys.press("Send reply")
    expect(ned.get_by_text("Your reply is sent")).to_be_visible()


def test_a_pending_review_follows_a_line_manager_who_moves_and_stops_at_the_next_one(
    colleague, open_page, portal
):
    maud = colleague("Maud Pilotcote", unit="Appeals", line_manager="")
    nell = colleague("Nell Pilotcote", unit="Procurement", line_manager="")
    ned = colleague("Ted Pilotcote", unit="Appeals", line_manager="maud.pilotcote@harbours.example")
    (skill,) = submit_essentials(ned, count=1)
    maud.goto("/reviews/")
    follow(maud, re.compile("^Ted Pilotcote: "))
    card(maud, skill).get_by_label("Ask for evidence").check()
    reason(maud, skill).fill("Begun before I moved.")
    maud.get_by_role("button", name="Save and carry on later").click()
    expect(maud.get_by_text("1 of 1 answered and saved")).to_be_visible()
    address = maud.url

    # She moves to another unit, and stays his line manager: nothing is lost.
    administrator = open_page("Organisation administrator")
    move(administrator, "Maud Pilotcote", unit="Facilities")
    maud.goto("/reviews/")
    expect(maud.get_by_role("listitem").filter(has_text="Ted Pilotcote")).to_contain_text(
        "In progress"
    )
    maud.goto(address)
    expect(reason(maud, skill)).to_have_value("Begun before I moved.")

    # He gets another line manager: from the next request on she sees nothing.
    move(administrator, "Ted Pilotcote", line_manager="nell.pilotcote@harbours.example")
    maud.get_by_role("button", name="Finish and send").click()
    expect(heading(maud)).to_have_text("Page not found")
    maud.goto("/team/")
    expect(maud.get_by_text("Nobody has you as their line manager")).to_be_visible()
    nell.goto("/team/")
    expect(people_row(nell, "Ted Pilotcote")).to_contain_text("not yet submitted")
    assert nell.goto(address).status == 404

    # He sees that nobody sees it now, and shares it in one press; then she can answer.
    ned.goto("/skills/")
    follow(ned, "Shared with")
    check_page(ned)
    expect(ned.get_by_role("table")).to_contain_text("Only you (submitted to Maud Pilotcote)")
    ned.get_by_role("button", name=re.compile("^Share with Nell Pilotcote")).click()
    expect(ned.get_by_text("Nell Pilotcote can now see it")).to_be_visible()
    check_page(ned)
    nell.goto("/reviews/")
    follow(nell, re.compile("^Ted Pilotcote: "))
    expect(reason(nell, skill)).to_have_value("")  # what was begun was Maud's
    card(nell, skill).get_by_label("Agree: Working").check()
    nell.get_by_role("button", name="Finish and send").click()
    expect(nell.get_by_text("Ted Pilotcote has been sent your answers.")).to_be_visible()
    assert maud.goto(address).status == 404


def move(page, name, *, unit=None, line_manager=None):
    """Change somebody's post, as the organisation administrator."""
    find_person(page, name)
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Change the post").click()
    if unit:
        choose(page.get_by_label("Unit", exact=True), unit)
    if line_manager:
        page.get_by_label("Line manager’s email address").fill(line_manager)
    page.get_by_role("button", name="Save the post").click()
    expect(page.get_by_text(re.compile(f"^{name} is now in "))).to_be_visible()
