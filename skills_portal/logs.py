"""Log lines that say which request or task they belong to, and never about whom.

A request gets an id, which comes back in the header `X-Request-ID` and is on every line of it;
a task's lines carry the task's name and its arguments, which are keys of rows and never data.
Addresses of pages are logged as their route ("reports/<slug:slug>/"), so that what stands in
them, and what was searched for, is in no log.
"""

import logging
import re
import time
import uuid

import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

logger = logging.getLogger(__name__)
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
REQUEST_ID_HEADER = "X-Request-ID"


def request_ids(get_response):
    """Middleware: one line for each answer, and its id on every line that is logged on the way."""

    def middleware(request):
        given = request.headers.get(REQUEST_ID_HEADER, "")
        # A proxy's id is kept, so that its log and ours can be laid side by side.
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        began = time.monotonic()
        with bound_contextvars(request_id=request_id):
            response = get_response(request)
            response[REQUEST_ID_HEADER] = request_id
            facts = {
                "method": request.method,
                "route": route_of(request),
                "status": response.status_code,
                "milliseconds": round((time.monotonic() - began) * 1000),
            }
            logger.info("%(method)s %(route)s: %(status)s", facts, extra=facts)
        return response

    return middleware


def route_of(request):
    """The pattern of the request's address without any value in it; "" when none matches."""
    return request.resolver_match.route if request.resolver_match else ""


# --- Tasks -------------------------------------------------------------------------------------


@before_task_publish.connect
def send_request_id_along(headers=None, **_):
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id and headers is not None:
        headers["portal_request_id"] = request_id


@task_prerun.connect
def begin_task(task=None, task_id=None, args=(), **_):
    request_id = getattr(task.request, "portal_request_id", None)
    asked_by = {"request_id": request_id} if request_id else {}
    bind_contextvars(task=task.name, task_id=task_id, keys=list(args), **asked_by)


@task_postrun.connect
def end_task(**_):
    unbind_contextvars("task", "task_id", "keys", "request_id")


# --- Format ------------------------------------------------------------------------------------


def json_formatter():
    """One JSON object a line: time, level, logger, event, what it belongs to, and a traceback."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=EXTRA),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


# What a line may carry besides its text: Django's own extras hold whole requests.
EXTRA = ("method", "route", "status", "milliseconds")
