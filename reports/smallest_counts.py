"""The smallest count that a department's gap reports publish, as its administrators choose it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Value
from django.db.models.functions import StrIndex, Substr

from accounts import audit
from accounts.models import Unit
from reports import audit_actions
from reports.models import GapReport, SmallestCount


def chosen_counts(departments):
    """{primary key: its smallest count} of whole departments; the setting where none was chosen.

    One query.
    """
    counts = {department.pk: settings.REPORT_MINIMUM_COUNT for department in departments}
    choices = SmallestCount.objects.filter(unit__in=counts).order_by("set_at", "pk")
    return counts | dict(choices.values_list("unit", "minimum_count"))


def counts_for(units, as_at):
    """{primary key of the unit: smallest count} of new reports of a day; three queries.

    What the department has chosen, or the greatest of the same day's reports in it: with a lower
    one a report would tell what those have withheld.
    """
    root_of = {unit.pk: unit.paths_from_root()[0] for unit in units}
    departments = {each.path: each for each in Unit.objects.filter(path__in=root_of.values())}
    chosen = chosen_counts(departments.values())
    end_of_root = StrIndex("unit__path", Value("/"))
    greatest = dict(
        GapReport.objects.filter(as_at=as_at)
        .annotate(root=Substr("unit__path", 1, end_of_root))
        .filter(root__in=departments)
        .order_by()
        .values_list("root")
        .annotate(Max("minimum_count"))
    )
    return {
        unit: max(chosen[departments[root].pk], greatest.get(root, 0))
        for unit, root in root_of.items()
    }


@transaction.atomic
def choose_smallest_count(*, department, minimum_count, by):
    """Note the choice; None where it is the same as before. Reports that exist keep theirs.

    Raises ValidationError for a unit with another one above it.
    """
    department = Unit.objects.select_for_update().get(pk=department.pk)
    if department.parent_id is not None:
        raise ValidationError("The smallest count is chosen for a whole department.")
    if chosen_counts([department])[department.pk] == minimum_count:
        return None
    choice = SmallestCount.objects.create(unit=department, minimum_count=minimum_count, set_by=by)
    if by is not None:
        audit.note(audit_actions.COUNT_CHOSEN, by=by, thing=f"smallest count {choice.pk}")
    return choice
