"""Units: where they are, what is below, adding and renaming them."""

import pytest
from django.urls import reverse

from accounts import services
from accounts.models import Unit
from accounts.permissions import GrantKind
from tests import factories
from tests.accounts.pages import errors
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db

UNITS = "/units/"


def links(response, tag="main"):
    assert response.status_code == 200
    return [link.text() for link in parse(response.content.decode()).find(tag)[0].find("a")]


def breadcrumbs(response):
    page = parse(response.content.decode())
    return [crumb.text() for crumb in page.find("li", class_="govuk-breadcrumbs__list-item")]


def test_a_member_finds_the_way_from_the_department_to_their_unit(client, member, department):
    client.force_login(member)
    assert links(client.get(UNITS)) == ["Department of Lanterns"]
    assert links(client.get(department.get_absolute_url())) == ["Digital"]
    page = client.get(member.current_post.unit.get_absolute_url())
    assert breadcrumbs(page) == ["Units", "Department of Lanterns", "Digital"]
    assert "Your post is in this unit." in page.content.decode()
    assert links(page) == []


def test_a_unit_beside_ones_own_is_out_of_sight(client, member, operations):
    client.force_login(member)
    assert client.get(operations.get_absolute_url()).status_code == 404


def test_units_seen_by_a_grant_elsewhere_stand_at_the_top(client, digital, operations):
    reader = factories.person(unit=operations)
    team = factories.unit("Data team", parent=digital)
    services.give_grant(user=reader, kind=GrantKind.AMBASSADOR, unit=team, by=reader)
    client.force_login(reader)
    assert links(client.get(UNITS)) == ["Department of Lanterns", "Data team"]
    page = client.get(team.get_absolute_url())
    assert breadcrumbs(page) == ["Units", "Department of Lanterns", "Data team"]
    assert "In this unit and all below it, you may read gap reports" in page.content.decode()


def test_an_administrator_adds_a_unit_below_and_renames_it(
    client, organisation_administrator, digital
):
    client.force_login(organisation_administrator)
    page = client.get(digital.get_absolute_url())
    assert "Rename this unit" in links(page)
    client.post(reverse("accounts:add_unit", args=[digital.slug]), {"name": "  Data  team"})
    team = Unit.objects.get(name="Data team")
    assert (team.parent, team.path) == (digital, f"{digital.path}data-team/")
    answer = client.post(
        reverse("accounts:rename_unit", args=[team.slug]),
        {"name": "Data {0} craft", "slug": "x", "path": "x/", "parent": "1"},
        follow=True,
    )
    assert "The unit is now called Data {0} craft." in answer.content.decode()
    renamed = Unit.objects.get(pk=team.pk)
    assert (renamed.name, renamed.slug, renamed.path) == ("Data {0} craft", team.slug, team.path)


def test_units_side_by_side_have_different_names(
    client, organisation_administrator, department, digital, operations
):
    client.force_login(organisation_administrator)
    taken = ["There is already a unit called “digital” directly below Department of Lanterns"]
    add = reverse("accounts:add_unit", args=[department.slug])
    assert errors(client.post(add, {"name": "digital"})) == taken
    rename = reverse("accounts:rename_unit", args=[operations.slug])
    assert errors(client.post(rename, {"name": "digital"})) == taken
    assert errors(client.post(rename, {})) == ["Enter the name of the unit"]
    assert client.post(rename, {"name": "OPERATIONS"}).status_code == 302


def test_a_tree_too_deep_is_an_error_not_a_crash(client, system_administrator, department):
    parent = department
    for _ in range(12):
        parent = factories.unit("n" * 80, parent=parent)
    client.force_login(system_administrator)
    add = reverse("accounts:add_unit", args=[parent.slug])
    for _ in range(3):
        answer = client.post(add, {"name": "n" * 80})
        if answer.status_code == 302:
            add = reverse("accounts:add_unit", args=[Unit.objects.latest("pk").slug])
    assert errors(answer) == ["This unit would be too many levels down: use a higher one"]


def test_administrators_of_one_unit_change_nothing_above_it(client, digital, department):
    client.force_login(factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR))
    for name in ("add_unit", "rename_unit"):
        page = reverse(f"accounts:{name}", args=[department.slug])
        assert client.get(page).status_code == 403
        assert client.post(page, {"name": "Mine"}).status_code == 403
    assert not Unit.objects.filter(name="Mine").exists()


def test_departments_are_added_by_who_manages_everywhere(
    client, system_administrator, organisation_administrator
):
    page = reverse("accounts:add_department")
    client.force_login(system_administrator)
    assert "Add a department" in links(client.get(UNITS))
    client.post(page, {"name": "Ministry of Bridges"})
    assert Unit.objects.roots().filter(name="Ministry of Bridges").exists()
    # A grant that holds everywhere does not widen another that holds in one unit.
    services.give_grant(
        user=organisation_administrator, kind="framework_editor", by=system_administrator
    )
    client.force_login(organisation_administrator)
    assert "Add a department" not in links(client.get(UNITS))
    assert client.post(page, {"name": "Ministry of Tides"}).status_code == 403


def test_somebody_without_a_post_sees_no_unit(client, digital):
    client.force_login(factories.person())
    assert links(client.get(UNITS)) == []
    assert client.get(digital.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("where", ["units", "unit"])
def test_the_number_of_queries_is_the_same_for_one_unit_and_for_twelve(
    client, system_administrator, department, where, django_assert_max_num_queries
):
    client.force_login(system_administrator)
    address = UNITS if where == "units" else department.get_absolute_url()
    factories.unit(parent=department)
    with django_assert_max_num_queries(12) as few:
        client.get(address)
    for _ in range(12):
        factories.unit(parent=department)
        factories.unit()
    with django_assert_max_num_queries(len(few)):
        client.get(address)


@pytest.mark.parametrize("where", ["units", "unit"])
def test_pages_to_read_take_no_posts(client, member, department, where):
    client.force_login(member)
    address = UNITS if where == "units" else department.get_absolute_url()
    assert client.post(address).status_code == 405
