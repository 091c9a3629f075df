"""Adding many entries at once from a CSV file."""

import csv

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from govuk.tables import Column, Table
from learning.durations import duration_words
from learning.forms.imports import LogFileForm
from learning.log_import import COLUMNS, EXAMPLE_ROWS
from learning.models import LogEntry, LogImport
from learning.services import imports as services
from learning.skills import skill_names
from learning.table_files import SourceFile

PREVIEW_ROWS = 50


@require_safe
def template(request):
    """An empty table with two rows as examples."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="learning-log-template.csv"'
    csv.writer(response).writerows([COLUMNS, *EXAMPLE_ROWS])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_entries(request):
    form = LogFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    context = {"form": form, "columns": COLUMNS}
    if form.is_valid():
        file = form.cleaned_data["file"]
        source = SourceFile.from_file(file, file.name)
        read = services.check_file(source, by=request.user)
        if not read.errors:
            return redirect(services.keep_for_confirming(source, by=request.user))
        context |= {"problems": problem_table(read), "read": read, "has_errors": True}
    return render(request, "learning/import_entries.html", context)


def problem_table(read):
    """Each mistake of a file with its place and its remedy."""
    return Table(
        caption="What is wrong with the file",
        columns=[
            Column("Line", numeric=True),
            Column("Column"),
            Column("Problem"),
            Column("What to do"),
        ],
        rows=[
            [error.place.line, error.place.column or None, error.message, error.remedy]
            for error in read.errors
        ],
        first_cell_is_header=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check_import(request, pk):
    """What a file would add, before it does."""
    waiting = get_object_or_404(
        LogImport.objects.visible_to(request.user).select_related("person"), pk=pk
    )
    if waiting.confirmed_at is not None:
        messages.info(request, "This file has been imported already. Nothing was added twice.")
        return redirect("learning:log")
    if request.method == "POST" and request.POST.get("action") == "discard":
        services.discard_import(waiting=waiting, by=request.user)
        messages.info(request, "Nothing was imported.")
        return redirect("learning:import_entries")
    if request.method == "POST":
        try:
            added = services.confirm_import(waiting=waiting, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("learning:import_entries")
        entries = "1 entry" if added == 1 else f"{added:,} entries"
        messages.success(request, f"{entries} added to your log.")
        return redirect("learning:log")
    read = services.checked_again(waiting)
    new, known = services.split_known(read.entries, person=request.user)
    context = {
        "waiting": waiting,
        "read": read,
        "new": new,
        "known": known,
        "minutes": sum(entry.duration_minutes for entry in new),
        "preview": _preview_table(new[:PREVIEW_ROWS]),
        "left_out": max(0, len(new) - PREVIEW_ROWS),
    }
    return render(request, "learning/check_import.html", context)


def _preview_table(entries):
    names = skill_names({pk for entry in entries for pk in entry.skill_ids})
    return Table(
        caption="What will be added",
        columns=[
            Column("Line", numeric=True),
            Column("Date"),
            Column("What you did"),
            Column("Took"),
            Column("Time"),
            Column("Kind"),
            Column("Skills"),
        ],
        rows=[
            [
                entry.line,
                f"{entry.done_on:%-d %B %Y}",
                entry.title,
                duration_words(entry.duration_minutes),
                LogEntry.Time(entry.time).label,
                LogEntry.Kind(entry.kind).label if entry.kind else None,
                "; ".join(names[pk] for pk in entry.skill_ids) or None,
            ]
            for entry in entries
        ],
        caption_size="hidden",
        first_cell_is_header=False,
    )
