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
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
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
LETTER_SECONDS = 60
# Of the people whom the tests add.
PASSWORD = "sixteen lanterns on the quay"
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
    """A running portal: where it answers, the password all demo people share, process, mail.

    `department_service` is where it was told that two departments' sign-in services are;
    test_department_sign_in.py runs them.
    """

    address: str
    password: str
    pid: int
    mail: Path
    department_service: str

    def letters(self, email):
        """The plain texts of the e-mails sent to this address so far, oldest first."""
        found = []
        for file in sorted(self.mail.glob("*.log")):
            for part in file.read_bytes().split(b"-" * 79 + b"\n"):
                message = message_from_bytes(part, policy=policy.default)
                if message["To"] == email:
                    found.append(message.get_body(["plain"]).get_content())
        return found

    def letter(self, email, words):
        """The newest e-mail to this address with these words, which may be on its way."""
        deadline = time.monotonic() + LETTER_SECONDS
        while time.monotonic() < deadline:
            for text in reversed(self.letters(email)):
                if words in text:
                    return text
            time.sleep(0.2)
        raise AssertionError(f"No e-mail to {email} has “{words}”: {self.letters(email)}")


@pytest.fixture(scope="package")
def portal(chromium, tmp_path_factory):
    """A fresh run of the whole portal with demo data, its first gap report compiled."""
    data = tmp_path_factory.mktemp("portal")
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    service = f"http://127.0.0.1:{free_port()}"
    departments = department_variables(service)
    with (
        Guardian() as guardian,
        subprocess.Popen(
            [sys.executable, "-m", "skills_portal.embedded", "portal", "--port", "0"],
            cwd=data,
            env={**kept, **departments, "PORTAL_DATA": str(data), "PYTHONPATH": str(CHECKOUT)},
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
            yield Portal(
                address=address[1],
                password=password,
                pid=run.pid,
                mail=data / "mail",
                department_service=service,
            )
        finally:
            run.send_signal(signal.SIGTERM)
            try:
                run.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                run.kill()  # the guardian of the run then ends its children
                raise
            reader.join(STOP_SECONDS)
            guardian.tell(f"-{run.pid}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def department_variables(service):
    """Settings for two departments; the demo people's addresses belong to the first."""
    variables = {"OIDC_DEPARTMENTS": "harbours,lights"}
    for short, name, domain in (
        ("harbours", "Department for Harbours", "harbours.example"),
        ("lights", "Department for Lights", "lights.example"),
    ):
        variables |= {
            f"OIDC_{short.upper()}_NAME": name,
            f"OIDC_{short.upper()}_ISSUER": service,
            f"OIDC_{short.upper()}_CLIENT_ID": short,
            f"OIDC_{short.upper()}_CLIENT_SECRET": f"secret-of-{short}",
            f"OIDC_{short.upper()}_DOMAINS": domain,
        }
    return variables


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


@pytest.fixture
def add_person(open_page):
    """`add_person("Wren Ashdown", unit="Testing")` gives the address of a new colleague.

    The organisation administrator adds them. They have no password yet: `choose_password`.
    """

    def add_person(name, *, unit, grade="Higher executive officer (HEO)", line_manager=""):
        page = open_page("Organisation administrator")
        page.goto("/people/add/")
        email = f"{name.lower().replace(' ', '.')}@harbours.example"
        page.get_by_label("Full name").fill(name)
        page.get_by_label("Work email address").fill(email)
        choose(page.get_by_label("Unit", exact=True), unit)
        page.get_by_label("Grade").select_option(label=grade)
        page.get_by_label("Line manager’s email address").fill(line_manager)
        page.get_by_role("button", name="Add the person").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.context.close()
        return email

    return add_person


def choose(select, words):
    """Choose the option that has these words; those of units are set in with spaces."""
    option = select.get_by_role("option").filter(has_text=words).first
    select.select_option(value=option.get_attribute("value"))


def choose_password(page, portal, email):
    """Do what the letter about a new account says, and be signed in at home at the end."""
    told = portal.letter(email, "You have an account")
    page.goto(re.search(r"http\S+/password/reset/", told)[0])
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.goto(re.search(r"http\S+/reset/key/\S+", portal.letter(email, "/reset/key/"))[0])
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save new password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your password has been changed")
    sign_in(page, email, PASSWORD)


def sign_in(page, email, password):
    """Sign in as somebody would who opens the portal's address."""
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
