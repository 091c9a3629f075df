"""Known and unknown addresses take the same time to answer. Criterion S9: medians within 10 %.

The tries take turns, so that whatever else the machine does slows both kinds down alike.
"""

import statistics
import time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TRIES = 100
LARGEST_DIFFERENCE = 0.10


class QuickHasher(PBKDF2PasswordHasher):
    """The real algorithm in a tenth of its rounds: the rest of the answer weighs more."""

    algorithm = "pbkdf2_sha256_quick"
    iterations = PBKDF2PasswordHasher.iterations // 10


@pytest.fixture(autouse=True)
def unlimited(settings):
    settings.ACCOUNT_RATE_LIMITS = False
    settings.SAME_ANSWER_SECONDS = 0.05
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickHasher"]


def median_times(post, *kinds):
    """The median of `post(kind)` in seconds for each kind, after one try that is not counted."""
    times = {kind: [] for kind in kinds}
    for number in range(TRIES + 1):
        for kind in kinds:
            began = time.perf_counter()
            post(kind)
            if number:
                times[kind].append(time.perf_counter() - began)
        mail.outbox.clear()
    return [statistics.median(times[kind]) for kind in kinds]


def assert_alike(times):
    print([f"{seconds * 1000:.2f} ms" for seconds in times])
    assert max(times) / min(times) <= 1 + LARGEST_DIFFERENCE


@pytest.fixture
def kinds(member, leaver):
    """The addresses of somebody, of nobody and of somebody whose account is closed."""
    for person in (member, leaver):
        person.set_password("lantern-harbour-7")
        person.save()
    return [member.email, "nobody@example.gov.uk", leaver.email]


def test_a_wrong_password(kinds):
    client = Client()
    assert_alike(
        median_times(
            lambda email: client.post("/account/login/", {"login": email, "password": "wrong"}),
            *kinds,
        )
    )


@pytest.mark.parametrize("address", ["/account/password/reset/", "/account/login/code/"])
def test_a_link_or_a_code_by_email(kinds, address):
    assert_alike(median_times(lambda email: Client().post(address, {"email": email}), *kinds))
