"""What grants allow, and where: each check of accounts/permissions.py from both sides."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts import permissions
from accounts.permissions import PERMISSIONS, GrantKind, Permission
from accounts.services import give_grant
from tests import factories

pytestmark = pytest.mark.django_db

READ, MANAGE = Permission.READ_GAP_REPORTS, Permission.MANAGE_ORGANISATION


def test_every_kind_of_grant_has_the_permissions_of_this_table_and_no_more():
    """The access table of the portal, said a second time: a change needs changing both."""
    assert {kind.value: sorted(p.name for p in PERMISSIONS[kind]) for kind in GrantKind} == {
        "ambassador": ["APPROVE_RESOURCES", "ASSIGN_LEARNING", "READ_GAP_REPORTS"],
        "report_reader": ["READ_GAP_REPORTS", "REQUEST_GAP_REPORTS"],
        "organisation_administrator": ["MANAGE_GRANTS", "MANAGE_ORGANISATION"],
        "framework_editor": ["EDIT_FRAMEWORKS"],
        "system_administrator": [
            "ERASE_PEOPLE",
            "MANAGE_GRANTS",
            "MANAGE_ORGANISATION",
            "READ_AUDIT_LOG",
        ],
    }


def test_the_kinds_with_a_permission_and_a_kind_in_words():
    assert set(permissions.kinds_with(READ)) == {GrantKind.AMBASSADOR, GrantKind.REPORT_READER}
    assert permissions.in_words(GrantKind.REPORT_READER) == (
        "read gap reports and request gap reports"
    )


def test_a_grant_holds_in_its_unit_and_below_and_nowhere_else(digital, department, operations):
    team = factories.unit("Team", parent=digital)
    reader = factories.person(unit=digital, grant=GrantKind.REPORT_READER)
    allowed = {
        unit.name
        for unit in (department, digital, team, operations)
        if permissions.may(reader, READ, unit=unit)
    }
    assert allowed == {"Digital", "Team"}
    assert permissions.may(reader, READ)
    assert not permissions.may(reader, MANAGE)
    assert not permissions.may(reader, MANAGE, unit=digital)


def test_a_grant_for_everywhere_holds_in_every_unit(system_administrator, digital):
    assert permissions.may(system_administrator, MANAGE)
    assert permissions.may(system_administrator, MANAGE, unit=digital)
    assert permissions.may(system_administrator, MANAGE, unit=factories.unit("Elsewhere"))
    assert not permissions.may(system_administrator, READ, unit=digital)


def test_what_grants_allow_in_a_unit_comes_from_grants_that_reach_it(digital, operations):
    person = factories.person(unit=digital, grant=GrantKind.REPORT_READER)
    give_grant(user=person, kind=GrantKind.AMBASSADOR, unit=operations, by=person)
    give_grant(user=person, kind=GrantKind.FRAMEWORK_EDITOR, unit=None, by=person)
    assert permissions.permissions_by_grants_for(person, digital) == [
        Permission.READ_GAP_REPORTS,
        Permission.REQUEST_GAP_REPORTS,
    ]
    assert permissions.permissions_by_grants_for(person, factories.unit("Elsewhere")) == []


def test_requiring_raises_for_whoever_may_not(digital, operations, member):
    reader = factories.person(unit=digital, grant=GrantKind.REPORT_READER)
    permissions.require(reader, READ)
    permissions.require(reader, READ, unit=digital)
    for person, unit in ((reader, operations), (member, digital), (member, None)):
        with pytest.raises(PermissionDenied, match="read gap reports"):
            permissions.require(person, READ, unit=unit)
