"""Sending the e-mail of a notice, once."""

import datetime
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice

logger = logging.getLogger(__name__)


def waiting_notice_ids(limit=500):
    """Notices whose e-mail somebody should send now: not claimed, or claimed too long ago."""
    return list(
        Notice.objects.waiting()
        .filter(Q(email_lease_until=None) | Q(email_lease_until__lte=timezone.now()))
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )


def send_notice_email(notice_id):
    """Send one notice's e-mail unless it was sent, given up or is being sent; True if sent now.

    The claim comes before the sending, so two workers never send one notice. A worker that dies
    between the two leaves a lease that runs out, after which it is sent again, under the same
    Message-ID. Each failed try waits twice as long as the one before.
    """
    now = timezone.now()
    claimed = (
        Notice.objects.waiting()
        .filter(Q(email_lease_until=None) | Q(email_lease_until__lte=now), pk=notice_id)
        .update(
            email_attempt=F("email_attempt") + 1,
            email_lease_until=now + datetime.timedelta(seconds=settings.NOTICE_LEASE_SECONDS),
        )
    )
    if not claimed:
        return False
    notice = Notice.objects.select_related("recipient").get(pk=notice_id)
    mine = Notice.objects.waiting().filter(pk=notice_id, email_attempt=notice.email_attempt)
    if not notice.recipient.is_active:
        mine.update(email_error="The account is closed.")
        return False
    try:
        compose_email(notice).send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("Notice %s was not sent: %s", notice_id, type(error).__name__)
        if notice.email_attempt >= settings.NOTICE_MAX_ATTEMPTS:
            mine.update(email_error=f"Given up after {notice.email_attempt} tries.")
        else:
            wait = settings.NOTICE_LEASE_SECONDS * 2 ** (notice.email_attempt - 1)
            mine.update(email_lease_until=now + datetime.timedelta(seconds=wait))
        return False
    return mine.update(email_sent_at=timezone.now()) == 1


def compose_email(notice):
    """The message, in plain text and in HTML that says the same.

    Its Message-ID is the notice's, so a repeat can be recognised.
    """
    context = {
        "notice": notice,
        "service_name": settings.SERVICE_NAME,
        "link": f"{settings.SITE_URL}{notice.link}" if notice.link else "",
        "settings_link": notice.kind
        and f"{settings.SITE_URL}{reverse('accounts:notice_settings')}",
    }
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = EmailMultiAlternatives(
        subject=notice.subject,
        body=render_to_string("emails/notice.txt", context),
        to=[notice.recipient.email],
        headers={"Message-ID": f"<notice-{notice.pk}@{domain}>"},
    )
    message.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
    return message
