"""Asking for a change of one's post, and what the organisation administrator makes of it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.change_requests import AlreadyDecided, approve_request, refuse_request
from accounts.models import ChangeRequest, Notice, Post
from accounts.permissions import GrantKind
from accounts.services import start_post
from tests import factories

pytestmark = pytest.mark.django_db
ASK = "/requests/ask/"


@pytest.fixture
def author(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def asked(member):
    return ChangeRequest.objects.create(person=member, post=member.current_post, grade="SEO")


@pytest.fixture
def administrator(client, organisation_administrator):
    """A client of the organisation administrator."""
    client.force_login(organisation_administrator)
    return client


def ask(client, **fields):
    empty = {"unit_name": "", "line_manager_email": "", "grade": "", "note": ""}
    return client.post(ASK, empty | fields)


def right_post(unit, **fields):
    today = timezone.localdate()
    return {
        "unit": unit.slug,
        "grade": "SEO",
        "line_manager": "",
        "started_on-day": today.day,
        "started_on-month": today.month,
        "started_on-year": today.year,
    } | fields


def test_a_request_reaches_the_administrator_once(
    author, member, organisation_administrator, system_administrator
):
    for note in ("Since May", "Since June"):
        response = ask(author, unit_name="Operations", note=note)
    request = ChangeRequest.objects.get()
    assert response.url == request.get_absolute_url()
    assert (request.person, request.unit_name, request.note) == (member, "Operations", "Since June")
    # The nearest administrators are told; who looks after every unit is told only without them.
    assert Notice.objects.get().recipient == organisation_administrator


def test_without_an_administrator_of_the_unit_the_system_administrator_is_told(
    author, system_administrator
):
    ask(author, grade="SEO")
    assert Notice.objects.get().recipient == system_administrator


def test_something_must_be_wrong(author):
    assert "Enter at least one thing that is wrong" in ask(author).content.decode()
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"line_manager_email": "not an address"},
        {"grade": "KING"},
        {"unit_name": "x" * 201},
        {"note": "x" * 501},
        {"unit_name": "a\0b"},
    ],
)
def test_impossible_values_get_an_error(author, fields):
    response = ask(author, **fields)
    assert "There is a problem" in response.content.decode()
    assert not ChangeRequest.objects.exists()


def test_an_address_does_not_tell_who_has_an_account(author, line_manager):
    known = ask(author, line_manager_email=line_manager.email)
    unknown = ask(author, line_manager_email="nobody@example.gov.uk")
    assert known.status_code == unknown.status_code == 302


def test_without_a_post_there_is_nothing_to_change(client):
    person = factories.person()
    client.force_login(person)
    assert client.get(ASK).url == person.get_absolute_url()


def test_the_administrator_sees_what_is_wanted_filled_in_and_approves(
    administrator, member, operations, asked
):
    ChangeRequest.objects.update(unit_name="operations")
    html = administrator.get(asked.get_absolute_url()).content.decode()
    assert f'value="{operations.slug}" selected' in html
    assert 'value="SEO" selected' in html
    response = administrator.post(asked.get_absolute_url(), right_post(operations))
    assert response.url == "/requests/"
    post = Post.objects.current().get(person=member)
    assert (post.unit, post.grade, post.line_manager) == (operations, "SEO", None)
    asked.refresh_from_db()
    assert (asked.outcome, asked.is_open) == ("approved", False)
    assert Notice.objects.get().recipient == member


def test_nobody_becomes_a_line_manager_by_approving(
    administrator, member, organisation_administrator, digital, asked
):
    data = right_post(digital, line_manager=organisation_administrator.email)
    html = administrator.post(asked.get_absolute_url(), data).content.decode()
    assert "You cannot make yourself somebody’s line manager" in html
    asked.refresh_from_db()
    assert asked.is_open


def test_refusing_needs_a_reason_which_the_person_is_told(administrator, member, asked):
    url = reverse("accounts:refuse_change", args=[asked.pk])
    assert "Enter why the post stays" in administrator.post(url, {}).content.decode()
    assert administrator.post(url, {"reason": "Your move is in May"}).url == "/requests/"
    asked.refresh_from_db()
    assert (asked.outcome, asked.reason) == ("refused", "Your move is in May")
    notice = Notice.objects.get()
    assert notice.recipient == member
    assert "Your move is in May" in notice.body
    assert administrator.post(url, {"reason": "Again"}).url == asked.get_absolute_url()


def test_a_request_is_decided_once(organisation_administrator, member, asked, digital):
    refuse_request(change_request=asked, by=organisation_administrator, reason="No")
    with pytest.raises(AlreadyDecided):
        approve_request(
            change_request=asked,
            by=organisation_administrator,
            unit=digital,
            grade="SEO",
            line_manager=None,
            started_on=timezone.localdate(),
        )
    assert member.posts.current().get().grade == "HEO"


def test_nobody_decides_on_their_own_request(client, department):
    own = factories.person(unit=department, grant=GrantKind.ORGANISATION_ADMINISTRATOR)
    request = ChangeRequest.objects.create(person=own, post=own.current_post, grade="G6")
    client.force_login(own)
    assert client.post(request.get_absolute_url(), right_post(department)).status_code == 403
    assert client.get(reverse("accounts:refuse_change", args=[request.pk])).status_code == 403
    with pytest.raises(PermissionDenied):
        refuse_request(change_request=request, by=own, reason="No")


def test_the_person_takes_it_back(author, asked):
    url = reverse("accounts:withdraw_change", args=[asked.pk])
    for _ in range(2):
        assert author.post(url).status_code == 302
    asked.refresh_from_db()
    assert asked.outcome == "withdrawn"


def test_the_person_cannot_approve_their_own(author, asked, digital):
    assert author.post(asked.get_absolute_url(), right_post(digital)).status_code == 403


def test_others_do_not_see_it(client, asked, line_manager, outsider, ambassador):
    elsewhere = factories.person(
        unit=factories.unit("Elsewhere"), grant=GrantKind.ORGANISATION_ADMINISTRATOR
    )
    for person in (line_manager, outsider, ambassador, elsewhere):
        client.force_login(person)
        assert client.get(asked.get_absolute_url()).status_code == 404
        assert "Ned Thornbury" not in client.get("/requests/").content.decode().split("<main")[1]


def test_the_database_keeps_one_open_request_each(asked, member):
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.create(person=member, post=member.current_post)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.update(outcome="approved")


def test_the_list_takes_the_same_queries_for_one_and_for_twelve(
    administrator, asked, digital, django_assert_max_num_queries
):
    counts = []
    for more in (0, 11):
        for _ in range(more):
            person = factories.person(unit=digital)
            ChangeRequest.objects.create(person=person, post=person.current_post, grade="G7")
        with django_assert_max_num_queries(25) as made:
            administrator.get("/requests/")
        counts.append(len(made))
    assert counts[0] == counts[1]


# --- The first visit -------------------------------------------------------------------------

START = "/skills/getting-started/"


def test_the_first_visit_confirms_the_post_and_goes_on_to_the_role(author, member):
    assert START in author.get("/skills/").content.decode()
    html = author.get(START).content.decode()
    for words in ("Digital", "Higher executive officer (HEO)", "Maud Ferrywell", ASK):
        assert words in html
    assert author.post(START).url == "/skills/role/"
    first = member.posts.get().confirmed_at
    author.post(START)
    assert member.posts.get().confirmed_at == first
    assert START not in author.get("/skills/").content.decode()


def test_who_has_chosen_a_role_goes_on_to_their_skills(author, member):
    release = factories.release()
    factories.chosen_role_level(member, factories.role_level_of(release))
    assert author.post(START).url == "/skills/"


def test_a_request_that_waits_is_named_and_does_not_stop_anybody(author, asked):
    html = author.get(START).content.decode()
    assert asked.get_absolute_url() in html
    assert "Go on" in html


def test_a_correction_of_the_same_day_asks_for_confirmation_again(member, digital):
    Post.objects.update(started_on=timezone.localdate(), confirmed_at=timezone.now())
    start_post(person=member, unit=digital, grade="SEO", started_on=timezone.localdate())
    assert member.posts.get().confirmed_at is None


def test_without_a_post_the_first_visit_says_what_is_missing(client):
    client.force_login(factories.person())
    assert "You have no post" in client.get(START).content.decode()
    assert client.post(START).status_code == 302


def test_who_has_submitted_in_this_post_is_not_asked(author, member):
    factories.submitted(member, factories.release(), {"User focus": 1})
    assert START not in author.get("/skills/").content.decode()
