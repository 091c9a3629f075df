"""Moving a unit with all below it to another place in the tree."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Post, Unit
from accounts.organisation_services import move_unit
from accounts.permissions import GrantKind, Permission, may
from accounts.services import create_unit
from tests import factories
from tests.accounts.pages import errors
from tests.assessments.test_self_assessment_services import in_parallel

pytestmark = pytest.mark.django_db


def move_page(unit):
    return reverse("accounts:move_unit", args=[unit.slug])


def test_a_unit_moves_with_all_below_it_and_with_its_people(
    client, organisation_administrator, digital, operations, department
):
    team = factories.unit("Data team", parent=digital)
    desk = factories.unit("Help desk", parent=team)
    person = factories.person(unit=desk)
    client.force_login(organisation_administrator)
    page = client.get(move_page(digital))
    assert "It is directly below Department of Lanterns now, with 1 person in it and below." in (
        " ".join(page.content.decode().split())
    )
    answer = client.post(
        move_page(digital), {"parent": operations.slug, "was_below": department.slug}, follow=True
    )
    assert "Digital is now directly below Operations." in answer.content.decode()
    paths = dict(Unit.objects.values_list("name", "path"))
    assert paths["Digital"] == f"{operations.path}{digital.slug}/"
    assert paths["Data team"] == f"{paths['Digital']}{team.slug}/"
    assert paths["Help desk"] == f"{paths['Data team']}{desk.slug}/"
    assert list(Post.objects.current().within(operations)) == [person.current_post]


def test_grants_of_the_old_place_end_there_and_those_of_the_new_one_begin(
    organisation_administrator, digital, operations, department
):
    team = factories.unit("Data team", parent=digital)
    before = factories.person(unit=digital, grant=GrantKind.REPORT_READER)
    after = factories.person(unit=operations, grant=GrantKind.REPORT_READER)
    moved = move_unit(unit=team, parent=operations, was_below=digital, by=None)
    assert not may(before, Permission.READ_GAP_REPORTS, unit=moved)
    assert may(after, Permission.READ_GAP_REPORTS, unit=moved)


def test_a_unit_never_goes_below_itself(client, organisation_administrator, digital, department):
    team = factories.unit("Data team", parent=digital)
    client.force_login(organisation_administrator)
    for below in (digital, team):
        answer = client.post(
            move_page(digital), {"parent": below.slug, "was_below": department.slug}
        )
        assert len(errors(answer)) == 1
        with pytest.raises(ValidationError, match="that is not Digital itself or below it"):
            move_unit(unit=digital, parent=below, was_below=department, by=None)
    assert Unit.objects.get(pk=digital.pk).path == digital.path


def test_two_tabs_do_not_move_one_unit_twice(
    client, organisation_administrator, digital, operations, department
):
    third = factories.unit("Estates", parent=department)
    team = factories.unit("Data team", parent=digital)
    client.force_login(organisation_administrator)
    seen = {"was_below": digital.slug}
    assert client.post(move_page(team), seen | {"parent": operations.slug}).status_code == 302
    # The same click once more changes nothing; another wish from an old page is refused.
    assert client.post(move_page(team), seen | {"parent": operations.slug}).status_code == 302
    answer = client.post(move_page(team), seen | {"parent": third.slug})
    assert errors(answer) == [
        "Somebody else has moved this unit meanwhile: open it again to see where it is"
    ]
    assert Unit.objects.get(pk=team.pk).parent == operations


def test_a_move_says_what_is_wrong(
    client, organisation_administrator, digital, operations, department
):
    factories.unit("data team", parent=operations)
    team = factories.unit("Data team", parent=digital)
    client.force_login(organisation_administrator)
    seen = {"was_below": digital.slug}
    assert errors(client.post(move_page(team), seen)) == [
        "Select the unit it will be directly below"
    ]
    assert errors(client.post(move_page(team), seen | {"parent": operations.slug})) == [
        "There is already a unit called “Data team” directly below Operations"
    ]
    elsewhere = factories.unit("Ministry of Bridges")
    assert errors(client.post(move_page(team), seen | {"parent": elsewhere.slug})) == [
        "Select an option from the list"
    ]
    assert Unit.objects.get(pk=team.pk).parent == digital


def test_a_move_too_far_down_is_an_error_not_a_crash(digital, department):
    deep = department
    for _ in range(11):
        deep = factories.unit("n" * 70, parent=deep)
    team = factories.unit("t" * 70, parent=digital)
    below = factories.unit("k" * 70, parent=team)
    factories.unit("j" * 70, parent=below)
    with pytest.raises(ValidationError, match="too many levels down"):
        move_unit(unit=team, parent=deep, was_below=digital, by=None)
    assert Unit.objects.get(pk=team.pk).path == team.path


def test_whoever_looks_after_one_unit_only_does_not_take_it_away(client, digital, operations):
    administrator = factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR)
    team = factories.unit("Data team", parent=digital)
    desk = factories.unit("Help desk", parent=digital)
    client.force_login(administrator)
    assert client.get(move_page(digital)).status_code == 403
    assert "Move this unit" not in client.get(digital.get_absolute_url()).content.decode()
    assert "Move this unit" in client.get(team.get_absolute_url()).content.decode()
    outside = {"parent": operations.slug, "was_below": digital.slug}
    assert client.post(move_page(team), outside).status_code == 200
    within = {"parent": desk.slug, "was_below": digital.slug}
    assert client.post(move_page(team), within).status_code == 302
    assert Unit.objects.get(pk=team.pk).parent == desk


def test_a_move_takes_as_many_queries_for_a_large_branch(digital, operations, department):
    def queries_to_move(count):
        branch = factories.unit(parent=digital)
        for _ in range(count):
            factories.unit(parent=branch)
        with CaptureQueriesContext(connection) as queries:
            move_unit(unit=branch, parent=operations, was_below=digital, by=None)
        return len(queries)

    queries_to_move(0)  # the audit log begins with its first entry
    assert queries_to_move(1) == queries_to_move(12) <= 20


def test_a_unit_is_added_below_where_its_parent_is_now(digital, operations, department):
    """The parent was read before somebody else moved it."""
    team = factories.unit("Data team", parent=digital)
    move_unit(unit=team, parent=operations, was_below=digital, by=None)
    added = create_unit(name="Help desk", parent=team)
    assert added.path == f"{operations.path}{team.slug}/{added.slug}/"


@pytest.mark.django_db(transaction=True)
def test_opposite_moves_at_the_same_moment_make_no_circle(digital, operations, department):
    def move(number):
        unit, parent = [(digital, operations), (operations, digital)][number]
        return move_unit(unit=unit, parent=parent, was_below=department, by=None)

    outcomes = in_parallel(2, move)
    assert sum(isinstance(one, ValidationError) for one in outcomes) == 1
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.slug}/"
