"""Noting in the audit log who asked for what they may not see (ASVS 5.0, 16.3.2)."""

import uuid

from accounts import audit, audit_actions
from accounts.models import User

REFUSALS = {403, 404}


def noted_refusals(get_response):
    """Middleware: an entry for a person signed in who is refused a page, once an hour each.

    A page that is not there at all is no refusal; one about something that is not there is, as
    it looks the same as something out of sight.
    """

    def middleware(request):
        response = get_response(request)
        match = request.resolver_match
        if (
            response.status_code in REFUSALS
            and match is not None
            and (match.kwargs or response.status_code == 403)
            and request.user.is_authenticated
        ):
            audit.note_once_an_hour(
                audit_actions.REFUSED,
                by=request.user,
                about=_person_of(match.kwargs),
                thing=_thing_of(match),
            )
        return response

    return middleware


def _person_of(values):
    if "public_id" not in values:
        return None
    return User.objects.filter(public_id=values["public_id"]).first()


def _thing_of(match):
    """The page's name and the keys in its address; text in it could be anything and is left out."""
    keys = [str(value) for value in match.kwargs.values() if isinstance(value, int | uuid.UUID)]
    return " ".join([match.view_name, *keys])[:100]
