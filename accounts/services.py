"""Writes to people, organisation and grants."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Grant, Post, Unit


def path_below(parent, slug):
    """The path of a unit with this slug below `parent` (None: at the top)."""
    return f"{parent.path if parent else ''}{slug}/"


@transaction.atomic
def create_unit(*, name, parent=None, slug=None):
    """A new unit; its slug is made from the name and numbered when another unit has it."""
    wanted = slug or slugify(name)[:70] or "unit"
    slug, number = wanted, 1
    while Unit.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted}-{number}"
    return Unit.objects.create(name=name, parent=parent, slug=slug, path=path_below(parent, slug))


@transaction.atomic
def start_post(*, person, unit, grade, line_manager=None, started_on):
    """The person's new current post; the one before ends on the same day.

    A post that began on that very day is replaced, so that a correction on the day of a move
    leaves no post of no days. Raises ValidationError where the day lies before the current
    post began, or the line manager is the person or works below them.
    """
    if line_manager is not None:
        _refuse_management_circle(person, line_manager)
    current = Post.objects.select_for_update().filter(person=person, ended_on=None).first()
    if current is not None:
        if started_on < current.started_on:
            raise ValidationError(
                "The new post must start on or after the day the current post started, "
                f"{current.started_on:%-d %B %Y}."
            )
        if started_on == current.started_on:
            current.unit = unit
            current.grade = grade
            current.line_manager = line_manager
            current.save(update_fields=["unit", "grade", "line_manager"])
            return current
        current.ended_on = started_on
        current.save(update_fields=["ended_on"])
    return Post.objects.create(
        person=person, unit=unit, grade=grade, line_manager=line_manager, started_on=started_on
    )


def _refuse_management_circle(person, line_manager):
    seen = set()
    manager_id = line_manager.pk
    while manager_id is not None and manager_id not in seen:
        if manager_id == person.pk:
            raise ValidationError(
                f"{line_manager} cannot be the line manager of {person}: they are the same "
                "person, or work below them."
            )
        seen.add(manager_id)
        manager_id = (
            Post.objects.current()
            .filter(person=manager_id)
            .values_list("line_manager", flat=True)
            .first()
        )


@transaction.atomic
def give_grant(*, user, kind, unit=None, by):
    """The user's current grant of this kind, given now unless they hold it already."""
    grant, _ = Grant.objects.get_or_create(
        user=user, kind=kind, unit=unit, withdrawn_at=None, defaults={"given_by": by}
    )
    return grant


def withdraw_grant(*, grant, by):
    """Withdraw a grant; repeating it changes nothing. The row stays as history."""
    Grant.objects.filter(pk=grant.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
