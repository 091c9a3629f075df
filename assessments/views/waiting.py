"""What somebody sent after their session had ended waits here until they have signed in.

It goes into the browser's own session, survives sign-in, and is shown only on the page it was
sent from, which only the draft's owner can open. It is not kept in the browser itself: computers
are shared. One page waits at a time, the last.
"""

from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse, QueryDict

WAITING = "waiting_answer"
TEXT_MAX_LENGTH = 10_000
FIELDS_MAX = 300
TOTAL_MAX_LENGTH = 100_000


def wants_json(request):
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def keep_until_signed_in(request):
    """Send a signed-out person to sign in, without losing what they typed.

    Whether the page they sent it from exists makes no difference to the answer.
    """
    if wants_json(request):
        return JsonResponse({"state": "signed_out"}, status=401)
    if request.method == "POST":
        request.session[WAITING] = {"path": request.path, "fields": _kept(request.POST)}
    return redirect_to_login(request.get_full_path())


def _kept(posted):
    """What fits of the posted fields, as pairs of a name and its values."""
    fields, room = [], TOTAL_MAX_LENGTH
    for name, values in list(posted.lists())[:FIELDS_MAX]:
        if name == "csrfmiddlewaretoken" or len(name) > 200:
            continue
        values = [value[:TEXT_MAX_LENGTH] for value in values]
        room -= len(name) + sum(map(len, values))
        if room < 0:
            break
        fields.append([name, values])
    return fields


def waiting_for(request):
    """What waits for this page, as posted data; None where nothing does."""
    waiting = request.session.get(WAITING, {})
    if waiting.get("path") != request.path:
        return None
    data = QueryDict(mutable=True)
    for name, values in waiting["fields"]:
        data.setlist(name, values)
    return data


def forget(request):
    """Drop what waits for this page, as it is saved now."""
    if request.session.get(WAITING, {}).get("path") == request.path:
        del request.session[WAITING]
