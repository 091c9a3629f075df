"""Requests that are not what a browser sends: other hosts, other sites, odd values, odd methods."""

import random
import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

# The people, world and addresses of the table of access are those of these tests too.
from tests.test_access import OPENED, POSTED, page_of, people, signed_in, urls, world  # noqa: F401

pytestmark = pytest.mark.django_db


def test_security_txt_leads_to_the_address_of_the_settings(client, settings):
    settings.SECURITY_TXT_URL = "https://vdp.example/.well-known/security.txt"
    answer = client.get("/.well-known/security.txt")
    assert (answer.status_code, answer["Location"]) == (302, settings.SECURITY_TXT_URL)
    settings.SECURITY_TXT_URL = ""
    assert client.get("/.well-known/security.txt").status_code == 404


def test_a_host_that_is_not_ours_is_refused_everywhere(client, settings, urls):  # noqa: F811
    settings.ALLOWED_HOSTS = ["portal.example"]
    for host in ("evil.example", "portal.example.evil.example", "portal.example@evil.example"):
        given = {
            line: client.get(url, headers={"host": host}).status_code for line, url in urls.items()
        }
        assert {line: status for line, status in given.items() if status != 400} == {}


def test_nothing_echoes_a_trace(people, urls):  # noqa: F811
    for short in ("anon", "syst"):
        client = signed_in(people[short])
        for line, url in urls.items():
            answer = client.trace(url, headers={"x-canary": "yellow-feather"})
            assert b"yellow-feather" not in answer.content, line
            # allauth says of closed pages, whatever the method, that they are closed.
            assert answer.status_code >= 300 or line.startswith("account_"), line


ELSEWHERE = [
    "//evil.example",
    "https://evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "//evil.example/%2e%2e",
    " //evil.example",
    "/\t/evil.example",
    "http://testserver@evil.example/",
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(to, member):
    member.set_password("correct horse battery staple")
    member.save()
    client = Client()
    answer = client.post(
        reverse("account_login"),
        {"login": member.email, "password": "correct horse battery staple", "next": to},
    )
    assert answer.status_code == 302
    assert stays_here(answer["Location"])
    assert client.get(reverse("home")).status_code == 200
    # Other pages that lead on take no other site's address either.
    for name in ("account_reauthenticate", "account_login", "account_logout"):
        client.force_login(member)
        for answer in (
            client.get(reverse(name), {"next": to}),
            client.post(reverse(name), {"next": to}),
        ):
            assert stays_here(answer.get("Location", "/"))
            assert f'href="{to}"' not in answer.content.decode()


def stays_here(address):
    """Whether a browser, which forgives backslashes and drops tabs, stays on the site."""
    address = re.sub(r"[\t\r\n]", "", address).strip().replace("\\", "/")
    return address.startswith("/") and not address.startswith("//")


# What people and programs type into fields, and what nobody should.
ODD = [
    "",
    " ",
    "0",
    "-1",
    "9" * 30,
    "1e400",
    "NaN",
    "2026-02-30",
    "0000-00-00",
    "\x00",
    "a\x00b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\u202e\u0000\uffff",
    "' OR 1=1 --",
    "{{ 7*7 }}{% load x %}",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "%00%0d%0aSet-Cookie:x=1",
    "=HYPERLINK(1)",
    "x" * 20_000,
    "🏛" * 3_000,
    "on",
    "true",
    "[]",
    '{"a": [1]}',
    "https://" + "a" * 3_000 + ".example",
]


def field_names(page):
    """The names of every field of every form on the page, those of the layout as well."""
    found = BeautifulSoup(page, "html.parser").select("[name]")
    return {tag["name"] for tag in found if tag.name in {"input", "select", "textarea", "button"}}


@pytest.mark.slow
def test_no_generated_post_or_query_is_answered_with_an_error_of_ours(people, urls):  # noqa: F811
    """Criterion S14: every form, every field, odd values, as two people who get further than
    others. An error that the portal did not expect would be raised here."""
    chance = random.Random(14)
    for line, answers in OPENED.items():
        if page_of(line) == "account_logout":
            continue
        answers = POSTED.get(line, answers)
        able = [short for short, answer in answers.items() if answer in {"200", "302"}]
        for short in chance.sample(able, min(2, len(able))):
            client = signed_in(people[short])
            page = client.get(urls[line])
            names = sorted(field_names(page.content)) if page.status_code == 200 else []
            values = {
                name: chance.sample(ODD, 2) if chance.random() < 0.2 else chance.choice(ODD)
                for name in [*names, "pk", "status", "person", "next", "page"]
            }
            for answer in (client.post(urls[line], values), client.get(urls[line], values)):
                assert answer.status_code < 500, (line, short, values)
