"""Background work of the portal as a whole."""

from celery import shared_task

from skills_portal import metrics, retention


@shared_task
def beat_heart():
    metrics.beat()


@shared_task
def clear_what_is_due():
    retention.clear_what_is_due()
