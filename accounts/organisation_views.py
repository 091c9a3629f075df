"""Pages that change whole branches of the organisation."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import organisation_services as services
from accounts.models import User
from accounts.organisation_forms import MoveUnitForm
from accounts.permissions import Permission
from accounts.views import managed_unit, may_take_away, people_in_words, posted


@require_http_methods(["GET", "HEAD", "POST"])
def move_unit(request, slug):
    """Another place in the tree for a unit and all below it."""
    unit = managed_unit(request, slug)
    if not may_take_away(request.user, unit):
        raise PermissionDenied("A unit is moved by whoever looks after the unit it is in.")
    form = MoveUnitForm(posted(request), by=request.user, unit=unit)
    if form.is_valid():
        try:
            unit = services.move_unit(unit=unit, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{unit} is now directly below {unit.parent}.")
            return redirect(unit)
    people = User.objects.where(request.user, Permission.MANAGE_ORGANISATION).search(unit=unit)
    context = {"form": form, "unit": unit, "people_here": people_in_words(people.count())}
    return render(request, "accounts/organisation/move_unit.html", context)
