"""Writes to the catalogue: suggesting, deciding, retiring, importing."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.notices import queue_notice
from accounts.permissions import Permission, may, require
from learning.models import Resource
from learning.skills import skill_names

ALREADY_OFFERED = "This link is in the catalogue already."


class AlreadyDecided(Exception):
    """Somebody else has approved or declined the suggestion."""


def describe_skills(resource, skill_ids):
    """Give the resource these skills, and their names to the search."""
    resource.skills.set(skill_ids)
    names = skill_names(skill_ids)
    resource.skill_names = " ".join(sorted(names.values()))
    resource.save(update_fields=["skill_names"])


def refresh_skill_names():
    """Repeat the names of skills for the search after a framework's release; repeatable."""
    resources = Resource.objects.prefetch_related("skills")
    names = skill_names(Resource.skills.through.objects.values("skill"))
    for resource in resources:
        now = " ".join(sorted(names.get(skill.pk, "") for skill in resource.skills.all()))
        if now != resource.skill_names:
            Resource.objects.filter(pk=resource.pk).update(skill_names=now)


@transaction.atomic
def suggest_resource(*, by, form_key, skill_ids=(), **values):
    """The person's suggestion, for the ambassadors of their unit; the same form again gives it.

    Raises ValidationError when the link is offered to them already or they have no unit.
    """
    if by.current_post is None:
        raise ValidationError("You need a post before you can suggest a resource.")
    made = Resource.objects.filter(suggested_by=by, form_key=form_key).first()
    if made is not None:
        return made
    url = values.get("url")
    if url and Resource.objects.visible_to(by).offered().filter(url=url).exists():
        raise ValidationError(ALREADY_OFFERED)
    resource, created = Resource.objects.get_or_create(
        suggested_by=by, form_key=form_key, defaults={**values, "unit": by.current_post.unit}
    )
    if created:
        describe_skills(resource, skill_ids)
    return resource


@transaction.atomic
def approve_resource(*, resource, by, unit):
    """Offer a suggestion to everybody in `unit` and below, or, without one, to everybody.

    Raises AlreadyDecided, ValidationError when the link is offered to them already, and
    PermissionDenied.
    """
    waiting = _lock_waiting(resource, by)
    waiting.approved_at = timezone.now()
    waiting.approved_by = by
    waiting.unit = unit
    try:
        with transaction.atomic():
            waiting.save(update_fields=["approved_at", "approved_by", "unit"])
    except IntegrityError:
        raise ValidationError(ALREADY_OFFERED) from None
    who = f"everybody in {unit}" if unit else "everybody, in every department"
    _tell_suggester(waiting, "was approved", f"It is offered to {who}. Thank you.")
    return waiting


@transaction.atomic
def decline_resource(*, resource, by, reason):
    """Turn a suggestion down, with the reason its author reads. Raises as `approve_resource`."""
    waiting = _lock_waiting(resource, by)
    waiting.declined_at = timezone.now()
    waiting.decline_reason = reason
    waiting.save(update_fields=["declined_at", "decline_reason"])
    _tell_suggester(waiting, "was not taken into the catalogue", f"The reason given: {reason}")
    return waiting


def _lock_waiting(resource, by):
    locked = (
        Resource.objects.select_for_update(of=("self",)).select_related("unit").get(pk=resource.pk)
    )
    if not locked.is_waiting:
        raise AlreadyDecided
    require(by, Permission.APPROVE_RESOURCES, unit=locked.unit)
    return locked


def _tell_suggester(resource, what, more):
    person = resource.suggested_by
    if person is not None and person.is_active:
        queue_notice(
            recipient=person,
            key=f"resource-decided:{resource.pk}",
            subject=f"Your suggestion “{resource.title[:120]}” {what}",
            body=f"Your suggestion “{resource.title}” {what}. {more}",
            link=resource.get_absolute_url(),
        )


def may_retire(user, resource):
    """Whether the user looks after the resource: they approved it, or it is for their scope."""
    if not resource.is_offered:
        return False
    if resource.approved_by_id == user.pk:
        return may(user, Permission.APPROVE_RESOURCES)
    return resource.unit is not None and may(user, Permission.APPROVE_RESOURCES, unit=resource.unit)


def retire_resource(*, resource):
    """Offer it no longer; repeating it changes nothing. Old entries keep it."""
    Resource.objects.offered().filter(pk=resource.pk).update(retired_at=timezone.now())


@transaction.atomic
def store_resources(rows):
    """Counts of resources added, changed and left alone, from rows checked by `resource_import`.

    A row is known by its link among what is offered to everybody; all of them or none.
    """
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    now = timezone.now()
    known = {
        resource.url: resource
        for resource in Resource.objects.filter(unit=None)
        .approved()
        .order_by(F("retired_at").asc(nulls_last=True))
        .prefetch_related("skills")
    }
    for row in rows:
        values = {name: getattr(row, name) for name in row.FIELDS}
        resource = known.get(row.url)
        if resource is None:
            resource = Resource.objects.create(
                **values, approved_at=now, retired_at=now if row.is_retired else None
            )
            describe_skills(resource, row.skill_ids)
            counts["added"] += 1
            continue
        same = (
            all(getattr(resource, name) == value for name, value in values.items())
            and {skill.pk for skill in resource.skills.all()} == set(row.skill_ids)
            and (resource.retired_at is not None) == row.is_retired
        )
        counts["unchanged" if same else "changed"] += 1
        if not same:
            for name, value in values.items():
                setattr(resource, name, value)
            resource.retired_at = (resource.retired_at or now) if row.is_retired else None
            resource.save(update_fields=[*values, "retired_at"])
            describe_skills(resource, row.skill_ids)
    return counts
