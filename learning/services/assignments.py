"""Writes to assignments by those who set and look after them."""

import json
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Cover
from accounts.permissions import Permission, may
from accounts.publishing import publish_on_commit
from learning import expand, tasks
from learning.audience import posts_for
from learning.models import Assignment

# What an assignment says, apart from who set it.
ASSIGNMENT_FIELDS = (
    "unit",
    "team_of",
    "role",
    "skill",
    "resource",
    "audience",
    "title",
    "description",
    "link",
    "reason",
    "due_on",
    "offered_also_later",
)


def may_look_after(user, assignment):
    """Whether the user may set, change and withdraw such an assignment, saved or not."""
    if assignment.team_of_id is None:
        return may(user, Permission.ASSIGN_LEARNING, unit=assignment.unit)
    return (
        assignment.team_of_id == user.pk
        or Cover.objects.in_force().filter(cover=user, manager=assignment.team_of_id).exists()
    )


def assignment_key(form_key, values, people):
    """One key for one form sent with one content, as for log entries."""
    content = {
        name: getattr(values[name], "pk", None) or str(values[name] or "")
        for name in ASSIGNMENT_FIELDS
    }
    content["people"] = sorted(person.pk for person in people)
    return uuid.uuid5(form_key, json.dumps(content, sort_keys=True))


@transaction.atomic
def set_assignment(*, by, form_key, people=(), **values):
    """The new assignment, which workers offer to people; the same form again gives the same one.

    `values` are the ASSIGNMENT_FIELDS; `people`, for those named, must be in the unit or team,
    or ValidationError is raised. Raises PermissionDenied where `by` may not assign there.
    """
    made = Assignment(set_by=by, form_key=assignment_key(form_key, values, people), **values)
    if not may_look_after(by, made):
        raise PermissionDenied("You may not assign learning there.")
    known = Assignment.objects.filter(set_by=by, form_key=made.form_key).first()
    if known is not None:
        return known
    posts = posts_for(made).filter(person__in=people)
    if posts.count() != len(people):
        raise ValidationError("Somebody you named is no longer there.")
    made, created = Assignment.objects.get_or_create(
        set_by=by, form_key=made.form_key, defaults=values
    )
    if created:
        if people:
            expand.offer_to(made, posts, {})
        publish_on_commit(tasks.expand_assignment, made.pk)
    return made


@transaction.atomic
def change_due_date(*, assignment, due_on, by):
    """Whether the due date changed; people are told and reminded anew. Repeating changes nothing.

    A withdrawn assignment keeps its date.
    """
    _require_looking_after(by, assignment)
    mine = Assignment.objects.current().filter(pk=assignment.pk).exclude(due_on=due_on)
    changed = mine.update(due_on=due_on, due_changed_at=timezone.now())
    if changed:
        _bring_up_to_date(assignment)
    return bool(changed)


@transaction.atomic
def withdraw_assignment(*, assignment, by):
    """Ask nobody for it any more, and tell those who were asked. Repeating changes nothing."""
    _require_looking_after(by, assignment)
    mine = Assignment.objects.current().filter(pk=assignment.pk)
    if mine.update(withdrawn_at=timezone.now()):
        _bring_up_to_date(assignment)


@transaction.atomic
def try_again(*, assignment, by):
    """Queue an assignment that failed, with as many attempts as a new one."""
    _require_looking_after(by, assignment)
    failed = Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.FAILED)
    if expand.requeue(failed):
        publish_on_commit(tasks.expand_assignment, assignment.pk)


def _require_looking_after(by, assignment):
    if not may_look_after(by, assignment):
        raise PermissionDenied("You do not look after this assignment.")


def _bring_up_to_date(assignment):
    expand.requeue(Assignment.objects.filter(pk=assignment.pk))
    publish_on_commit(tasks.expand_assignment, assignment.pk)
