"""Messages to people."""

from django.conf import settings
from django.db import models


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(recipient=user)

    def unread(self):
        return self.filter(read_at=None)

    def waiting(self):
        """Notices whose e-mail has neither been sent nor given up."""
        return self.filter(email_sent_at=None, email_error="", by_email=True)


class Notice(models.Model):
    """One row is one message to one person, shown in the portal and sent once by e-mail.

    It is written in the transaction of the event it tells of, and `key` names that event, so
    that repeating the work that led to it cannot send it twice. `kind` is the key of one of
    `accounts.notice_kinds`; `by_email` is False where the person wants no e-mail of that kind.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=40, blank=True, db_default="")
    key = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    link = models.CharField(max_length=500, blank=True)
    by_email = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    email_attempt = models.PositiveSmallIntegerField(default=0)
    email_lease_until = models.DateTimeField(null=True)
    email_sent_at = models.DateTimeField(null=True)
    email_error = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notice_once_per_event")
        ]

    def __str__(self):
        return self.subject


class NoticeChoiceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)


class NoticeChoice(models.Model):
    """One row says how one person wants one kind of notice; without a row, in every way."""

    class Delivery(models.TextChoices):
        BOTH = "both", "By email and on my home page"
        PORTAL = "portal", "On my home page only"
        OFF = "off", "Not at all"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices"
    )
    kind = models.CharField(max_length=40)
    delivery = models.CharField(max_length=6, choices=Delivery)
    chosen_at = models.DateTimeField(auto_now=True)

    objects = NoticeChoiceQuerySet.as_manager()

    class Meta:
        ordering = ["user", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once_per_kind")
        ]

    def __str__(self):
        return f"{self.kind}: {self.get_delivery_display()}"
