"""Somebody logs what they learnt and takes it from there. With scripts and without."""

import csv
import io
import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import choose_password

QUICK_SECONDS = 30


@pytest.fixture
def learner(add_person, open_page, portal):
    """`learner("Lena", javascript=True)` is the page of somebody new who has signed in."""

    def learner(first_name, *, javascript):
        name = f"{first_name} {'Withscript' if javascript else 'Noscript'}"
        email = add_person(name, unit="Testing")
        page = open_page(width=320, javascript=javascript)
        choose_password(page, portal, email)
        return page

    return learner


def open_learning(page):
    page.goto("/learning/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your learning")


def log(page, title, *, minutes="45"):
    """What a usual entry takes: the date is today's already."""
    page.get_by_label("What you did").fill(title)
    page.get_by_label("Time it took").fill(minutes)
    page.get_by_role("radio", name="Work time").check()
    page.get_by_role("button", name="Log it").click()
    expect(page.get_by_text(f"Logged: {title}")).to_be_visible()


def entries(page):
    return page.locator("main li").filter(has=page.get_by_role("link", name="Log again"))


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_logging_repeating_changing_and_undoing(learner, javascript):
    page = learner("Lena", javascript=javascript)
    looked = check_page if javascript else lambda page, **_: None

    # Nothing filled in: each error leads to its field, and nothing is logged.
    open_learning(page)
    page.get_by_role("button", name="Log it").click()
    looked(page, errors=True)
    if javascript:
        follow_error_links(page)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()

    # A usual entry from home takes less than half a minute, this machine's waiting included.
    page.goto("/")
    started = time.monotonic()
    page.get_by_role("link", name="Your learning").first.click()
    log(page, "Read about retrospectives")
    taken = time.monotonic() - started
    print(f"\n{taken:.1f} s to log a usual entry")
    assert taken < QUICK_SECONDS
    looked(page)

    # Again, with another time; then a link and a thought, which stand behind "Add".
    page.get_by_role("link", name="Log again").click()
    expect(page.get_by_label("What you did")).to_have_value("Read about retrospectives")
    log(page, "Ran a retrospective", minutes="1h 15m")
    expect(entries(page)).to_have_count(2)
    page.get_by_role("link", name="See, change or share this entry").click()
    looked(page)
    page.get_by_role("button", name="Change").click()
    more = page.get_by_text("Add kind, skills, link or what you took from it")
    if not page.get_by_label("Link (optional)").is_visible():
        more.click()
    page.get_by_label("Link (optional)").fill("https://www.gov.uk/service-manual")
    page.get_by_label("What you took from it (optional)").fill("Ask what surprised people.")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_text("Ask what surprised people.")).to_be_visible()

    # Deleted, and back again.
    page.get_by_role("button", name="Delete entry").click()
    expect(page.get_by_text("Deleted: Ran a retrospective")).to_be_visible()
    looked(page)
    expect(entries(page)).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    open_learning(page)
    expect(entries(page)).to_have_count(2)

    # The year adds up, in the picture and in its table.
    page.get_by_role("link", name="Your year: totals and chart").click()
    expect(page.get_by_text("2 entries, 2 hours")).to_be_visible()
    expect(page.locator("svg.chart-columns")).to_be_visible()
    looked(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_bringing_a_log_in_setting_a_goal_and_taking_the_log_away(learner, javascript):
    page = learner("Otto", javascript=javascript)
    looked = check_page if javascript else lambda page, **_: None

    # A mistake is shown with its line, and nothing is kept.
    page.goto("/learning/import/")
    send(page, [["31/02/2026", "A day on prototypes", "300", "work"]])
    expect(page.get_by_text("Nothing was imported.")).to_be_visible()
    looked(page, errors=True)
    send(
        page,
        [
            ["28/02/2026", "A day on prototypes", "300", "work"],
            ["03/03/2026", "A podcast on data", "40", "own"],
        ],
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Check what will be added")
    expect(page.get_by_text("2 entries, 5 hours 40 minutes in all.")).to_be_visible()
    looked(page)
    page.get_by_role("button", name="Add to your log").click()
    open_learning(page)
    expect(entries(page)).to_have_count(2)

    page.get_by_role("link", name="Your goals").click()
    page.get_by_label(re.compile("^(Time|Minutes)")).fill("2h")
    page.get_by_role("button", name="Save goal").click()
    expect(page.get_by_text("This month you have logged")).to_be_visible()
    looked(page)

    open_learning(page)
    page.get_by_role("link", name="Take your log with you").click()
    looked(page)
    page.get_by_role("radio", name=re.compile("CSV")).check()
    for field, day in (("From", (1, 1, 2026)), ("To", (31, 12, 2026))):
        period = page.get_by_role("group", name=field)
        for part, value in zip(("Day", "Month", "Year"), day, strict=True):
            period.get_by_role("textbox", name=part).fill(str(value))
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Download")).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "A podcast on data" in text
    assert "A day on prototypes" in text


def send(page, rows):
    """Choose a file with these rows and have it checked."""
    text = io.StringIO()
    csv.writer(text).writerows([["Date", "What you did", "Minutes", "Time"], *rows])
    page.locator("input[type=file]").set_input_files(
        {"name": "log.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}
    )
    page.get_by_role("button", name="Check the file").click()
