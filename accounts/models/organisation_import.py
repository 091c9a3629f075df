"""Files with the units and people of a part of the organisation, before they are confirmed."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from .organisation import Unit


class OrganisationImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The user's own: nobody else sees what somebody is about to change."""
        return self.filter(person=user)


class OrganisationImport(models.Model):
    """One row is what an administrator has had checked and may apply to a unit and below.

    It holds the files' texts until they are applied or their time is over
    (`settings.RETENTION_DAYS`); the empty row stays until then, so that confirming twice changes
    nothing twice. `closes_missing`: people of the unit whom the file does not name have left.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="organisation_imports"
    )
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    units_name = models.CharField(max_length=200, blank=True)
    units_text = models.TextField(blank=True)
    people_name = models.CharField(max_length=200, blank=True)
    people_text = models.TextField(blank=True)
    closes_missing = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = OrganisationImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return " and ".join(filter(None, [self.units_name, self.people_name]))

    def get_absolute_url(self):
        return reverse("accounts:check_organisation_import", args=[self.pk])
