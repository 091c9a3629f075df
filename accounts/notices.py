"""Telling people that something happened."""

from django.utils import timezone

from accounts import tasks
from accounts.models import Notice
from accounts.publishing import publish_on_commit


def queue_notice(*, recipient, key, subject, body, link=""):
    """The notice of one event to one person, made at most once for the same `key`.

    Call it inside the event's transaction: the event and its notice are committed together or
    not at all. `link` is an address inside the portal, starting with a slash.
    """
    notice, created = Notice.objects.get_or_create(
        recipient=recipient,
        key=key,
        defaults={"subject": subject, "body": body, "link": link},
    )
    if created:
        publish_on_commit(tasks.send_notice, notice.pk)
    return notice


def mark_read(*, by):
    """Note that the person has seen the notices they have."""
    Notice.objects.visible_to(by).unread().update(read_at=timezone.now())
