"""Telling people that something happened."""

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts import tasks
from accounts.insert_select import insert_select
from accounts.models import Notice, NoticeChoice, User
from accounts.notice_kinds import BOTH, OFF, PORTAL, all_kinds, delivery_to
from accounts.publishing import publish_on_commit

SUBJECT_MAX_LENGTH = Notice._meta.get_field("subject").max_length


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
def queue_notices(*, kind, notices):
    """How many notices of one kind are new: dicts of a notice's fields, for any number of people.

    As `queue_notice`, but in three queries, and e-mails go out with the next sweep.
    """
    people = {notice["recipient_id"] for notice in notices}
    chosen = dict(
        NoticeChoice.objects.filter(user__in=people, kind=kind.key).values_list("user", "delivery")
    )
    known = set(
        Notice.objects.filter(
            recipient__in=people, key__in={notice["key"] for notice in notices}
        ).values_list("recipient", "key")
    )
    new = [
        Notice(
            kind=kind.key,
            by_email=chosen.get(notice["recipient_id"], BOTH) == BOTH or not kind.optional,
            **notice,
        )
        for notice in notices
        if (notice["recipient_id"], notice["key"]) not in known
        and (chosen.get(notice["recipient_id"]) != OFF or not kind.optional)
    ]
    Notice.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def one_line(text):
    """The text on one line, as the subject of an e-mail must be."""
    return " ".join(text.split())


def queue_notice_to_all(*, people, kind, key, subject, body, link=""):
    """How many notices of one event are new: the same words to each of `people`, a query of keys.

    As `queue_notices`, but the database makes the rows in one query, however many. For optional
    kinds.
    """
    chosen = NoticeChoice.objects.filter(user=OuterRef("pk"), kind=kind.key)
    recipients = User.objects.active().filter(~Exists(chosen.filter(delivery=OFF)), pk__in=people)
    return insert_select(
        Notice,
        recipients,
        {
            "recipient": F("pk"),
            "kind": kind.key,
            "key": key,
            "subject": one_line(subject)[:SUBJECT_MAX_LENGTH],
            "body": body,
            "link": link,
            "by_email": ~Exists(chosen.filter(delivery=PORTAL)),
            "created_at": timezone.now(),
        },
    )


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
