"""Writes by those who are asked: their answers to assignments."""

from django.db import transaction
from django.utils import timezone

from learning.models import AssignedPerson


class AssignmentClosed(Exception):
    """The assignment was withdrawn, or is done, so there is nothing to answer."""


@transaction.atomic
def accept(*, assigned, by):
    """Note that the person will do it, also after declining it. Repeating changes nothing.

    Raises AssignmentClosed when it is withdrawn or done.
    """
    _unfinished_of(assigned, by).filter(accepted_at=None).update(accepted_at=timezone.now())
    _answer(assigned, by, declined_at=None, decline_reason="")


@transaction.atomic
def decline(*, assigned, reason, by):
    """Note that the person will not do it, and why; a second time changes the reason alone.

    Raises AssignmentClosed when it is withdrawn or done.
    """
    again = _unfinished_of(assigned, by).exclude(declined_at=None)
    if not again.update(decline_reason=reason):
        _answer(assigned, by, declined_at=timezone.now(), decline_reason=reason)


def agree_to_be_named(*, assigned, is_agreed, by):
    """Let those who look after the assignment see the person's name and answer, or no longer."""
    mine = AssignedPerson.objects.filter(pk=assigned.pk, person=by)
    if is_agreed:
        mine.filter(agreed_to_be_named_at=None).update(agreed_to_be_named_at=timezone.now())
    else:
        mine.update(agreed_to_be_named_at=None)


def mark_done(*, assigned, entry, by):
    """Note that the log entry is of this assignment, which is done with it: the first one counts.

    Whoever had declined has declined no more. An assignment that was withdrawn, or done with
    another entry, is left as it is.
    """
    AssignedPerson.objects.own(by).filter(pk=assigned.pk, done_at=None).update(
        log_entry=entry,
        done_on=entry.done_on,
        done_at=timezone.now(),
        declined_at=None,
        decline_reason="",
    )


def _unfinished_of(assigned, by):
    return AssignedPerson.objects.own(by).filter(pk=assigned.pk, done_at=None)


def _answer(assigned, by, **values):
    if not _unfinished_of(assigned, by).update(**values):
        raise AssignmentClosed
