"""Pages on which people read the audit log: what is about them, or all of it."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audit_actions import in_words
from accounts.audit_forms import AuditFilterForm
from accounts.models import AuditEntry
from accounts.permissions import Permission, require
from govuk.tables import Column, Table

ENTRIES_PER_PAGE = 50
NOBODY = "The portal itself"


def instant_in_words(instant):
    return f"{timezone.localtime(instant):%-d %B %Y at %H:%M}"


@require_safe
def who_looked(request):
    """What others did with the data of the person signed in, the newest first."""
    about = (
        AuditEntry.objects.visible_to(request.user)
        .filter(subject=request.user)
        .exclude(actor=request.user)
        .exclude(action="refused")
        .select_related("actor")
    )
    page = Paginator(about, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    table = Table(
        caption="What others did",
        caption_size="hidden",
        columns=[Column(label) for label in ("When", "Who", "What")],
        rows=[
            [
                instant_in_words(entry.noted_at),
                str(entry.actor) if entry.actor else NOBODY,
                in_words(entry.action).capitalize(),
            ]
            for entry in page
        ],
    )
    return render(request, "accounts/who_looked.html", {"page": page, "table": table})


@require_safe
def audit_log(request):
    """Who did what to whose data, all of it, filtered by days, person and action."""
    require(request.user, Permission.READ_AUDIT_LOG)
    form = AuditFilterForm(request.GET or None)
    found = form.search(AuditEntry.objects.visible_to(request.user))
    page = Paginator(found.select_related("actor", "subject"), ENTRIES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    table = Table(
        caption="Entries",
        caption_size="hidden",
        columns=[
            Column(label) for label in ("Entry", "When", "Who", "What", "Whose data", "About")
        ],
        rows=[
            [
                str(entry.number),
                instant_in_words(entry.noted_at),
                str(entry.actor) if entry.actor else NOBODY,
                in_words(entry.action).capitalize(),
                entry.subject and str(entry.subject),
                entry.thing or None,
            ]
            for entry in page
        ],
    )
    return render(request, "accounts/audit_log.html", {"form": form, "page": page, "table": table})
