"""Telling people that something happened."""

from django.db import transaction
from django.utils import timezone

from accounts import tasks
from accounts.models import Notice, NoticeChoice
from accounts.notice_kinds import BOTH, OFF, all_kinds, delivery_to
from accounts.publishing import publish_on_commit


def queue_notice(*, recipient, key, subject, body, link="", kind=None):
    """The notice of one event to one person, made at most once for the same `key`.

    Call it inside the event's transaction: the event and its notice are committed together or
    not at all. `link` is an address inside the portal, starting with a slash. `kind` is one of
    `accounts.notice_kinds`; None comes back where the person has turned that kind off.
    """
    delivery = delivery_to(recipient, kind)
    if delivery == OFF:
        return None
    notice, created = Notice.objects.get_or_create(
        recipient=recipient,
        key=key,
        defaults={
            "kind": kind.key if kind else "",
            "by_email": delivery == BOTH,
            "subject": subject,
            "body": body,
            "link": link,
        },
    )
    if created and notice.by_email:
        publish_on_commit(tasks.send_notice, notice.pk)
    return notice


@transaction.atomic
def choose_deliveries(*, by, deliveries):
    """Note how the person wants each optional kind of notice, `deliveries` by the kind's key."""
    optional = {kind.key for kind in all_kinds() if kind.optional}
    for key in sorted(optional & deliveries.keys()):
        NoticeChoice.objects.update_or_create(
            user=by, kind=key, defaults={"delivery": deliveries[key]}
        )


def mark_read(*, by):
    """Note that the person has seen the notices they have."""
    Notice.objects.visible_to(by).unread().update(read_at=timezone.now())
