"""Pages about the smallest count that a department's gap reports publish."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Unit
from accounts.permissions import Permission, require
from govuk.tables import Column, Link, Table
from reports.forms import SmallestCountForm
from reports.models import SmallestCount
from reports.smallest_counts import choose_smallest_count, chosen_counts

DEPARTMENTS_ON_A_PAGE = 50
CHOICES_SHOWN = 10


@require_safe
def smallest_counts(request):
    """The departments that the person looks after, each with its smallest count."""
    require(request.user, Permission.MANAGE_ORGANISATION)
    mine = Unit.objects.where(request.user, Permission.MANAGE_ORGANISATION).roots()
    page = Paginator(mine.order_by("name", "pk"), DEPARTMENTS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    counts = chosen_counts(page.object_list)
    table = Table(
        "Smallest published count of new reports",
        [Column("Department"), Column("People", numeric=True)],
        [
            [Link(each.name, reverse("reports:smallest_count", args=[each.slug])), counts[each.pk]]
            for each in page.object_list
        ],
    )
    context = {"page": page, "table": table}
    return render(request, "reports/smallest_counts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def smallest_count(request, slug):
    """What a department's new reports have as their smallest count, and who chose it when."""
    department = get_object_or_404(Unit.objects.visible_to(request.user).roots(), slug=slug)
    require(request.user, Permission.MANAGE_ORGANISATION, unit=department)
    current = chosen_counts([department])[department.pk]
    form = SmallestCountForm(
        request.POST if request.method == "POST" else None, initial={"minimum_count": current}
    )
    if form.is_valid():
        chosen = choose_smallest_count(department=department, by=request.user, **form.cleaned_data)
        count = form.cleaned_data["minimum_count"]
        messages.success(
            request,
            f"New reports of {department} publish no count below {count}."
            if chosen
            else f"Nothing has changed: the smallest published count of {department} is {count}.",
        )
        return redirect("reports:smallest_count", department.slug)
    choices = SmallestCount.objects.visible_to(request.user).filter(unit=department)
    context = {
        "form": form,
        "department": department,
        "current": current,
        "choices": _choices_table(choices.select_related("set_by")[:CHOICES_SHOWN]),
    }
    return render(request, "reports/smallest_count.html", context)


def _choices_table(choices):
    return Table(
        "Who chose it, the latest first",
        [Column("Chosen on"), Column("Smallest count", numeric=True), Column("By")],
        [
            [
                date_format(timezone.localtime(choice.set_at), "j F Y, H:i"),
                choice.minimum_count,
                choice.set_by and choice.set_by.full_name,
            ]
            for choice in choices
        ],
    )
