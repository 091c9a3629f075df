"""What the person signed in is asked to learn, and their answers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from learning.audience import name_what_is_asked
from learning.forms.asked import DeclineForm, NamedForm
from learning.models import AssignedPerson
from learning.services import asked as services

ASSIGNMENTS_ON_A_PAGE = 20


def _ever_asked(request):
    """What the user was ever asked to do, withdrawn or not."""
    return (
        AssignedPerson.objects.visible_to(request.user)
        .filter(person=request.user)
        .select_related(
            "assignment__resource", "assignment__set_by", "assignment__unit", "assignment__team_of"
        )
    )


def _own(request):
    return _ever_asked(request).own(request.user)


def _find(request, pk):
    """What the user was asked, by the key of the assignment; 404 for others and once withdrawn."""
    return get_object_or_404(_own(request), assignment=pk)


@require_safe
def asked_list(request):
    """What is still to do, the first due first, and then what is done or declined."""
    own = _own(request)
    page = Paginator(own.finished().order_by("-offered_at", "-pk"), ASSIGNMENTS_ON_A_PAGE)
    context = {"unfinished": own.unfinished(), "page": page.get_page(request.GET.get("page"))}
    return render(request, "learning/asked_list.html", context)


@require_safe
def asked(request, pk):
    """What the user was asked; of a withdrawn one, to which notices still lead, just that."""
    found = get_object_or_404(_ever_asked(request), assignment=pk)
    if found.assignment.withdrawn_at is not None:
        return render(request, "learning/asked_withdrawn.html", {"assigned": found})
    name_what_is_asked([found.assignment])
    return render(request, "learning/asked.html", {"assigned": found})


@require_POST
def accept(request, pk):
    found = _find(request, pk)
    try:
        services.accept(assigned=found, by=request.user)
    except services.AssignmentClosed:
        return _closed(request, found)
    messages.success(request, "You have accepted it. Log it when you have done it.")
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
def decline(request, pk):
    found = _find(request, pk)
    if found.done_at is not None:
        return _closed(request, found)
    form = DeclineForm(
        request.POST if request.method == "POST" else None,
        initial={"reason": found.decline_reason},
    )
    if form.is_valid():
        try:
            services.decline(assigned=found, by=request.user, **form.cleaned_data)
        except services.AssignmentClosed:
            return _closed(request, found)
        messages.success(request, "You have declined it. You can still change your mind.")
        return redirect(found)
    return render(request, "learning/decline_asked.html", {"form": form, "assigned": found})


@require_POST
def agree_to_be_named(request, pk):
    found = _find(request, pk)
    form = NamedForm(request.POST)
    if form.is_valid():
        is_agreed = form.cleaned_data["is_agreed"]
        services.agree_to_be_named(assigned=found, is_agreed=is_agreed, by=request.user)
        shown = "is shown" if is_agreed else "is not shown"
        messages.success(request, f"Your name {shown} with this assignment.")
    else:
        messages.error(request, form.errors["is_agreed"][0])
    return redirect(found)


def _closed(request, found):
    """Done, or withdrawn, in another tab meanwhile."""
    still_there = _own(request).filter(pk=found.pk).exists()
    if not still_there:
        messages.info(request, f"“{found.assignment}” has been withdrawn. Nothing was changed.")
        return redirect("learning:asked_list")
    messages.info(request, f"You have done “{found.assignment}” already. Nothing was changed.")
    return redirect(found)
