"""Background work on learning. Safe to repeat and to miss: the next night makes it good."""

import datetime

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from learning.outcomes import count_outcomes
from learning.services.imports import clear_imports
from learning.services.log import clear_deleted_entries
from learning.services.resources import refresh_skill_names

IMPORTS_WAIT = datetime.timedelta(days=1)


@shared_task
def refresh_catalogue():
    """Names of skills, which releases may have changed, and how resources worked."""
    refresh_skill_names()
    count_outcomes()


@shared_task
def clear_old_rows():
    """Deleted entries whose time to be brought back is over, and files nobody confirmed."""
    now = timezone.now()
    days = datetime.timedelta(days=settings.DELETED_LOG_ENTRY_DAYS)
    clear_deleted_entries(before=now - days)
    clear_imports(before=now - IMPORTS_WAIT)
