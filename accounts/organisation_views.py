"""Pages that change whole branches of the organisation."""

import csv

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import organisation_import
from accounts import organisation_services as services
from accounts.models import OrganisationImport, Post, Unit, User
from accounts.organisation_forms import MoveUnitForm, OrganisationFilesForm
from accounts.organisation_plan import PEOPLE_COLUMNS, UNIT_COLUMNS, plan_import
from accounts.permissions import Permission, require
from accounts.views import managed_unit, may_take_away, people_in_words, posted
from govuk.files.csv_cells import safe_cell
from govuk.files.tables import SourceFile
from govuk.tables import Column, Table

CHANGES_PER_PAGE = 50
ROWS_AT_A_TIME = 5000


@require_http_methods(["GET", "HEAD", "POST"])
def move_unit(request, slug):
    """Another place in the tree for a unit and all below it."""
    unit = managed_unit(request, slug)
    if not may_take_away(request.user, unit):
        raise PermissionDenied("A unit is moved by whoever looks after the unit it is in.")
    form = MoveUnitForm(posted(request), by=request.user, unit=unit)
    if form.is_valid():
        try:
            unit = services.move_unit(unit=unit, **form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{unit} is now directly below {unit.parent}.")
            return redirect(unit)
    people = User.objects.where(request.user, Permission.MANAGE_ORGANISATION).search(unit=unit)
    context = {"form": form, "unit": unit, "people_here": people_in_words(people.count())}
    return render(request, "accounts/organisation/move_unit.html", context)


# --- Files in --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def import_organisation(request):
    """Choosing files with units and people, and seeing what is wrong with them."""
    require(request.user, Permission.MANAGE_ORGANISATION)
    files = (request.POST, request.FILES) if request.method == "POST" else ()
    form = OrganisationFilesForm(*files, by=request.user)
    context = {"form": form, "units": top_units(request.user)}
    if form.is_valid():
        chosen = {
            "unit": form.cleaned_data["unit"],
            "units_file": source_file(form.cleaned_data["units"]),
            "people_file": source_file(form.cleaned_data["people"]),
            "closes_missing": form.cleaned_data["closes_missing"],
            "by": request.user,
        }
        plan = plan_import(**chosen, today=timezone.localdate())
        if not plan.errors:
            return redirect(organisation_import.keep_for_confirming(**chosen))
        context |= {"problems": problem_table(plan), "plan": plan, "has_errors": True}
    return render(request, "accounts/organisation/import.html", context)


def source_file(file):
    return SourceFile.from_file(file, file.name) if file else None


def top_units(user):
    """The highest units that the user looks after."""
    managed = Unit.objects.where(user, Permission.MANAGE_ORGANISATION)
    return managed.exclude(parent__in=managed)


def problem_table(plan):
    """Each mistake of the files with its place and what to do."""
    return Table(
        caption="What is wrong with the files",
        columns=[
            Column("File"),
            Column("Line", numeric=True),
            Column("Column"),
            Column("Problem"),
            Column("What to do"),
        ],
        rows=[
            [
                error.place.file,
                error.place.line,
                error.place.column or None,
                error.message,
                error.remedy,
            ]
            for error in plan.errors
        ],
        first_cell_is_header=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check_organisation_import(request, pk):
    """What files would change, before they do."""
    waiting = get_object_or_404(
        OrganisationImport.objects.visible_to(request.user).select_related("unit"), pk=pk
    )
    waiting.person = request.user
    require(request.user, Permission.MANAGE_ORGANISATION, unit=waiting.unit)
    if waiting.confirmed_at is not None:
        messages.info(request, "These files have been applied. Nothing was changed twice.")
        return redirect("accounts:import_organisation")
    if request.method == "POST" and request.POST.get("action") == "discard":
        organisation_import.discard_import(waiting=waiting, by=request.user)
        messages.info(request, "Nothing was changed.")
        return redirect("accounts:import_organisation")
    problems = []
    if request.method == "POST":
        try:
            plan = organisation_import.confirm_import(
                waiting=waiting, digest=request.POST.get("digest", ""), by=request.user
            )
        except ValidationError as error:
            problems = [{"message": message, "id": "confirm"} for message in error.messages]
        else:
            if plan is not None:
                number = len(plan.changes)
                changes = "1 change" if number == 1 else f"{number:,} changes"
                messages.success(request, f"{changes} made in {waiting.unit} and below.")
            return redirect("accounts:people")
    plan = organisation_import.plan_again(waiting)
    page = Paginator(plan.changes, CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": waiting,
        "plan": plan,
        "page": page,
        "counts": [{"key": kind, "value": f"{number:,}"} for kind, number in plan.counts],
        "changes": change_table(page),
        "wrong": problem_table(plan),
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "accounts/organisation/check_import.html", context)


def change_table(changes):
    labels = ("Change", "Who or what", "Now", "Afterwards")
    return Table(
        caption="What will change",
        columns=[*(Column(label) for label in labels), Column("Line", numeric=True)],
        rows=[
            [one.kind, one.who, one.before or None, one.after or None, one.line] for one in changes
        ],
        caption_size="hidden",
        first_cell_is_header=False,
    )


# --- Files out -------------------------------------------------------------------------------


@require_safe
def export_units(request, slug):
    """The unit and all below it, in the columns that the import reads."""
    unit = managed_unit(request, slug)
    rows = (
        Unit.objects.where(request.user, Permission.MANAGE_ORGANISATION)
        .within(unit)
        .values_list("slug", "name", "parent__slug")
    )
    return csv_file(f"{unit.slug}-units.csv", UNIT_COLUMNS, rows)


@require_safe
def export_people(request, slug):
    """Everybody with a current post in the unit and below, in the columns that the import reads."""
    unit = managed_unit(request, slug)
    rows = (
        Post.objects.visible_to(request.user)
        .current()
        .within(unit)
        .order_by("unit__path", "person__email")
        .values_list(
            *("person__email", "person__full_name", "unit__slug", "grade", "line_manager__email")
        )
    )
    return csv_file(f"{unit.slug}-people.csv", PEOPLE_COLUMNS, rows)


def csv_file(name, columns, rows):
    """A CSV file that no spreadsheet program reads a formula from."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows(
        [safe_cell(cell or "") for cell in row] for row in rows.iterator(ROWS_AT_A_TIME)
    )
    return response
