"""Figures for whoever watches the portal, in the format of Prometheus. None is about a person.

Requests are counted in the web processes, into files they share. Everything about background
work is read from the database, the broker and the heartbeat when somebody asks: the row is the
truth there too, and it is right whichever process answers.
"""

import os
import time

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min
from django.utils import timezone
from kombu.exceptions import KombuError, OperationalError
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from accounts.models import Notice
from learning.models import Assignment
from reports.models import GapReport
from skills_portal.celery import app
from skills_portal.logs import route_of

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
HEARTBEAT = "heartbeat"
REQUEST_SECONDS = Histogram(
    "portal_request_seconds",
    "Seconds until a request was answered.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 3, 10),
)


def measured_requests(get_response):
    """Middleware: how long each answer took, by method, route and status."""

    def middleware(request):
        began = time.perf_counter()
        response = get_response(request)
        REQUEST_SECONDS.labels(request.method, route_of(request), response.status_code).observe(
            time.perf_counter() - began
        )
        return response

    return middleware


def exposition():
    """Every figure, as text in the format of Prometheus."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # several web processes: see gunicorn_settings
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    background = CollectorRegistry()
    background.register(BackgroundWork())
    return generate_latest(registry) + generate_latest(background)


class BackgroundWork:
    """A collector in the sense of prometheus_client: `collect` yields the figures of the moment."""

    def collect(self):
        now = timezone.now()
        reports = GaugeMetricFamily("portal_gap_reports", "Gap reports.", labels=["status"])
        counted = dict(GapReport.objects.order_by().values_list("status").annotate(Count("pk")))
        for status in GapReport.Status.values:
            reports.add_metric([status], counted.get(status, 0))
        yield reports
        unfinished = GapReport.objects.unfinished().aggregate(oldest=Min("requested_at"))
        yield GaugeMetricFamily(
            "portal_gap_report_waiting_seconds",
            "Age of the oldest gap report that is neither ready nor failed; 0 when there is none.",
            value=age(unfinished["oldest"], now),
        )
        assignments = GaugeMetricFamily("portal_assignments", "Assignments.", labels=["status"])
        counted = dict(Assignment.objects.order_by().values_list("status").annotate(Count("pk")))
        for status in Assignment.Status.values:
            assignments.add_metric([status], counted.get(status, 0))
        yield assignments
        yield GaugeMetricFamily(
            "portal_assignment_waiting_seconds",
            "Age of the oldest assignment that is still to be offered for the first time; 0 when "
            "there is none.",
            value=age(Assignment.objects.never_offered().aggregate(o=Min("created_at"))["o"], now),
        )
        waiting = Notice.objects.waiting().aggregate(count=Count("pk"), oldest=Min("created_at"))
        yield GaugeMetricFamily(
            "portal_emails_waiting", "E-mails that are still to be sent.", value=waiting["count"]
        )
        yield GaugeMetricFamily(
            "portal_email_waiting_seconds",
            "Age of the oldest e-mail that is still to be sent; 0 when there is none.",
            value=age(waiting["oldest"], now),
        )
        length = queue_length()
        yield GaugeMetricFamily(
            "portal_broker_up", "Whether the broker answers.", value=length is not None
        )
        if length is not None:
            yield GaugeMetricFamily(
                "portal_broker_messages", "Messages that no worker has taken.", value=length
            )
        silence = heartbeat_age()
        if silence is not None:
            yield GaugeMetricFamily(
                "portal_heartbeat_seconds",
                "Seconds since a message of beat's came through the broker and a worker.",
                value=silence,
            )


def age(instant, now):
    return (now - instant).total_seconds() if instant else 0


def queue_length():
    """How many messages wait for a worker; None when the broker does not answer in two seconds."""
    try:
        with app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            return connection.default_channel.client.llen(settings.CELERY_TASK_DEFAULT_QUEUE)
    except (KombuError, OperationalError, RedisError, OSError):
        return None


# --- Heartbeat ---------------------------------------------------------------------------------


def beat():
    """Note that beat, the broker and a worker are alive: a task of beat's has come this far."""
    cache.set(HEARTBEAT, timezone.now(), timeout=None)


def heartbeat_age():
    """Seconds since the last heartbeat; None when there has never been one."""
    last = cache.get(HEARTBEAT)
    return age(last, timezone.now()) if last else None


def is_alive():
    """Whether background work goes on: a heartbeat came within three of beat's rounds."""
    silence = heartbeat_age()
    return silence is not None and silence < 3 * settings.SWEEP_SECONDS + 10
