"""Shared with: by name who can see what, and what the person decides."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import SelfAssessment, Sharing
from tests import factories
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db
PAGE = "/skills/sharing/"


@pytest.fixture
def submitted(member, line_manager):
    return factories.submitted(member, factories.release(), {"Agile working": 1}, to=line_manager)


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda: parse(client.get(PAGE).content.decode()).find("main")[0].text()


@pytest.fixture
def newcomer(member, digital, submitted):
    """Member's line manager from today on."""
    person = factories.person("Nell Brightwater", unit=digital)
    member.posts.update(line_manager=person)
    return person


def post(client, name, submitted, **data):
    return client.post(reverse(f"assessments:{name}", args=[submitted.pk]), data, follow=True)


def test_the_page_names_who_sees_what_and_why(read, submitted, line_manager, outsider):
    page = read()
    assert "Maud Ferrywell sees what you submit to them" in page
    assert "Nobody covers for your line manager" in page
    assert "Maud Ferrywell: you submitted it to them" in page
    assert "at least 10 people" in page
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    factories.cover(line_manager, outsider, first_day=tomorrow)
    assert "Olive Quillmoor covers for Maud Ferrywell from" in read()


def test_without_a_line_manager_nobody_sees_anything(read, member, submitted):
    member.posts.update(line_manager=None)
    page = read()
    assert "nobody sees anything with your name" in page
    assert "Only you (submitted to Maud Ferrywell)" in page
    assert "Share with" not in page


def test_an_earlier_self_assessment_is_shared_and_taken_back(client, read, submitted, newcomer):
    assert "Only you (submitted to Maud Ferrywell)" in read()
    for _ in range(10):
        post(client, "share_again", submitted, shown_manager=newcomer.public_id)
    assert Sharing.objects.count() == 1
    assert "Nell Brightwater: you shared it with them" in read()
    assert SelfAssessment.objects.reviewable_by(newcomer).exists()
    post(client, "stop_sharing", submitted)
    assert not SelfAssessment.objects.reviewable_by(newcomer).exists()
    assert Sharing.objects.get().withdrawn_at is not None
    assert "Only you" in read()


def test_nothing_is_shared_with_somebody_the_page_did_not_name(
    client, read, submitted, newcomer, line_manager
):
    read()
    for shown in (line_manager.public_id, "", "x"):
        post(client, "share_again", submitted, shown_manager=shown)
    assert not Sharing.objects.exists()


def test_only_ones_own_submitted_self_assessments_are_shared(
    client, read, member, submitted, newcomer, outsider
):
    draft = factories.draft(member, submitted.release)
    theirs = factories.submitted(outsider, submitted.release, {"Agile working": 1})
    read()
    for one in (draft, theirs):
        shown = {"shown_manager": newcomer.public_id}
        assert post(client, "share_again", one, **shown).status_code == 404
        assert post(client, "stop_sharing", one).status_code == 404


def test_the_page_takes_the_same_queries_for_one_submission_and_for_twelve(
    client, member, line_manager, submitted, django_assert_max_num_queries
):
    client.force_login(member)
    with django_assert_max_num_queries(14) as few:
        client.get(PAGE)
    for _ in range(11):
        factories.submitted(member, submitted.release, {"Agile working": 1}, to=line_manager)
    with django_assert_max_num_queries(14) as many:
        client.get(PAGE)
    assert len(many) == len(few)
