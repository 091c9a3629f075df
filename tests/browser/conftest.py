"""A real browser in front of the real thing.

`portal` is a run of the whole portal (broker, web server, worker, beat, demo data) in a folder
and an environment of its own, and `open_page` a page of it, signed in as one of the demo people.
Both live as long as the tests of this folder and leave nothing behind. The tests see the portal
as people do and never touch its database; each uses people and units that no other test changes,
so that their order does not matter. Every test in this folder carries the mark `browser`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from skills_portal.demo.organisation import DEMO_PEOPLE
from skills_portal.supervisor import Guardian
from tests.browser.checks import HEIGHTS, WIDE

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
START_SECONDS = 120
STOP_SECONDS = 30
ACTION_SECONDS = 15
# What a run may know of the tests' environment, whose settings are not those of a real run.
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
PAGES = pytest.StashKey()


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show where each page of a failed test was, and what it looked like."""
    report = yield
    if report.failed and call.when == "call":
        for number, page in enumerate(item.stash.get(PAGES, [])):
            name = re.sub(r"\W+", "-", item.name)
            try:
                path = screenshot(page, f"{name}-{number}", item.config)
                report.sections.append(("Browser", f"{page.url}\nScreenshot: {path}"))
            except Error as error:
                report.sections.append(("Browser", f"No screenshot: {error.message}"))
    return report


def screenshot(page, name, config):
    """The path of a picture of the whole page, in the temporary folder of this test run."""
    folder = config._tmp_path_factory.getbasetemp() / "screenshots"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


# --- The portal ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Portal:
    """A running portal: where it answers, the password that all demo people share, its process."""

    address: str
    password: str
    pid: int


@pytest.fixture(scope="package")
def portal(chromium, tmp_path_factory):
    """A fresh run of the whole portal with demo data, its first gap report compiled."""
    data = tmp_path_factory.mktemp("portal")
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with (
        Guardian() as guardian,
        subprocess.Popen(
            [sys.executable, "-m", "skills_portal.embedded", "portal", "--port", "0"],
            cwd=data,
            env={**kept, "PORTAL_DATA": str(data), "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as run,
    ):
        guardian.tell(f"+{run.pid}")
        said = []
        ready = threading.Event()
        reader = threading.Thread(target=listen, args=[run.stdout, said, ready], daemon=True)
        reader.start()
        try:
            ready.wait(START_SECONDS)
            address = re.search(r"^The portal: +(http://\S+?)/?$", "".join(said), re.MULTILINE)
            assert address, "The portal did not start:\n" + "".join(said)
            password = (data / "demo-password").read_text(encoding="utf-8").strip()
            yield Portal(address=address[1], password=password, pid=run.pid)
        finally:
            run.send_signal(signal.SIGTERM)
            try:
                run.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                run.kill()  # the guardian of the run then ends its children
                raise
            reader.join(STOP_SECONDS)
            guardian.tell(f"-{run.pid}")


def listen(output, said, ready):
    """Keep what the run says; `ready` is set when it waits for Ctrl-C, or has ended."""
    for line in output:
        said.append(line)
        if "Press Ctrl-C" in line:
            ready.set()
    ready.set()


def person(kind):
    """The demo person who is, say, the "Report reader"."""
    return next(one for one in DEMO_PEOPLE if one.kind == kind)


# --- The browser -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium():
    """The path of the installed Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Browser tests need Chromium, which is not installed.")
    return path


@pytest.fixture(scope="package")
def running_browser(chromium):
    # Not the plugin's own fixture, which lasts for the whole session: while it does, an event
    # loop counts as running and Django refuses every query of the tests that come after.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions():
    """Cookies of the people who have signed in, by kind: signing in is slow, and limited."""
    return {}


@pytest.fixture
def open_page(portal, running_browser, sessions, request):
    """`open_page("Line manager", width=320, javascript=False)` gives a page at home, signed in.

    Without a kind of person nobody is signed in, and the page is empty.
    """
    expect.set_options(timeout=ACTION_SECONDS * 1000)
    contexts = []
    pages = request.node.stash.setdefault(PAGES, [])

    def open_context(**options):
        context = running_browser.new_context(
            base_url=portal.address, locale="en-GB", timezone_id="Europe/London", **options
        )
        context.set_default_timeout(ACTION_SECONDS * 1000)
        contexts.append(context)
        return context

    def open_page(kind=None, *, width=WIDE, javascript=True):
        if kind and kind not in sessions:
            first = open_context().new_page()
            sign_in(first, person(kind).email, portal.password)
            sessions[kind] = first.context.storage_state()
        context = open_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=javascript,
            storage_state=sessions.get(kind),
        )
        page = context.new_page()
        pages.append(page)
        if kind:
            page.goto("/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page, email, password):
    """Sign in as somebody would who opens the portal's address."""
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
