"""What must be true of every page, checked in the browser that shows it."""

import re

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

WIDE, NARROW = 1280, 320
HEIGHTS = {WIDE: 900, NARROW: 640}
# All rules that axe runs unasked, best practices included, and one it runs only when asked.
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def check_page(page, *, errors=False, with_axe=True):
    """Hold the page that is shown to what every page must be, on a wide and a small screen.

    With `errors` the page must say that something is wrong, in its title as well.
    """
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "en", page.url
    headings = page.get_by_role("heading", level=1)
    assert headings.count() == 1, f"{headings.count()} headings of level 1 at {page.url}"
    title = page.title()
    assert title.endswith(" – Skills portal"), f"{page.url}: {title}"
    assert title.startswith("Error: ") == errors, f"{page.url}: {title}"
    shown_at = page.viewport_size
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        found = violations(page) if with_axe else ""
        assert not found, f"{page.url} at {width} pixels:\n{found}"
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, f"{page.url} is {too_wide} pixels too wide at {width} pixels"
    page.set_viewport_size(shown_at)
    said = complaints(page)
    assert not said, f"{page.url}:\n{said}"


def violations(page):
    """What axe finds wrong, a line for each element; empty when nothing is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", AXE_OPTIONS)["violations"]
    return "\n".join(
        f"{one['id']}: {one['help']}\n    {node['html'][:300]}\n    {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    )


def complaints(page):
    """What the browser complained about while it showed this page, CSP violations included."""
    said = [
        f"{message.text} ({message.location['url']})"
        for message in page.console_messages(filter="since-navigation")
        if message.type in {"error", "warning"}
        # The page itself was answered with an error: the tests that ask for one know.
        and not (message.location["url"] == page.url and "Failed to load" in message.text)
    ]
    return "\n".join(said + [str(error) for error in page.page_errors(filter="since-navigation")])


def follow_error_links(page):
    """Follow each link of the error summary: each must bring the reader to the field it names."""
    expect(page).to_have_title(re.compile("^Error: "))
    page.wait_for_load_state()
    links = page.locator(".govuk-error-summary a[href^='#']")
    assert links.count(), f"No link in the error summary at {page.url}"
    for link in links.all():
        wanted = link.get_attribute("href").removeprefix("#")
        link.click()
        focused = page.evaluate("document.activeElement.id")
        assert focused == wanted, (
            f"{page.url}: “{link.inner_text()}” leads to #{focused}, not #{wanted}"
        )
