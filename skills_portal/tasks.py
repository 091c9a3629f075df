"""Background work of the portal as a whole."""

from celery import shared_task

from skills_portal import metrics


@shared_task
def beat_heart():
    metrics.beat()
