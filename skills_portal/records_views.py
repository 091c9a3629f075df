"""Pages on which people get and read about their own records."""

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from skills_portal.subject_access import export_to

CONTENT_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json"}


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def your_data(request):
    """A copy of everything about the person signed in, to read or for a program."""
    kind = request.POST.get("kind")
    if request.method != "POST" or kind not in CONTENT_TYPES:
        return render(request, "your_data.html")
    content = export_to(request.user, kind, by=request.user)
    name = f"your-data-{timezone.localdate():%Y-%m-%d}.{kind}"
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
