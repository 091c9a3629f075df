"""What every answer of the portal carries, and which requests get no more than a refusal."""

import time

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

RETRY_AFTER_SECONDS = 10


def private_pages(get_response):
    """Tell browsers and proxies to keep no copy of a page: nearly every one is personal.

    Static files never come here, WhiteNoise answers them before.
    """

    def middleware(request):
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def refuse_late_requests(get_response):
    """Answer 503 at once to what has waited longer than REQUEST_MAX_WAIT_SECONDS.

    Requests that come faster than they are answered wait in front of the processes, ever longer.
    Whoever sent the oldest has given up, so that working through them would help nobody and keep
    the portal busy long after the rush. Nothing has been read or changed by then.
    """

    def middleware(request):
        if not waited_seconds(request) > settings.REQUEST_MAX_WAIT_SECONDS:  # nan is neither
            return get_response(request)
        # Without the request: who is signed in would be a question to the database.
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response

    return middleware


def waited_seconds(request):
    """How long ago the proxy took this request; 0 where no proxy that is trusted says.

    `X-Request-Start: t=` and seconds since 1970, as nginx writes its `$msec`.
    """
    if not settings.TRUSTED_PROXIES:
        return 0
    try:
        began = float(request.headers.get("X-Request-Start", "").removeprefix("t="))
    except ValueError:
        return 0
    return time.time() - began
