"""What somebody may do. The only file that maps grants to permissions.

Code asks for a permission, never for a grant's kind. Being somebody's line manager is not a
grant: it comes from posts, and models' `visible_to` deals with it.
"""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.text import get_text_list


class GrantKind(models.TextChoices):
    AMBASSADOR = "ambassador", "Digital ambassador"
    REPORT_READER = "report_reader", "Report reader"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator", "Organisation administrator"
    FRAMEWORK_EDITOR = "framework_editor", "Framework editor"
    SYSTEM_ADMINISTRATOR = "system_administrator", "System administrator"


# Grants that hold for the whole portal; every other kind holds for one unit and all below it.
EVERYWHERE_KINDS = frozenset({GrantKind.FRAMEWORK_EDITOR, GrantKind.SYSTEM_ADMINISTRATOR})


class Permission(StrEnum):
    READ_GAP_REPORTS = "read gap reports"
    REQUEST_GAP_REPORTS = "request gap reports"
    MANAGE_ORGANISATION = "manage units, people and posts"
    MANAGE_GRANTS = "give and withdraw grants"
    READ_AUDIT_LOG = "read the audit log"
    ERASE_PEOPLE = "erase people who have left"
    EDIT_FRAMEWORKS = "import and publish frameworks"
    APPROVE_RESOURCES = "approve learning resources"
    ASSIGN_LEARNING = "assign learning"


PERMISSIONS = {
    GrantKind.AMBASSADOR: frozenset(
        {
            Permission.READ_GAP_REPORTS,
            Permission.APPROVE_RESOURCES,
            Permission.ASSIGN_LEARNING,
        }
    ),
    GrantKind.REPORT_READER: frozenset(
        {Permission.READ_GAP_REPORTS, Permission.REQUEST_GAP_REPORTS}
    ),
    GrantKind.ORGANISATION_ADMINISTRATOR: frozenset(
        {Permission.MANAGE_ORGANISATION, Permission.MANAGE_GRANTS}
    ),
    GrantKind.FRAMEWORK_EDITOR: frozenset({Permission.EDIT_FRAMEWORKS}),
    # Accounts and grants, never ratings or reports.
    GrantKind.SYSTEM_ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_ORGANISATION,
            Permission.MANAGE_GRANTS,
            Permission.READ_AUDIT_LOG,
            Permission.ERASE_PEOPLE,
        }
    ),
}


def kinds_with(permission):
    """The kinds of grants that carry `permission`."""
    return [kind for kind, allowed in PERMISSIONS.items() if permission in allowed]


def in_words(kind):
    """What a grant of this kind allows, as the rest of a sentence that begins with "may"."""
    allowed = [permission for permission in Permission if permission in PERMISSIONS[kind]]
    return get_text_list(allowed, "and")


def grants_with(user, permission):
    """The user's current grants that carry `permission`, as a list; one query per request."""
    return [grant for grant in user.current_grants if permission in PERMISSIONS[grant.kind]]


def may(user, permission, *, unit=None):
    """Whether the user may do this in `unit`; without a unit, whether anywhere at all."""
    grants = grants_with(user, permission)
    if unit is None:
        return bool(grants)
    return any(grant.unit is None or unit.path.startswith(grant.unit.path) for grant in grants)


def may_everywhere(user, permission):
    """Whether the user may do this in every unit and where there is none."""
    return any(grant.unit is None for grant in grants_with(user, permission))


def permissions_by_grants_for(user, unit):
    """What the user's grants for this unit, or one above it, let them do there; no query more."""
    scoped = [grant for grant in user.current_grants if grant.unit is not None]
    reaching = [grant for grant in scoped if unit.path.startswith(grant.unit.path)]
    return [
        permission
        for permission in Permission
        if any(permission in PERMISSIONS[grant.kind] for grant in reaching)
    ]


def require(user, permission, *, unit=None):
    """Raise PermissionDenied (a 403 page) unless the user may do this."""
    if not may(user, permission, unit=unit):
        raise PermissionDenied(f"This needs the permission to {permission}.")
