"""Notices: one event, one e-mail, whatever happens in between."""

import datetime
import smtplib

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import notice_emails, tasks
from accounts.insert_select import insert_select
from accounts.models import Notice, NoticeChoice, User
from accounts.notice_kinds import NoticeKind
from accounts.notices import queue_notice, queue_notice_to_all

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


# --- To any number of people ------------------------------------------------------------------


SOME_KIND = NoticeKind("some-kind", "Something happened")


def tell_all(people, key="event-1"):
    return queue_notice_to_all(
        people=people.values("pk"),
        kind=SOME_KIND,
        key=key,
        subject="It’s “100%” true; really",
        body="Line one\n\nLine {two} %s",
        link="/x/",
    )


def test_all_people_are_told_the_same_once_as_they_chose(
    member, line_manager, outsider, leaver, django_assert_num_queries
):
    for person, delivery in ((line_manager, "portal"), (outsider, "off")):
        NoticeChoice.objects.create(user=person, kind="some-kind", delivery=delivery)
    NoticeChoice.objects.create(user=member, kind="another", delivery="off")
    with django_assert_num_queries(1):
        assert tell_all(User.objects.all()) == 2
    assert tell_all(User.objects.all()) == 0
    assert tell_all(User.objects.all(), key="event-2") == 2
    told = Notice.objects.filter(key="event-1")
    assert {notice.recipient: notice.by_email for notice in told} == {
        member: True,
        line_manager: False,
    }
    assert {(notice.subject, notice.body, notice.link, notice.kind) for notice in told} == {
        ("It’s “100%” true; really", "Line one\n\nLine {two} %s", "/x/", "some-kind")
    }


def test_nobody_to_tell_is_nobody_told(member):
    assert tell_all(User.objects.none()) == 0


def test_a_subject_made_of_what_people_typed_is_one_line_and_fits(member):
    queue_notice_to_all(
        people=User.objects.filter(pk=member.pk).values("pk"),
        kind=SOME_KIND,
        key="a",
        subject="Due:\r\nBcc: everybody " + "x" * 300,
        body="-",
    )
    subject = Notice.objects.get().subject
    assert subject.startswith("Due: Bcc: everybody x")
    assert len(subject) == 200


def test_such_a_notice_is_sent_like_any_other(member, mailoutbox):
    tell_all(User.objects.filter(pk=member.pk))
    tasks.send_waiting_notices()
    (mail,) = mailoutbox
    assert mail.to == [member.email]
    assert "Line {two} %s" in mail.body


def test_rows_made_out_of_rows_take_the_defaults_of_their_fields(member):
    """The same row as the model would make, whichever way a default is given."""
    now = timezone.now()
    values = {"key": "a", "subject": "S", "body": "B", "created_at": now}
    by_model = Notice.objects.create(recipient=member, **values)
    made = Notice.objects.filter(pk=by_model.pk).values()[0]
    Notice.objects.all().delete()
    insert_select(
        Notice,
        User.objects.filter(pk=member.pk),
        {"recipient": F("pk"), "by_email": True, **values},
    )
    by_database = Notice.objects.values()[0]
    different = {name for name in made if made[name] != by_database[name]}
    assert different <= {"id", "created_at"}
