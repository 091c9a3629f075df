"""What people ask their organisation administrator to put right."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.permissions import Permission

from .organisation import Grade, Post
from .user import User


class ChangeRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(decided_at=None)

    def visible_to(self, user):
        """The user's own, and those of people whose posts the user looks after."""
        people = User.objects.where(user, Permission.MANAGE_ORGANISATION)
        return self.filter(Q(person=user) | Q(person__in=people.values("pk")))


class ChangeRequest(models.Model):
    """One row is what one person says is wrong with their post, and what came of it.

    Unit and line manager are in the person's own words: people do not see the whole organisation,
    and an address they type must not tell them who has an account. An empty fact is not wrong.
    """

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="change_requests"
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="change_requests")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    unit_name = models.CharField(max_length=200, blank=True)
    line_manager_email = models.EmailField(max_length=254, blank=True)
    grade = models.CharField(max_length=4, choices=Grade, blank=True)
    note = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(decided_at=None),
                name="change_request_one_open_each",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="")
                | (Q(decided_at__isnull=False) & ~Q(outcome="")),
                name="change_request_decided_with_an_outcome",
            ),
        ]

    def __str__(self):
        return f"{self.person}, {self.asked_at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("accounts:change_request", args=[self.pk])

    @property
    def is_open(self):
        return self.decided_at is None
