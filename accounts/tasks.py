"""Background work on notices and sessions. A task takes a key and calls one function."""

from celery import shared_task
from django.core.management import call_command

from accounts import notice_emails, sessions


@shared_task
def send_notice(notice_id):
    notice_emails.send_notice_email(notice_id)


@shared_task
def send_waiting_notices():
    for notice_id in notice_emails.waiting_notice_ids():
        notice_emails.send_notice_email(notice_id)


@shared_task
def clear_expired_sessions():
    call_command("clearsessions")
    sessions.forget_ended_sessions()
