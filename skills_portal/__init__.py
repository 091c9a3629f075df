"""Wiring, home page, error pages and the commands that run it all."""

from skills_portal.celery import app as celery_app

__all__ = ["celery_app"]
