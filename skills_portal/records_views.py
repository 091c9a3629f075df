"""Pages on which people get and read about their own records."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Permission, require
from skills_portal import erasure
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


@require_http_methods(["GET", "HEAD", "POST"])
def erase_person(request, public_id):
    """Erasing somebody who has left, by a system administrator."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    require(request.user, Permission.ERASE_PEOPLE)
    return _erase_person(request, person)


@reauthentication_required
def _erase_person(request, person):
    context = {"person": person}
    try:
        if request.method == "POST":
            erased = erasure.erase_person(person=person, by=request.user)
            messages.success(request, f"The person is erased and is now “{erased}”.")
            return redirect("accounts:people")
        erasure.refuse_erasing_too_early(person)
    except ValidationError as error:
        context["problem"] = error.message
    return render(request, "erase_person.html", context)
