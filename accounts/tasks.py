"""Background work on notices, sessions and files. A task takes a key and calls one function."""

import datetime

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import notice_emails, sessions
from accounts.models import OrganisationImport

IMPORTS_WAIT = datetime.timedelta(days=1)


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


@shared_task
def clear_organisation_files():
    """Files with units and people that nobody confirmed in a day."""
    OrganisationImport.objects.chosen_before(timezone.now() - IMPORTS_WAIT).delete()
