"""Setting assignments and looking after them. Nothing here shows or depends on a rating."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Cover, Post, Unit
from accounts.permissions import Permission
from learning.audience import how_many, name_what_is_asked
from learning.forms.assignments import (
    AssignmentForm,
    DueDateForm,
    PlaceSearchForm,
    blank_initial,
    copy_initial,
)
from learning.models import Assignment, Resource
from learning.services import assignments as services
from learning.skills import current_skills

from .parameters import number_in, slug_in
from .progress import named_people

ON_A_PAGE = 20
UNITS_ON_A_PAGE = 50


def _looked_after(request):
    return (
        Assignment.objects.visible_to(request.user)
        .looked_after_by(request.user)
        .select_related("unit", "team_of", "set_by", "resource")
    )


def _find(request, pk):
    return get_object_or_404(_looked_after(request), pk=pk)


# --- Finding ---------------------------------------------------------------------------------


@require_safe
def assignments(request):
    """What the user looks after: what is open, or else what is past or withdrawn."""
    _refuse_without_places(*places_of(request.user))
    found, is_past = _looked_after(request), request.GET.get("show") == "past"
    if is_past:
        found = found.exclude(pk__in=found.open().values("pk")).order_by("-due_on", "-pk")
    else:
        found = found.open()
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    name_what_is_asked(page.object_list)
    return render(request, "learning/assignments.html", {"page": page, "is_past": is_past})


def places_of(user):
    """The units in which the user assigns learning, and the line managers whose team they may ask.

    As a query and a list: the user themselves first, where they have a team, then those they
    cover for. Two queries.
    """
    units = Unit.objects.where(user, Permission.ASSIGN_LEARNING)
    managers = [user] if Post.objects.current().managed_by(user).exists() else []
    cover = Cover.objects.visible_to(user).in_force().filter(cover=user).select_related("manager")
    return units, managers + [one.manager for one in cover]


def _refuse_without_places(units, managers):
    if not managers and not units.exists():
        raise PermissionDenied("This needs the permission to assign learning, or a team.")


# --- Setting ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def set_assignment(request):
    """A form for one unit or team; then the same answers to check, with how many it concerns.

    Without a place, asks for which.
    """
    units, managers = places_of(request.user)
    copied = _copied(request)
    place = _place(request, units, managers, copied)
    if place is None:
        return _choose_place(request, units, managers)
    options = {
        "place": place,
        "resources": Resource.objects.visible_to(request.user).offered(),
    }
    if request.method != "POST":
        initial = copy_initial(copied) if copied else blank_initial() | _wished(request)
        return _show_form(request, place, AssignmentForm(initial=initial, **options))
    form = AssignmentForm(request.POST, **options)
    if "change" in request.POST or not form.is_valid():
        return _show_form(request, place, form)
    if "confirm" not in request.POST:
        return _check(request, place, form)
    try:
        made = services.set_assignment(by=request.user, **form.values())
    except ValidationError as error:
        form.add_error("people", error)
        return _show_form(request, place, form)
    messages.success(request, "The assignment is set.")
    return redirect(made)


def _wished(request):
    """What a link from a resource or from a skill's gaps fills in; the form checks it all."""
    wished = {}
    if (pk := number_in(request.GET.get("resource"))) is not None:
        wished["resource"] = pk
    framework, skill = (slug_in(request.GET.get(name)) for name in ("framework", "skill"))
    if framework and skill:
        versions = current_skills().filter(skill__framework__slug=framework, skill__slug=skill)
        wished["skill"] = versions.values_list("skill", flat=True).first()
        wished["audience"] = Assignment.Audience.BELOW_TARGET
    return wished


def _copied(request):
    pk = number_in(request.GET.get("copy"))
    return _looked_after(request).filter(pk=pk).first() if pk is not None else None


def _place(request, units, managers, copied):
    """An unsaved Assignment with the unit or team that was chosen, if the user may; or None."""
    if slug := slug_in(request.GET.get("unit")):
        unit = units.filter(slug=slug).first()
        return unit and Assignment(set_by=request.user, unit=unit)
    if team := request.GET.get("team"):
        for manager in managers:
            if str(manager.public_id) == team:
                return Assignment(set_by=request.user, team_of=manager)
        return None
    if copied is not None:
        return Assignment(set_by=request.user, unit=copied.unit, team_of=copied.team_of)
    return None


