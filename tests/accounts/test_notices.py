"""Notices: one event, one e-mail, whatever happens in between."""

import datetime
import smtplib

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import notice_emails, tasks
from accounts.models import Notice
from accounts.notices import queue_notice

pytestmark = pytest.mark.django_db


def queue(member, key="report-1"):
    return queue_notice(
        recipient=member,
        key=key,
        subject="The gap report is ready",
        body="You can read it now.",
        link="/reports/digital/2026-10-31/",
    )


def test_one_event_makes_one_notice(member):
    assert queue(member) == queue(member)
    assert Notice.objects.count() == 1


def test_an_event_that_is_rolled_back_leaves_no_notice(member):
    with pytest.raises(RuntimeError), transaction.atomic():
        queue(member)
        raise RuntimeError
    assert not Notice.objects.exists()


def test_the_email_links_to_the_page_and_goes_out_once(member, mailoutbox, settings):
    notice = queue(member)
    assert notice_emails.send_notice_email(notice.pk) is True
    assert notice_emails.send_notice_email(notice.pk) is False
    tasks.send_waiting_notices()
    (mail,) = mailoutbox
    assert mail.to == [member.email]
    assert f"{settings.SITE_URL}/reports/digital/2026-10-31/" in mail.body


def test_a_notice_claimed_by_another_worker_is_left_alone(member, mailoutbox):
    notice = queue(member)
    soon = timezone.now() + datetime.timedelta(seconds=30)
    Notice.objects.update(email_attempt=1, email_lease_until=soon)
    assert notice_emails.send_notice_email(notice.pk) is False
    assert notice_emails.waiting_notice_ids() == []
    assert mailoutbox == []


def test_a_notice_whose_worker_died_is_sent_by_the_sweep(member, mailoutbox):
    queue(member)
    past = timezone.now() - datetime.timedelta(seconds=1)
    Notice.objects.update(email_attempt=1, email_lease_until=past)
    tasks.send_waiting_notices()
    assert len(mailoutbox) == 1


def test_a_mail_server_that_is_down_is_tried_again_later_and_given_up_in_the_end(
    member, mailoutbox, monkeypatch, settings
):
    notice = queue(member)

    def refuse(self, fail_silently=False):
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    for attempt in range(1, settings.NOTICE_MAX_ATTEMPTS + 1):
        assert notice_emails.send_notice_email(notice.pk) is False
        notice.refresh_from_db()
        assert notice.email_attempt == attempt
        assert notice.email_lease_until > timezone.now()
        Notice.objects.update(email_lease_until=timezone.now())
    assert "Given up" in notice.email_error
    assert notice_emails.waiting_notice_ids() == []


def test_nobody_writes_to_a_closed_account(leaver, mailoutbox):
    notice = queue(leaver)
    assert notice_emails.send_notice_email(notice.pk) is False
    assert mailoutbox == []


def test_people_see_their_own_notices_only(member, outsider):
    queue(member)
    assert Notice.objects.visible_to(member).count() == 1
    assert Notice.objects.visible_to(outsider).count() == 0


def test_a_broker_that_is_down_costs_the_user_nothing(
    member, django_capture_on_commit_callbacks, caplog
):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        queue(member)
    assert len(callbacks) == 1
    assert "The broker did not take accounts.tasks.send_notice" in caplog.text
