"""The Celery application. Tasks live in each room's `tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skills_portal.settings")

app = Celery("skills_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
