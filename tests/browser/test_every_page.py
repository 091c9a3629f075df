"""Every page that links lead to is accessible, fits a small screen and arrives quickly."""

from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.urls import Resolver404, get_resolver, resolve

from skills_portal.demo.organisation import DEMO_PEOPLE
from tests.browser.checks import HEIGHTS, NARROW, check_page, follow_error_links

KINDS = [person.kind for person in DEMO_PEOPLE]
# Criterion of the first view: the page and all it loads, on the wire, with nothing in the cache.
FIRST_VIEW_BYTES = 150_000
ROOMS = ("accounts", "assessments", "learning", "reports")
# What buttons send to and scripts ask: no pages.
NO_PAGES = {
    "accounts:end_cover",
    "assessments:ask_all_again",
    "assessments:confirm_carried",
    "assessments:discard_release",
    "assessments:publish_release",
    "assessments:remind",
    "assessments:share_again",
    "assessments:start",
    "assessments:stop_sharing",
    "learning:accept_asked",
    "learning:agree_to_be_named",
    "learning:assignment_progress",
    "learning:delete_entry",
    "learning:end_level_goal",
    "learning:end_minutes_goal",
    "learning:restore_entry",
    "learning:retire_resource",
    "learning:share_entry",
    "learning:stop_sharing",
    "learning:try_assignment_again",
    "learning:withdraw_assignment",
    "reports:ask_again",
    "reports:files_progress",
    "reports:make_again",
    "reports:progress",
    "reports:running_progress",
}
# Pages of what somebody has searched for or begun, as nobody in the demo has.
BEGUN = {
    "reports:cancel",
    "accounts:change_request",
    "accounts:check_organisation_import",
    "accounts:refuse_change",
    "accounts:withdraw_change",
    "assessments:getting_started",
    "assessments:direction",
    "assessments:move_draft",
    "assessments:review_answer",
    "assessments:review_answers",
    "assessments:sharing",
    "learning:asked",
    "learning:assignment",
    "learning:change_due_date",
    "learning:change_entry",
    "learning:check_import",
    "learning:decide_resource",
    "learning:decline_asked",
    "learning:entry",
    "learning:export_file",
    "learning:level_goal",
    "learning:suggestions",
}


def names_of(room):
    """The names of all addresses of a room."""
    _, resolver = get_resolver().namespace_dict[room]
    return {name for name in resolver.reverse_dict if isinstance(name, str)}


def kind_of_page(url):
    """The name of the address with the names in its query; None for what is not a page."""
    parts = urlsplit(url)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    return "?".join([name, *sorted(parse_qs(parts.query))])


def crawl(request):
    """Up to two addresses of each kind of page that links lead to from home, by kind of page."""
    found = {"home": ["/"]}
    waiting = [("home", "/")]
    while waiting:
        kind_of_this, address = waiting.pop(0)
        response = request.get(address)
        assert response.ok, f"{response.url} answers {response.status}"
        if not response.headers["content-type"].startswith("text/html"):
            found[kind_of_this].clear()  # a file to download
            continue
        for link in BeautifulSoup(response.text(), "html.parser").select("a[href]"):
            href = link["href"].split("#")[0]
            if href.startswith("?"):
                href = urlsplit(response.url).path + href
            kind = kind_of_page(href) if href.startswith("/") else None
            if kind and href not in found.setdefault(kind, []) and len(found[kind]) < 2:
                found[kind].append(href)
                waiting.append((kind, href))
    return found


@pytest.fixture(scope="module")
def found():
    """What each kind of person has been found to reach, filled in by `pages_of`."""
    return {}


@pytest.fixture
def pages_of(open_page, found):
    """`pages_of("Line manager")` gives addresses of each kind of page they reach by links."""

    def pages_of(kind):
        if kind not in found:
            found[kind] = crawl(open_page(kind).context.request)
        return found[kind]

    return pages_of


# What a page is made of: every kind of element in it, with the kind of element around it.
SHAPE = """() => {
  const names = ["class", "role", "type"];
  const kind = (element) =>
    [element.tagName, ...names.map((name) => element.getAttribute(name))].join();
  const all = [...document.querySelectorAll("main, main *")];
  return [...new Set(all.map((element) => `${kind(element.parentElement)} > ${kind(element)}`))];
}"""


