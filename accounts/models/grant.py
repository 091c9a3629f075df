"""What people are trusted with."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.permissions import (
    EVERYWHERE_KINDS,
    GrantKind,
    Permission,
    grants_with,
    kinds_with,
    may_everywhere,
)

NONE = Q(pk__in=[])


class GrantQuerySet(models.QuerySet):
    def current(self):
        return self.filter(withdrawn_at=None)

    def carrying(self, permission):
        return self.filter(kind__in=kinds_with(permission))

    def visible_to(self, user):
        """The user's own grants, and those that they may withdraw."""
        return self.managed_by(user, Q(user=user))

    def managed_by(self, user, others=NONE):
        """Grants that the user may withdraw, those in their units or all; and the others."""
        if may_everywhere(user, Permission.MANAGE_GRANTS):
            return self
        scope = others
        for grant in grants_with(user, Permission.MANAGE_GRANTS):
            scope |= Q(unit__path__startswith=grant.unit.path)
        return self.filter(scope)


class Grant(models.Model):
    """One row is what one user may do in one unit and below, or everywhere, for a period."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants"
    )
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    kind = models.CharField(max_length=30, choices=GrantKind)
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=sorted(EVERYWHERE_KINDS), unit=None)
                | (~Q(kind__in=sorted(EVERYWHERE_KINDS)) & Q(unit__isnull=False)),
                name="grant_has_a_unit_unless_it_holds_everywhere",
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "unit"],
                condition=Q(withdrawn_at=None, unit__isnull=False),
                name="grant_once_per_unit",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(withdrawn_at=None, unit=None),
                name="grant_once_everywhere",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.user}"
