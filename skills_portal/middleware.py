"""What every answer of the portal carries."""

from django.utils.cache import add_never_cache_headers


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