@pytest.fixture(scope="module")
def seen():
    """The shapes axe has looked at, by kind of page."""
    return {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_somebody_reaches_is_accessible(kind, open_page, pages_of, seen):
    page = open_page(kind)
    problems, titles = [], {}
    for name, addresses in pages_of(kind).items():
        for address in addresses:
            page.goto(address)
            # Some lead to another page first, such as the one that asks again who it is.
            shown = kind_of_page(page.url) or name
            titles.setdefault(page.title(), set()).add(shown.split("?")[0])
            # Axe takes its time, so it sees a page again only where there is something new to it.
            shape = set(page.evaluate(SHAPE))
            is_new = not shape <= seen.setdefault(name, set())
            seen[name] |= shape
            try:
                check_page(page, with_axe=is_new)
            except AssertionError as error:
                problems.append(str(error))
    problems += [f"“{title}”: {names}" for title, names in titles.items() if len(names) > 1]
    assert not problems, "\n".join(problems)


def test_links_lead_to_every_page(pages_of):
    reached = {name.split("?")[0] for kind in KINDS for name in pages_of(kind)}
    ours = {f"{room}:{name}" for room in ROOMS for name in names_of(room)}
    assert ours - reached <= NO_PAGES | BEGUN


def watch_network(page):
    """A session, and a list that grows by the bytes of each thing the page loads, cache off."""
    sizes = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return network, sizes


def test_the_first_view_of_each_page_is_small(open_page, pages_of):
    totals = {}
    for kind in [None, *KINDS]:
        page = open_page(kind)
        network, sizes = watch_network(page)
        pages = pages_of(kind) if kind else {"account_login": ["/account/login/"]}
        for name, addresses in pages.items():
            if name in totals or not addresses:
                continue
            sizes.clear()
            page.goto(addresses[0])
            network.send("Runtime.evaluate", {"expression": "1"})  # all that came before is told
            totals[name] = sum(sizes)
    print()
    for name, size in sorted(totals.items(), key=lambda item: -item[1]):
        print(f"{size / 1000:6.0f} kB  {name}")
    # Style sheets and scripts are among it, so the figures are those of whole pages.
    assert min(totals.values()) > 20_000
    assert not {name: size for name, size in totals.items() if size > FIRST_VIEW_BYTES}


# --- Error states ----------------------------------------------------------------------------


EMPTY_EVERY_FIELD = """() => {
  const fields = "main form[method=post] :is(input, select, textarea):not([type=hidden])";
  for (const field of document.querySelectorAll(fields)) {
    if (["radio", "checkbox"].includes(field.type)) field.checked = false;
    else field.value = "";
  }
}"""


@pytest.mark.parametrize(
    ("kind", "name", "button"),
    [
        ("Civil servant", "account_change_password", "Change password"),
        ("Civil servant", "accounts:ask_for_change", "Send the request"),
        ("Line manager", "accounts:cover", "Arrange cover"),
        ("Civil servant", "learning:log", "Log it"),
        ("Civil servant", "learning:suggest_resource", "Suggest it"),
        ("Civil servant", "learning:import_entries", "Check the file"),
        ("Report reader", "reports:request", "Request report"),
        ("Organisation administrator", "accounts:add_person", "Add the person"),
        ("Organisation administrator", "accounts:move_person", "Save the post"),
        ("Organisation administrator", "accounts:add_unit", "Save"),
        ("Organisation administrator", "accounts:rename_unit", "Save"),
        ("Organisation administrator", "accounts:move_unit", "Move the unit"),
        ("Organisation administrator", "accounts:import_organisation", "Check the files"),
        ("System administrator", "accounts:add_department", "Save"),
        ("System administrator", "accounts:give_grant", "Give the grant"),
        ("System administrator", "accounts:close_account", "Close the account"),
        ("Ambassador", "learning:set_assignment?unit", "Continue"),
        ("Ambassador", "learning:change_due_date", "Change the due date"),
        ("Civil servant", "learning:decline_asked", "Decline"),
        ("Framework editor", "assessments:import_framework", "Read files"),
        ("Framework editor", "assessments:import_framework?format", "Read files"),
    ],
)
def test_an_empty_form_says_what_is_missing(kind, name, button, open_page, pages_of):
    page = open_page(kind)
    page.goto(pages_of(kind)[name][0])
    check_page(page)
    page.evaluate(EMPTY_EVERY_FIELD)
    page.get_by_role("button", name=button, exact=True).click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.set_viewport_size({"width": NARROW, "height": HEIGHTS[NARROW]})
    follow_error_links(page)
