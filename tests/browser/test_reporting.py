"""A report reader asks for a gap report, waits for it, reads it and takes it away."""

import csv
import io
import re
import time
import zipfile
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page, follow_error_links

COMPILE_SECONDS = 60
FILES = "Download the report as a spreadsheet, CSV or PDF"

# The names of tables that do not fit beside what they stand in.
CUT_OFF = """() => [...document.querySelectorAll("table")]
  .filter((table) => table.scrollWidth > table.parentElement.clientWidth)
  .map((table) => table.caption.textContent)"""


def request_report(page, unit):
    """Ask for the report of a unit as at the end of last month; the page is left waiting."""
    page.get_by_role("link", name="Gap reports").first.click()
    page.get_by_role("button", name="Request a gap report").click()
    page.get_by_role("button", name="Request report").click()
    follow_error_links(page)
    page.get_by_label("Unit", exact=True).select_option(label=unit)
    page.get_by_role("button", name="Request report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gap report as at")


def open_unit_below(page):
    """Go from a ready report to the first unit below that it shows; its name."""
    heat_map = page.get_by_role("table", name=re.compile("by unit|each unit", re.IGNORECASE))
    link = heat_map.get_by_role("rowheader").get_by_role("link").first
    name = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return name


def download(page, *, javascript):
    """The rows of the report's CSV file, from the page of its files and back."""
    page.get_by_role("link", name=FILES).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Download the report")
    link = page.get_by_role("link", name=re.compile(r"^Download .*\.csv\.zip$"))
    wait_for(page, link, javascript=javascript)
    with page.expect_download() as caught:
        link.click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        text = archive.read("figures.csv").decode("utf-8-sig")
    if javascript:
        check_page(page)
    page.get_by_role("link", name="Back to the report").click()
    return list(csv.reader(io.StringIO(text)))


def wait_for(page, link, *, javascript):
    """Wait until the link is there: by itself, or without scripts by way of "Check progress"."""
    if not javascript:
        deadline = time.monotonic() + COMPILE_SECONDS
        while not link.count() and time.monotonic() < deadline:
            page.get_by_role("link", name="Check progress").click()
    expect(link).to_be_visible(timeout=COMPILE_SECONDS * 1000)


@contextmanager
def frozen_worker(portal):
    """The portal's worker stands still for a while."""
    family = psutil.Process(portal.pid).children(recursive=True)
    workers = [one for one in family if "skills_portal worker" in " ".join(one.cmdline())]
    assert workers
    for one in workers:
        one.suspend()
    try:
        yield
    finally:
        for one in workers:
            one.resume()


@pytest.mark.parametrize(
    ("unit", "javascript"),
    [("Digital and Data", True), ("Licensing and Customers", False)],
    ids=["with script", "without"],
)
def test_a_report_is_requested_compiled_and_read(open_page, unit, javascript):
    page = open_page("Report reader", javascript=javascript)
    request_report(page, f"{unit}, Department for Harbours and Lights")
    # With scripts the page says by itself when the report is ready.
    wait_for(page, page.get_by_role("link", name=FILES), javascript=javascript)
    if javascript:
        check_page(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(unit)

    rows = download(page, javascript=javascript)
    assert any(unit in row for row in rows)
    report_url = page.url

    below = open_unit_below(page)
    assert page.url != report_url
    if javascript:
        check_page(page)
    skill = page.get_by_role("table").first.get_by_role("rowheader").get_by_role("link").first
    name = skill.inner_text()
    skill.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text([name])
    expect(page.get_by_role("table").first).to_contain_text(below)
    if javascript:
        check_page(page)
    page.get_by_role("link", name="Back to the report").click()
    page.get_by_role("link", name=re.compile("^All figures of")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("All figures")
    if javascript:
        check_page(page)
        assert page.evaluate(CUT_OFF) == []

    # Who may read the department's reports finds this one in the list.
    page.get_by_role("link", name="Gap reports").first.click()
    row = page.get_by_role("row").filter(has_text=unit)
    expect(row).to_contain_text("Ready")


def test_a_waiting_report_says_how_far_it_is_and_can_be_cancelled(open_page, portal):
    page = open_page("Report reader")
    told = {"percent": 40, "step": "Counting", "sentence": "Hold on.", "finished": False}
    page.route("**/progress/", lambda route: route.fulfill(json=told))
    with frozen_worker(portal):
        request_report(page, "Lights and Beacons, Department for Harbours and Lights")
        expect(page.get_by_text("Counting: 40%")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress of the report")).to_have_attribute(
            "value", "40"
        )
        check_page(page)
        page.get_by_role("link", name="Gap reports").first.click()
        page.get_by_role("link", name="Reports being compiled").click()
        expect(page.get_by_role("link", name=re.compile("^Lights and Beacons"))).to_be_visible()
        check_page(page)
        page.get_by_role("link", name=re.compile("^Cancel the report of Lights")).click()
        check_page(page)
        page.get_by_role("button", name="Cancel the report").click()
        expect(page.get_by_text("It was cancelled by")).to_be_visible()
        check_page(page)
        page.get_by_role("button", name="Ask for it again").click()
        expect(page.get_by_text("waiting to be compiled")).to_be_visible()
    page.unroute("**/progress/")
    expect(page.get_by_role("link", name=FILES)).to_be_visible(timeout=COMPILE_SECONDS * 1000)


def test_the_list_of_running_reports_follows_them_and_offers_each_when_it_is_ready(
    open_page, portal
):
    unit = "Policy and Strategy"
    page = open_page("Report reader")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with frozen_worker(portal):
        request_report(page, f"{unit}, Department for Harbours and Lights")
        page.get_by_role("link", name="Gap reports").first.click()
        page.get_by_role("link", name="Reports being compiled").click()
        bar = page.get_by_role("progressbar", name=re.compile(f"^Progress of the report of {unit}"))
        expect(bar).to_be_visible()
        expect(page.get_by_text("waiting to be compiled")).to_be_visible()
        check_page(page)
    # The worker goes on; nobody loads the page again.
    link = page.get_by_role("link", name=re.compile(f"^Open the report of {unit}"))
    expect(link).to_be_visible(timeout=COMPILE_SECONDS * 1000)
    expect(page.get_by_text("This report is ready.", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(f"{unit}")
    expect(page.get_by_role("status")).to_contain_text("This report is ready.")
    expect(bar).to_be_hidden()
    check_page(page)
    # Nothing is left to ask about.
    count = len(asked)
    page.wait_for_timeout(2500)
    assert not [url for url in asked[count:] if "/running/progress/" in url]
    link.click()
    expect(page.get_by_role("link", name=FILES)).to_be_visible()