def _choose_place(request, units, managers):
    _refuse_without_places(units, managers)
    form = PlaceSearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = units.select_related("parent").filter(name__icontains=words).order_by("path")
    context = {
        "search_form": form,
        "managers": managers,
        "has_units": units.exists(),
        "page": Paginator(found, UNITS_ON_A_PAGE).get_page(request.GET.get("page")),
        "resource": number_in(request.GET.get("resource")),
    }
    return render(request, "learning/choose_place.html", context)


def _address_of(place):
    """The form's address for the place."""
    address = reverse("learning:set_assignment")
    if place.team_of_id is None:
        return f"{address}?unit={place.unit.slug}"
    return f"{address}?team={place.team_of.public_id}"


def _show_form(request, place, form):
    context = {"form": form, "place": place, "address": _address_of(place)}
    return render(request, "learning/set_assignment.html", context)


def _check(request, place, form):
    """The answers as they will be sent, with how many people it concerns."""
    values = form.values()
    people = values.pop("people")
    asked = Assignment(set_by=request.user, **values)
    name_what_is_asked([asked])
    again = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context = {
        "asked": asked,
        "people": people,
        "how_many": how_many(asked, named=len(people)),
        "again": again,
        "address": _address_of(place),
    }
    return render(request, "learning/check_assignment.html", context)


# --- One assignment --------------------------------------------------------------------------


@require_safe
def assignment(request, pk):
    """What it says, how far offering it has come, and who agreed to be named."""
    found = _find(request, pk)
    name_what_is_asked([found])
    named, are_some_left_out = named_people(found, request.user)
    named = named.select_related("person").order_by("person__full_name", "pk")
    context = {
        "assignment": found,
        "sentence": status_sentence(found),
        "are_some_left_out": are_some_left_out,
        "named": Paginator(named, ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "learning/assignment.html", context)


@require_safe
def assignment_progress(request, pk):
    """What the script on the page of an unfinished assignment asks every two seconds."""
    found = _find(request, pk)
    return JsonResponse(
        {
            "percent": found.progress_percent,
            "step": "Going through the people it is for",
            "sentence": status_sentence(found),
            "finished": found.is_up_to_date,
        }
    )


def status_sentence(assignment):
    """What is happening with the assignment, and what happens next."""
    if assignment.status == Assignment.Status.FAILED:
        return "Not everybody could be told. Nothing more happens unless you try again."
    if assignment.is_withdrawn:
        told = "People who were asked are told." if assignment.is_up_to_date else _UNDER_WAY
        return f"It is withdrawn: nobody is asked for it any more. {told}"
    if not assignment.is_up_to_date:
        return _UNDER_WAY
    if assignment.due_on < timezone.localdate():
        return "The due date has passed. People can still log what they did for it."
    if assignment.offered_also_later:
        return "It has been offered. Who joins or falls below target later is asked the next night."
    return "It has been offered. Nobody else is asked later."


_UNDER_WAY = (
    "People are being told. This goes on by itself, usually within a minute. You can leave this "
    "page."
)


@require_http_methods(["GET", "HEAD", "POST"])
def change_due_date(request, pk):
    found = _find(request, pk)
    if found.is_withdrawn:
        return _withdrawn_already(request, found)
    form = DueDateForm(
        request.POST if request.method == "POST" else None, initial={"due_on": found.due_on}
    )
    if form.is_valid():
        if services.change_due_date(assignment=found, by=request.user, **form.cleaned_data):
            messages.success(request, "The due date is changed. People are told.")
        return redirect(found)
    return render(request, "learning/change_due_date.html", {"form": form, "assignment": found})


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_assignment(request, pk):
    found = _find(request, pk)
    if found.is_withdrawn:
        return _withdrawn_already(request, found)
    if request.method == "POST":
        services.withdraw_assignment(assignment=found, by=request.user)
        messages.success(request, "The assignment is withdrawn. People who were asked are told.")
        return redirect(found)
    return render(request, "learning/withdraw_assignment.html", {"assignment": found})


def _withdrawn_already(request, found):
    messages.info(request, "This assignment is withdrawn already. Nothing was changed.")
    return redirect(found)


@require_POST
def try_again(request, pk):
    found = _find(request, pk)
    services.try_again(assignment=found, by=request.user)
    return redirect(found)
