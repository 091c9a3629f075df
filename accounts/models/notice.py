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
        return self.filter(email_sent_at=None, email_error="")


class Notice(models.Model):
    """One row is one message to one person, shown in the portal and sent once by e-mail.

    It is written in the transaction of the event it tells of, and `key` names that event, so
    that repeating the work that led to it cannot send it twice.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    key = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    link = models.CharField(max_length=500, blank=True)
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
