"""Writes to whole branches of the organisation tree."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Value
from django.db.models.functions import Concat, Length, Substr

from accounts import audit, audit_actions
from accounts.models import Unit
from accounts.services import MOVED_MEANWHILE, lock_trees, path_below


@transaction.atomic
def move_unit(*, unit, parent, was_below, by):
    """The unit with all below it, directly below `parent` now; one statement for all their paths.

    `was_below` is the parent that the mover saw (None: at the top). Moving again to where it is
    changes nothing. Raises ValidationError where it has been moved meanwhile, where `parent` is
    the unit or below it, has a unit of the same name, or would stand too many levels down.
    """
    lock_trees(unit, parent)
    unit, parent = (Unit.objects.select_related("parent").get(pk=one.pk) for one in (unit, parent))
    if unit.parent_id == parent.pk:
        return unit
    if unit.parent_id != (was_below.pk if was_below else None):
        raise ValidationError(MOVED_MEANWHILE)
    if parent.path.startswith(unit.path):
        raise ValidationError(
            {"parent": f"Select a unit that is not {unit} itself or below it: {parent} is"}
        )
    if Unit.objects.filter(parent=parent, name__iexact=unit.name).exists():
        raise ValidationError(
            {"parent": f"There is already a unit called “{unit}” directly below {parent}"}
        )
    moved, new_path = Unit.objects.within(unit), path_below(parent, unit.slug)
    deepest = moved.aggregate(longest=Max(Length("path")))["longest"]
    if deepest - len(unit.path) + len(new_path) > Unit._meta.get_field("path").max_length:
        raise ValidationError(
            {"parent": "This unit would be too many levels down: select a higher one"}
        )
    moved.update(path=Concat(Value(new_path), Substr("path", len(unit.path) + 1)))
    Unit.objects.filter(pk=unit.pk).update(parent=parent)
    audit.note(audit_actions.UNIT_MOVED, by=by, thing=f"unit {unit.pk}")
    return Unit.objects.select_related("parent").get(pk=unit.pk)
