"""A person's own log as a file."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from learning.exports import csv_file, ods_file, pdf_file, xapi
from learning.exports.record import cpd_record
from learning.forms.exports import ExportForm
from learning.models import LogEntry

from .parameters import day_in

WRITERS = {
    "csv": (csv_file.csv_bytes, "text/csv; charset=utf-8"),
    "ods": (ods_file.ods_bytes, "application/vnd.oasis.opendocument.spreadsheet"),
    "pdf": (pdf_file.pdf_bytes, "application/pdf"),
    "json": (xapi.xapi_bytes, "application/json"),
}


@require_safe
def export(request):
    """The form; once it is filled, on to the file."""
    today = timezone.localdate()
    if "format" in request.GET or "first-year" in request.GET:
        form = ExportForm(request.GET)
    else:
        form = ExportForm(initial={"first": today.replace(month=1, day=1), "last": today})
    if form.is_valid():
        chosen = form.cleaned_data
        entries = _entries(request, chosen["first"], chosen["last"]).count()
        if chosen["format"] == "pdf" and entries > pdf_file.MOST_ENTRIES:
            form.add_error(
                "last",
                f"The period has {entries:,} entries. Choose one with {pdf_file.MOST_ENTRIES:,} "
                "or fewer for a PDF, or another format",
            )
        else:
            query = urlencode({"from": chosen["first"], "to": chosen["last"]})
            url = reverse("learning:export_file", args=[chosen["format"]])
            return redirect(f"{url}?{query}")
    return render(request, "learning/export.html", {"form": form})


def _entries(request, first, last):
    own = LogEntry.objects.visible_to(request.user).own(request.user)
    return own.done_between(first, last)


@require_safe
def export_file(request, extension):
    first, last = day_in(request.GET.get("from")), day_in(request.GET.get("to"))
    if extension not in WRITERS or first is None or last is None:
        raise Http404
    entries = _entries(request, first, last)
    if extension == "pdf" and entries.count() > pdf_file.MOST_ENTRIES:
        raise Http404
    write, content_type = WRITERS[extension]
    record = cpd_record(request.user, entries, first=first, last=last)
    response = HttpResponse(write(record), content_type=content_type)
    name = f"learning-log-{first.isoformat()}-to-{last.isoformat()}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
