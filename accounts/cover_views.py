"""Pages on which line managers, and administrators for them, arrange cover."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.cover import give_cover, may_arrange_cover, withdraw_cover
from accounts.cover_forms import CoverForm
from accounts.models import Cover, Post, User


@require_http_methods(["GET", "HEAD", "POST"])
def cover(request):
    """Who covers for the user and for whom the user covers, and a form for new cover."""
    return _cover_page(request, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def cover_for(request, public_id):
    """The same for another line manager, by whoever looks after their post."""
    manager = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    if manager == request.user:
        return redirect("accounts:cover")
    if not may_arrange_cover(request.user, manager):
        raise PermissionDenied
    return _cover_page(request, manager)


def _cover_page(request, manager):
    is_own = manager == request.user
    manages = Post.objects.current().managed_by(manager).exists()
    form = CoverForm(
        request.POST if request.method == "POST" else None,
        manager=manager,
    )
    if manages and form.is_valid():
        try:
            made = give_cover(manager=manager, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{made.cover} covers for {'you' if is_own else manager}.")
            return redirect(request.path)
    seen = Cover.objects.visible_to(request.user).now_or_later().select_related("manager", "cover")
    context = {
        "manager": manager,
        "is_own": is_own,
        "manages": manages,
        "form": form,
        "covered_by": seen.filter(manager=manager),
        "covers_for": seen.filter(cover=manager),
    }
    return render(request, "accounts/cover.html", context)


@require_POST
def end_cover(request, pk):
    """End cover at once, before its last day or its first."""
    found = get_object_or_404(
        Cover.objects.visible_to(request.user).select_related("manager", "cover"), pk=pk
    )
    withdraw_cover(cover=found, by=request.user)
    messages.success(request, f"{found.cover} no longer covers for {found.manager}.")
    if request.user in (found.manager, found.cover):
        return redirect("accounts:cover")
    return redirect("accounts:cover_for", found.manager.public_id)
