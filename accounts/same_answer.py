"""The same answer, as late, whether or not an address has an account."""

import time

from django.conf import settings

# Pages that send an e-mail, which is more work for an address that has an account. A wrong
# password needs no help: allauth hashes one for nobody as well.
PAGES = {"account_reset_password", "account_request_login_code"}


class SameAnswer:
    """Hold answers about an address back until SAME_ANSWER_SECONDS after the question."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.monotonic()
        response = self.get_response(request)
        match = request.resolver_match
        # Errors in the form and refusals for too many tries say nothing about an address.
        if response.status_code == 302 and match is not None and match.view_name in PAGES:
            time.sleep(max(0, began + settings.SAME_ANSWER_SECONDS - time.monotonic()))
        return response
