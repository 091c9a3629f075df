"""The catalogue: searching, one resource, suggesting, deciding, retiring."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Unit
from accounts.permissions import Permission, may, require
from learning import next_steps as steps
from learning import search
from learning.forms.resources import DecideForm, SearchForm, SuggestForm, suggest_initial
from learning.models import LogEntry, Resource
from learning.outcomes import shown_outcome
from learning.services import resources as services
from learning.skills import level_choices, needed_skills, skill_names, skills_at_hand

from .parameters import posted_ids

RESOURCES_PER_PAGE = 20
HALF_A_DAY = 240
RECOMMENDATIONS = 10


# --- Searching -------------------------------------------------------------------------------


@require_safe
def resources(request):
    """Offered resources the user may see, by words and filters."""
    offered = Resource.objects.visible_to(request.user).offered()
    form = _search_form(request, offered)
    form.is_valid()
    found = _found(offered, form.cleaned_data)
    page = Paginator(
        found.select_related("outcome", "unit").prefetch_related("skills"), RESOURCES_PER_PAGE
    ).get_page(request.GET.get("page"))
    describe(page.object_list)
    context = {
        "form": form,
        "page": page,
        "is_asked": bool(form["q"].value()) or form.is_narrowed,
        "waiting": Resource.objects.visible_to(request.user).decidable_by(request.user).count(),
    }
    return render(request, "learning/resources.html", context)


def _search_form(request, offered):
    names = skill_names(offered.skill_ids())
    providers = offered.exclude(provider="").order_by("provider")
    return SearchForm(
        request.GET,
        skills=sorted(names.items(), key=lambda pair: pair[1].lower()),
        levels=level_choices(),
        providers=list(providers.values_list("provider", flat=True).distinct()),
    )


def _found(offered, wanted):
    """The resources that fit; `wanted` holds the valid answers of the search form."""
    found = offered
    if wanted.get("skill"):
        found = found.for_skills([wanted["skill"]])
    if wanted.get("level"):
        found = found.for_level(wanted["level"])
    for name in ("format", "cost", "provider"):
        if wanted.get(name):
            found = found.filter(**{name: wanted[name]})
    if length := wanted.get("length"):
        found = (
            found.filter(duration_minutes__gt=HALF_A_DAY)
            if length == "longer"
            else found.filter(duration_minutes__lte=int(length))
        )
    return search.matching(found, wanted["q"]) if wanted.get("q") else found


def describe(found):
    """Give each resource `names` of its skills and `shown`, what may be told of how it worked.

    Skills must be prefetched and outcomes selected. One query.
    """
    names = skill_names({skill.pk for one in found for skill in one.skills.all()})
    for one in found:
        one.names = sorted(filter(None, (names.get(skill.pk) for skill in one.skills.all())))
        one.shown = shown_outcome(
            getattr(one, "outcome", None), minimum=settings.REPORT_MINIMUM_COUNT
        )


@require_safe
def next_steps(request):
    """What to learn next, with the reasons."""
    needed = needed_skills(request.user)
    recommended, uncovered = steps.next_steps(request.user, needed, limit=RECOMMENDATIONS)
    context = {"recommended": recommended, "uncovered": uncovered, "needed": needed}
    return render(request, "learning/next_steps.html", context)


# --- One resource ----------------------------------------------------------------------------


def _resource(request, pk):
    return get_object_or_404(
        Resource.objects.visible_to(request.user)
        .select_related("unit", "suggested_by", "outcome")
        .prefetch_related("skills__framework"),
        pk=pk,
    )


@require_safe
def resource(request, pk):
    found = _resource(request, pk)
    describe([found])
    names = dict(level_choices())
    levels = ""
    if found.level_from:
        first, last = (
            names.get(str(value), f"Level {value}") for value in (found.level_from, found.level_to)
        )
        levels = first if first == last else f"{first} to {last}"
    context = {
        "resource": found,
        "levels": levels,
        "own_entries": LogEntry.objects.visible_to(request.user)
        .own(request.user)
        .filter(resource=found)[:5],
        "may_decide": Resource.objects.visible_to(request.user)
        .decidable_by(request.user)
        .filter(pk=found.pk)
        .exists(),
        "may_retire": services.may_retire(request.user, found),
        "may_assign": found.is_offered and may(request.user, Permission.ASSIGN_LEARNING),
        "is_own_suggestion": found.suggested_by_id == request.user.pk,
    }
    return render(request, "learning/resource.html", context)


@require_POST
def retire_resource(request, pk):
    found = _resource(request, pk)
    if found.retired_at is None and not services.may_retire(request.user, found):
        raise PermissionDenied("Only an ambassador who looks after this resource can retire it.")
    services.retire_resource(resource=found)
    messages.success(request, f"“{found}” is offered no longer.")
    return redirect(found)


# --- Suggesting and deciding -----------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def suggest_resource(request):
    needed = needed_skills(request.user)
    options = {"levels": level_choices()}
    if request.method == "POST":
        form = SuggestForm(
            request.POST,
            at_hand=skills_at_hand(needed, posted_ids(request.POST, "skills")),
            **options,
        )
        if form.is_valid():
            try:
                made = services.suggest_resource(by=request.user, **form.values())
            except ValidationError as error:
                form.add_error("url", error)
            else:
                messages.success(
                    request, "Thank you. An ambassador will decide, and you will be told."
                )
                return redirect(made)
    else:
        form = SuggestForm(initial=suggest_initial(), at_hand=skills_at_hand(needed), **options)
    context = {"form": form, "post": request.user.current_post}
    return render(request, "learning/suggest_resource.html", context)


@require_safe
def suggestions(request):
    """Suggestions that wait for this ambassador, oldest first."""
    require(request.user, Permission.APPROVE_RESOURCES)
    waiting = (
        Resource.objects.visible_to(request.user)
        .decidable_by(request.user)
        .select_related("unit", "suggested_by")
        .order_by("created_at", "pk")
    )
    page = Paginator(waiting, RESOURCES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "learning/suggestions.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def decide_resource(request, pk):
    found = _resource(request, pk)
    require(request.user, Permission.APPROVE_RESOURCES, unit=found.unit)
    if not found.is_waiting:
        return _decided_already(request, found)
    describe([found])
    department = Unit.objects.where(request.user, Permission.APPROVE_RESOURCES).filter(
        path__in=found.unit.paths_from_root()
    )
    # The highest unit above the suggestion in the ambassador's own scope.
    highest = department.order_by("path").first()
    form = DecideForm(
        request.POST if request.method == "POST" else None, department=highest or found.unit
    )
    if form.is_valid():
        try:
            _decide(request, found, form.cleaned_data, highest or found.unit)
        except services.AlreadyDecided:
            return _decided_already(request, found)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("learning:suggestions")
    return render(request, "learning/decide_resource.html", {"resource": found, "form": form})


def _decide(request, found, chosen, department):
    if chosen["decision"] == "decline":
        services.decline_resource(resource=found, by=request.user, reason=chosen["reason"])
        messages.success(request, f"“{found}” was declined.")
        return
    unit = department if chosen["decision"] == "department" else None
    services.approve_resource(resource=found, by=request.user, unit=unit)
    messages.success(request, f"“{found}” is in the catalogue.")


def _decided_already(request, found):
    messages.info(request, f"“{found}” has been decided on already. Nothing was changed.")
    return redirect(found)
