"""Criterion R3: with Redis stopped or hanging, every page and every form answers, under 3 s."""
# ruff: noqa: F811 - the fixtures of the table of all pages are used here as well

import time

import pytest
from django.test import Client

from tests.test_access import (  # noqa: F401
    OPENED,
    PEOPLE,
    POSTED,
    people,
    signed_in,
    urls,
    world,
)

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 3


def somebody(answers, wanted):
    """The first person to whom the page gives one of the wanted answers; None for nobody."""
    return next((short for short in PEOPLE if answers[short] in wanted), None)


@pytest.mark.parametrize("end", ["kill", "freeze"])
def test_every_page_and_form_answers_without_a_broker(broker, people, urls, end):
    getattr(broker, end)()
    clients = {short: signed_in(person) for short, person in people.items()}
    slow, broken, asked = {}, {}, 0

    def take(line, method, person):
        nonlocal asked
        began = time.monotonic()
        response = getattr(clients.get(person, Client()), method)(urls[line])
        took = time.monotonic() - began
        asked += 1
        if took >= SECONDS:
            slow[line] = took
        if response.status_code >= 500:
            broken[line] = response.status_code

    for line, answers in OPENED.items():
        person = somebody(answers, {"200"})
        if person is not None:
            take(line, "get", person)
            take(line, "post", person)
    for line, answers in POSTED.items():
        person = somebody(answers, {"200", "302"})
        if person is not None:
            take(line, "post", person)
    broker.thaw()
    assert (slow, broken) == ({}, {})
    assert asked > len(OPENED)
