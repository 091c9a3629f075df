"""Pages on which people ask for a change of their post, and administrators decide."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import change_requests
from accounts.change_request_forms import AskForChangeForm, RefuseForm
from accounts.forms import PostForm
from accounts.models import ChangeRequest, User
from accounts.permissions import Permission
from govuk.tables import Column, Link, Table

REQUESTS_PER_PAGE = 50


def may_decide(user, change_request):
    """Whether the user looks after the person's post, who is somebody else."""
    return (
        change_request.person_id != user.pk
        and User.objects.where(user, Permission.MANAGE_ORGANISATION)
        .filter(pk=change_request.person_id)
        .exists()
    )


@require_safe
def change_requests_list(request):
    """Requests that wait for a decision first, then those decided; one's own among them."""
    seen = ChangeRequest.objects.visible_to(request.user).select_related("person", "post__unit")
    # An open request has no outcome yet, and an empty text sorts first.
    page = Paginator(seen.order_by("outcome", "-asked_at", "-pk"), REQUESTS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    table = Table(
        caption="Requests",
        caption_size="hidden",
        columns=[Column(label) for label in ("Person", "Unit", "Asked on", "State")],
        rows=[
            [
                Link(str(one.person), one.get_absolute_url()),
                str(one.post.unit),
                f"{timezone.localtime(one.asked_at):%-d %B %Y}",
                one.get_outcome_display() or "Waiting",
            ]
            for one in page
        ],
    )
    return render(request, "accounts/change_requests.html", {"page": page, "table": table})


@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_change(request):
    """What is wrong with one's own post; asking again changes the request that waits."""
    post = request.user.current_post
    if post is None:
        messages.error(request, "You have no post at present. Ask your administrator for one.")
        return redirect(request.user)
    waiting = ChangeRequest.objects.visible_to(request.user).open().filter(person=request.user)
    known = waiting.first()
    form = AskForChangeForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(known, name) for name in change_requests.ASKED} if known else None,
    )
    if form.is_valid():
        asked = change_requests.ask_for_change(post=post, by=request.user, **form.cleaned_data)
        messages.success(
            request, "Your administrator has your request. We tell you what came of it."
        )
        return redirect(asked)
    context = {"form": form, "post": post, "is_known": known is not None}
    return render(request, "accounts/ask_for_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_request(request, pk):
    """One request; for an administrator with the form that gives the right post."""
    seen = ChangeRequest.objects.visible_to(request.user)
    asked = get_object_or_404(
        seen.select_related("person", "post__unit", "post__line_manager", "decided_by"), pk=pk
    )
    decides = asked.is_open and may_decide(request.user, asked)
    form = None
    if decides:
        form = PostForm(
            request.POST if request.method == "POST" else None,
            by=request.user,
            person=asked.person,
        )
        form.initial |= _wanted(asked, form)
    if request.method == "POST":
        if not decides:
            raise PermissionDenied("This request is not for you to decide on.")
        if form.is_valid():
            try:
                change_requests.approve_request(
                    change_request=asked, by=request.user, **form.cleaned_data
                )
            except ValidationError as error:
                form.add_error(None, error)
            except change_requests.AlreadyDecided:
                messages.error(request, "This request has been decided on meanwhile.")
                return redirect(asked)
            else:
                messages.success(request, f"{asked.person} has the new post.")
                return redirect("accounts:change_requests")
    context = {
        "asked": asked,
        "form": form,
        "is_own": asked.person_id == request.user.pk,
        "rows": _rows(asked),
    }
    return render(request, "accounts/change_request.html", context)


def _wanted(asked, form):
    """The form's first values where the request names something else than the post has."""
    wanted = {}
    if asked.grade:
        wanted["grade"] = asked.grade
    if asked.line_manager_email:
        wanted["line_manager"] = asked.line_manager_email
    if asked.unit_name:
        units = form.fields["unit"].queryset.filter(name__iexact=asked.unit_name)[:2]
        if len(units) == 1:
            wanted["unit"] = units[0].slug
    return wanted


def _rows(asked):
    post = asked.post
    rows = [
        ("Unit", str(post.unit), asked.unit_name),
        ("Line manager", str(post.line_manager or "None"), asked.line_manager_email),
        ("Grade", post.get_grade_display(), asked.get_grade_display()),
    ]
    return [{"name": name, "before": before, "wanted": wanted} for name, before, wanted in rows]


@require_http_methods(["GET", "HEAD", "POST"])
def refuse_change(request, pk):
    """Leaving a post as it is, with a reason."""
    asked = get_object_or_404(
        ChangeRequest.objects.visible_to(request.user).select_related("person"), pk=pk
    )
    if not may_decide(request.user, asked):
        raise PermissionDenied("This request is not for you to decide on.")
    if not asked.is_open:
        return redirect(asked)
    form = RefuseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_requests.refuse_request(
                change_request=asked, by=request.user, **form.cleaned_data
            )
        except change_requests.AlreadyDecided:
            messages.error(request, "This request has been decided on meanwhile.")
            return redirect(asked)
        messages.success(request, f"{asked.person} is told that the post stays as it is.")
        return redirect("accounts:change_requests")
    return render(request, "accounts/refuse_change.html", {"asked": asked, "form": form})


@require_POST
def withdraw_change(request, pk):
    """Taking back one's own request."""
    own = ChangeRequest.objects.visible_to(request.user).filter(person=request.user)
    asked = get_object_or_404(own, pk=pk)
    change_requests.withdraw_request(change_request=asked, by=request.user)
    messages.success(request, "Your request is withdrawn.")
    return redirect(request.user)
