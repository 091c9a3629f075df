"""Pages about people and the organisation."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import get_text_list
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.forms import (
    AddPersonForm,
    CloseAccountForm,
    GrantForm,
    PeopleSearchForm,
    PostForm,
    UnitForm,
)
from accounts.models import Grant, Post, Unit, User
from accounts.permissions import (
    Permission,
    in_words,
    may,
    may_everywhere,
    permissions_by_grants_for,
    require,
)
from govuk.tables import Column, Link, Table

PEOPLE_PER_PAGE = 50


def posted(request):
    """What the form is filled in with: nothing when the page is only being read."""
    return request.POST if request.method == "POST" else None


# --- People ----------------------------------------------------------------------------------


@require_safe
def people(request):
    """The people in the administrator's scope, by name or e-mail address and by unit."""
    require(request.user, Permission.MANAGE_ORGANISATION)
    form = PeopleSearchForm(request.GET, by=request.user)
    found = form.search(User.objects.where(request.user, Permission.MANAGE_ORGANISATION))
    found = found.with_current_post().order_by("full_name", "pk")
    columns = ["Name", "Unit", "Grade", "Line manager"]
    shows_grants = may(request.user, Permission.MANAGE_GRANTS)
    if shows_grants:
        columns.append("May also")
        grants = Grant.objects.visible_to(request.user).current().select_related("unit")
        found = found.prefetch_related(Prefetch("grants", grants, to_attr="grants_held"))
    page = Paginator(found, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    table = Table(
        caption="People",
        caption_size="hidden",
        columns=[Column(label) for label in columns],
        rows=[person_row(person, shows_grants) for person in page],
    )
    context = {
        "form": form,
        "page": page,
        "table": table,
        "how_many": people_in_words(page.paginator.count),
    }
    return render(request, "accounts/people.html", context)


def people_in_words(count):
    """Such as "1,362 people" for the number of them; nothing for nobody."""
    return f"{count:,} {'person' if count == 1 else 'people'}" if count else ""


def person_row(person, shows_grants):
    post = person.current_post
    closed = "" if person.is_active else " (account closed)"
    row = [
        Link(f"{person}{closed}", person.get_absolute_url()),
        post and str(post.unit),
        post and post.grade,
        post and post.line_manager and manager_in_words(post.line_manager),
    ]
    if shows_grants:
        row.append("; ".join(grant_in_words(grant) for grant in person.grants_held) or None)
    return row


def manager_in_words(manager):
    return str(manager) if manager.is_active else f"{manager} (account closed)"


def grant_in_words(grant):
    place = f" in {grant.unit}" if grant.unit else ""
    return f"{grant.get_kind_display()}{place}"


@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request):
    """A new account with a first post."""
    require(request.user, Permission.MANAGE_ORGANISATION)
    form = AddPersonForm(
        posted(request), by=request.user, initial={"unit": request.GET.get("unit", "")}
    )
    if form.is_valid():
        try:
            person = services.add_person(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{person} can now choose a password and sign in.")
            return redirect(person)
    has_units = Unit.objects.where(request.user, Permission.MANAGE_ORGANISATION).exists()
    return render(request, "accounts/add_person.html", {"form": form, "has_units": has_units})


@require_safe
def person(request, public_id):
    """One person's details: their own, or those of somebody they manage or look after."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    post = person.current_post
    manages = may_manage(request.user, person)
    gives_grants = may(request.user, Permission.MANAGE_GRANTS)
    unit_is_visible = (
        post is not None and Unit.objects.visible_to(request.user).filter(pk=post.unit_id).exists()
    )
    withdrawable = set()
    if gives_grants:
        withdrawable = set(
            Grant.objects.managed_by(request.user).filter(user=person).values_list("pk", flat=True)
        )
    context = {
        "person": person,
        "post": post,
        "is_own": person == request.user,
        "details": details(person, post, unit_is_visible),
        "history": post_history(
            Post.objects.visible_to(request.user)
            .filter(person=person)
            .select_related("unit", "line_manager")
        ),
        "may_move": manages,
        "may_erase": may(request.user, Permission.ERASE_PEOPLE)
        and not person.is_active
        and person.erased_at is None,
        "may_close": manages
        and person.is_active
        and services.may_close_account(request.user, person),
        "shows_grants": gives_grants or person == request.user,
        "grants": [
            {
                "grant": grant,
                "name": grant_in_words(grant),
                "means": grant_means(grant),
                "may_withdraw": grant.pk in withdrawable,
            }
            for grant in Grant.objects.visible_to(request.user)
            .current()
            .filter(user=person)
            .select_related("unit")
        ],
        "may_give_grants": gives_grants and person.is_active and person != request.user,
    }
    return render(request, "accounts/person.html", context)


def details(person, post, unit_is_visible):
    rows = [
        {"key": "Name", "value": str(person)},
        {"key": "Email address", "value": person.email},
    ]
    if post is None:
        return [*rows, {"key": "Post", "value": "None at present"}]
    unit = {"key": "Unit", "value": str(post.unit)}
    if unit_is_visible:
        unit |= {"url": post.unit.get_absolute_url(), "action": "View"}
    manager = manager_in_words(post.line_manager) if post.line_manager else "None"
    return [
        *rows,
        unit,
        {"key": "Grade", "value": post.get_grade_display()},
        {"key": "Line manager", "value": manager},
        {"key": "In this post since", "value": services.day_in_words(post.started_on)},
    ]


def post_history(posts):
    columns = ["Unit", "Grade", "Line manager", "First day", "Last day"]
    return Table(
        caption="Posts",
        columns=[Column(label) for label in columns],
        rows=[
            [
                str(post.unit),
                post.grade,
                post.line_manager and str(post.line_manager),
                services.day_in_words(post.started_on),
                post.ended_on and services.day_in_words(post.ended_on - datetime.timedelta(days=1)),
            ]
            for post in posts
        ],
    )


def grant_means(grant):
    place = f"in {grant.unit} and all units below it" if grant.unit else "everywhere"
    return f"{in_words(grant.kind)}, {place}"


def may_manage(user, person):
    """Whether the user looks after this person's posts and account."""
    return User.objects.where(user, Permission.MANAGE_ORGANISATION).filter(pk=person.pk).exists()


def managed_person(request, public_id):
    """The person of the address; a 404 page out of sight, a 403 page without the permission."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    if not may_manage(request.user, person):
        raise PermissionDenied("This person is looked after by other administrators.")
    return person


@require_http_methods(["GET", "HEAD", "POST"])
def move_person(request, public_id):
    """A new post for somebody; for somebody who left, their account is opened again."""
    person = managed_person(request, public_id)
    form = PostForm(posted(request), by=request.user, person=person)
    if form.is_valid():
        try:
            post = services.move_person(person=person, **form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{person} is now in {post.unit}.")
            return redirect(person)
    return render(request, "accounts/move_person.html", {"form": form, "person": person})


@require_http_methods(["GET", "HEAD", "POST"])
def close_account(request, public_id):
    """Closing the account of somebody who left."""
    person = managed_person(request, public_id)
    if not services.may_close_account(request.user, person):
        raise PermissionDenied("This account is closed by another administrator.")
    if not person.is_active:
        return redirect(person)
    form = CloseAccountForm(posted(request))
    if form.is_valid():
        try:
            services.close_account(person=person, **form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The account of {person} is closed.")
            # Without a post they may be out of the administrator's sight now.
            return redirect("accounts:people")
    context = {
        "form": form,
        "person": person,
        "people_managed": Post.objects.current().managed_by(person).count(),
    }
    return render(request, "accounts/close_account.html", context)


# --- Grants ----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def give_grant(request, public_id):
    """Trusting somebody with more; never oneself, so that it always takes two people."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    require(request.user, Permission.MANAGE_GRANTS)
    if person == request.user or not person.is_active:
        raise PermissionDenied("Grants go to other people, with open accounts.")
    form = GrantForm(posted(request), by=request.user)
    if form.is_valid():
        grant = services.give_grant(user=person, **form.cleaned_data, by=request.user)
        messages.success(request, f"{person} may now {grant_means(grant)}.")
        return redirect(person)
    return render(request, "accounts/give_grant.html", {"form": form, "person": person})


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_grant(request, public_id, pk):
    """Taking a grant back, one's own included."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    require(request.user, Permission.MANAGE_GRANTS)
    grants = Grant.objects.managed_by(request.user).current().select_related("unit")
    grant = get_object_or_404(grants, pk=pk, user=person)
    problems = []
    if request.method == "POST":
        try:
            services.withdraw_grant(grant=grant, by=request.user)
        except ValidationError as error:
            problems = [{"message": error.message, "id": "withdraw"}]
        else:
            messages.success(request, f"{person} may no longer {grant_means(grant)}.")
            return redirect(person)
    context = {
        "person": person,
        "grant": grant,
        "name": grant_in_words(grant),
        "means": grant_means(grant),
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "accounts/withdraw_grant.html", context)


# --- Units -----------------------------------------------------------------------------------


@require_safe
def units(request):
    """The highest units the reader may see."""
    visible = Unit.objects.visible_to(request.user)
    context = {
        "units": visible.filter(Q(parent=None) | ~Q(parent__in=visible)),
        "may_add": may_add_departments(request.user),
    }
    return render(request, "accounts/units.html", context)


def may_add_departments(user):
    """Whether the user manages the organisation everywhere, so also above every unit."""
    return may_everywhere(user, Permission.MANAGE_ORGANISATION)


def may_take_away(user, unit):
    """Whether the user looks after what the unit is in: everything, for one at the top."""
    if unit.parent is None:
        return may_add_departments(user)
    return may(user, Permission.MANAGE_ORGANISATION, unit=unit.parent)


@require_safe
def unit(request, slug):
    """Where a unit is, what is below it and what the reader may do there."""
    visible = Unit.objects.visible_to(request.user)
    unit = get_object_or_404(visible.select_related("parent"), slug=slug)
    manages = may(request.user, Permission.MANAGE_ORGANISATION, unit=unit)
    context = {
        "unit": unit,
        "crumbs": crumbs(visible.filter(path__in=unit.paths_from_root()[:-1]), unit.name),
        "below": visible.filter(parent=unit).order_by("name"),
        "is_own": request.user.current_post is not None and request.user.current_post.unit == unit,
        "may_do": get_text_list(permissions_by_grants_for(request.user, unit), "and"),
        "manages": manages,
        "may_move": manages and may_take_away(request.user, unit),
        "people_here": people_in_words(
            User.objects.where(request.user, Permission.MANAGE_ORGANISATION)
            .search(unit=unit)
            .count()
            if manages
            else 0
        ),
    }
    return render(request, "accounts/unit.html", context)


def crumbs(above, *names):
    """Labels and addresses for the breadcrumbs, the last of `names` being this page."""
    links = [("Units", reverse("accounts:units"))]
    links += [(unit.name, unit.get_absolute_url()) for unit in above]
    return [*links, *((name, "") for name in names)]


@require_http_methods(["GET", "HEAD", "POST"])
def add_department(request):
    """A new unit at the top of a tree of its own."""
    if not may_add_departments(request.user):
        raise PermissionDenied("This needs the permission to manage units everywhere.")
    return unit_form(
        request,
        save=lambda name: services.create_unit(name=name),
        done=lambda unit: f"{unit} is added.",
        context={"heading": "Add a department", "back_url": reverse("accounts:units")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def add_unit(request, slug):
    """A new unit directly below this one."""
    parent = managed_unit(request, slug)
    return unit_form(
        request,
        save=lambda name: services.create_unit(name=name, parent=parent),
        done=lambda unit: f"{unit} is added below {parent}.",
        context={"heading": f"Add a unit below {parent}", "back_url": parent.get_absolute_url()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rename_unit(request, slug):
    """Another name for a unit whose address and place stay."""
    unit = managed_unit(request, slug)
    return unit_form(
        request,
        save=lambda name: services.rename_unit(unit=unit, name=name),
        done=lambda unit: f"The unit is now called {unit}.",
        context={"heading": f"Rename {unit}", "back_url": unit.get_absolute_url()},
        initial={"name": unit.name},
    )


def managed_unit(request, slug):
    visible = Unit.objects.visible_to(request.user).select_related("parent")
    unit = get_object_or_404(visible, slug=slug)
    require(request.user, Permission.MANAGE_ORGANISATION, unit=unit)
    return unit


def unit_form(request, *, save, done, context, initial=None):
    """The page that asks for a unit's name and then goes to the unit."""
    form = UnitForm(posted(request), initial=initial)
    if form.is_valid():
        try:
            unit = save(form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done(unit))
            return redirect(unit)
    return render(request, "accounts/unit_form.html", {"form": form, **context})
