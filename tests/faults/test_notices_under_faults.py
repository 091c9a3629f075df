"""Notices travel through the real broker and worker, whatever happens to these."""

import time

import pytest

from accounts.models import Notice
from accounts.notices import queue_notice
from tests.faults.programs import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail(tmp_path, monkeypatch):
    """The folder into which the worker writes its e-mails."""
    folder = tmp_path / "mail"
    monkeypatch.setenv("EMAIL_FILE_PATH", str(folder))
    return folder


def tell(member, key="welcome"):
    return queue_notice(recipient=member, key=key, subject="Welcome", body="Good to see you.")


def sent(notice):
    return Notice.objects.filter(pk=notice.pk, email_sent_at__isnull=False).exists()


def test_a_notice_is_sent_by_the_worker_once(mail, member, worker):
    notice = tell(member)
    wait_until(lambda: sent(notice), what="the e-mail")
    (message,) = mail.iterdir()
    assert "Good to see you." in message.read_text()


def test_a_notice_waits_for_a_broker_that_is_down(mail, member, worker, beat, broker):
    broker.kill()
    began = time.monotonic()
    notice = tell(member)
    assert time.monotonic() - began < 3
    broker.start()
    wait_until(lambda: sent(notice), what="the e-mail after the broker's return")
    assert len(list(mail.iterdir())) == 1


def test_a_message_lost_by_the_broker_is_sent_again(mail, member, broker, start_worker, start_beat):
    notice = tell(member)
    broker.forget()
    broker.start()
    start_worker()
    start_beat()
    wait_until(lambda: sent(notice), what="the e-mail whose message was lost")
