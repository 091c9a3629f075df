"""A person's copy of their data: all of theirs, nothing of others', no secret."""

import json

import pytest
from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from skills_portal.records_map import ABOUT_PEOPLE
from skills_portal.subject_access import export_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(member):
    release = factories.release()
    factories.chosen_role_level(member, factories.role_level_of(release))
    return release


@pytest.fixture
def written(member, line_manager, ambassador, release):
    """Canaries in what the person wrote and what was written to them; and one in others' rows."""
    levels = {"Agile working": 1, "User focus": 3}
    submitted = factories.submitted(member, release, levels, to=line_manager)
    submitted.ratings.update(evidence="canary-rating")
    review = factories.reviewed(submitted, {"Agile working": 2}, by=line_manager)
    review.answers.update(reason="canary-review")
    answer = review.answers.get()
    answer.replies.create(author=member, text="canary-reply", form_key=member.public_id)
    factories.answer(factories.draft(member, release), "User focus", evidence="canary-draft")
    factories.log_entry(member, "canary-title", reflection="canary-reflection")
    member.log_imports.create(name="log.csv", text="canary-file")
    member.change_requests.create(post=member.current_post, note="canary-note")
    member.notices.create(key="one", subject="canary-subject", body="canary-body")
    factories.assignment(ambassador, people=[member], title="canary-assignment")
    factories.suggestion("canary-suggestion", by=member)
    Authenticator.objects.create(user=member, type="totp", data={"secret": "canary-secret"})
    theirs = factories.submitted(line_manager, release, levels)
    theirs.ratings.update(evidence="stranger-rating")
    return submitted


CANARIES = {
    f"canary-{name}"
    for name in (
        "rating review reply draft title reflection file note subject body assignment suggestion"
    ).split()
}


@pytest.fixture
def signed_in(client, member):
    """The member has just entered their password."""
    client.force_login(member)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    return client


@pytest.mark.parametrize("kind", ["html", "json"])
def test_the_copy_has_everything_of_the_person_and_nothing_of_others(
    signed_in, member, written, kind
):
    answer = signed_in.post(reverse("your_data"), {"kind": kind})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert {canary for canary in CANARIES if canary not in text} == set()
    assert member.full_name in text and member.email in text
    assert (
        f'filename="your-data-{timezone.localdate():%Y-%m-%d}.{kind}"'
        in (answer["Content-Disposition"])
    )
    assert "stranger-rating" not in text
    assert "canary-secret" not in text and member.password not in text


def test_the_json_names_what_each_record_is(signed_in, member, written):
    export = json.loads(signed_in.post(reverse("your_data"), {"kind": "json"}).content)
    assert len(export["records"]) == sum(len(one.parts) for one in ABOUT_PEOPLE.values())
    by_title = {one["title"]: one["rows"] for one in export["records"]}
    assert by_title["Posts"][0]["line manager"] == "Maud Ferrywell"
    assert {row["skill"]: row["level"] for row in by_title["Ratings"]} == {
        "agile-working": 1,
        "user-focus": 3,
    }


def test_what_somebody_typed_is_text_in_the_file_to_read(signed_in, member):
    factories.log_entry(member, "<script>alert(1)</script>")
    answer = signed_in.post(reverse("your_data"), {"kind": "html"})
    assert BeautifulSoup(answer.content, "html.parser").find("script") is None
    assert b"&lt;script&gt;" in answer.content


def test_a_line_manager_gets_what_they_wrote_and_not_whom_they_rated(member, line_manager, written):
    text = json.dumps(export_of(line_manager))
    assert "canary-review" in text and "stranger-rating" in text
    assert "canary-rating" not in text and "canary-reply" not in text
    # Of people they manage, no more than that they do.
    assert member.email not in text


def test_the_password_is_asked_for_again(client, member):
    client.force_login(member)
    for answer in (
        client.get(reverse("your_data")),
        client.post(reverse("your_data"), {"kind": "json"}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_the_copy_is_noted_and_reading_the_page_is_not(signed_in, member):
    assert signed_in.get(reverse("your_data")).status_code == 200
    assert signed_in.post(reverse("your_data"), {"kind": "xml"}).status_code == 200
    assert not AuditEntry.objects.filter(action="data-exported").exists()
    signed_in.post(reverse("your_data"), {"kind": "json"})
    entry = AuditEntry.objects.get(action="data-exported")
    assert (entry.actor, entry.subject) == (member, member)


def test_much_takes_as_many_queries_as_little(member, written, django_assert_num_queries):
    with django_assert_num_queries(sum(len(one.parts) for one in ABOUT_PEOPLE.values())):
        export_of(member)
    for _ in range(20):
        factories.log_entry(member)
    with django_assert_num_queries(sum(len(one.parts) for one in ABOUT_PEOPLE.values())):
        export_of(member)
