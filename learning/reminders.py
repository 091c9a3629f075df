"""Reminding people of assignments that are due soon or were due: once before, once after."""

import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.notices import queue_notice_to_all
from accounts.services import day_in_words
from learning.models import AssignedPerson, Assignment
from learning.notice_kinds import ASSIGNMENT_DUE

DAYS_BEFORE = 7
DAYS_AFTER = 1
# A reminder that could not go out for so long is no longer worth sending.
DAYS_LATE = 7


def remind_of_due_assignments(*, day=None):
    """How many people were reminded: seven days before the due date, and one day after it.

    Nobody is reminded twice of one due date, of what they declined or did, or before the date
    when they were asked within those seven days. A day that was missed is made good within a
    week. Four queries for each assignment that is due, whatever the number of people.
    """
    day = day or timezone.localdate()
    before = (day + datetime.timedelta(days=1), day + datetime.timedelta(days=DAYS_BEFORE))
    after = (
        day - datetime.timedelta(days=DAYS_AFTER + DAYS_LATE),
        day - datetime.timedelta(days=DAYS_AFTER),
    )
    return _remind(before, _before) + _remind(after, _after)


def _remind(days, words):
    due = Assignment.objects.current().filter(due_on__range=days)
    return sum(words(assignment) for assignment in due.select_related("resource"))


def _before(assignment):
    first_day = assignment.due_on - datetime.timedelta(days=DAYS_BEFORE)
    asked_before = timezone.make_aware(datetime.datetime.combine(first_day, datetime.time()))
    return _send(
        assignment,
        assignment.people.filter(offered_at__lt=asked_before),
        field="reminded_before_at",
        subject=f"Due on {day_in_words(assignment.due_on)}: {assignment}",
        body=f"“{assignment}” is due on {day_in_words(assignment.due_on)}.",
    )


def _after(assignment):
    return _send(
        assignment,
        assignment.people.all(),
        field="reminded_after_at",
        subject=f"Was due on {day_in_words(assignment.due_on)}: {assignment}",
        body=(
            f"“{assignment}” was due on {day_in_words(assignment.due_on)}. If you have done it, "
            "log it; if you cannot, decline it with a reason. You are not reminded again."
        ),
    )


@transaction.atomic
def _send(assignment, people, *, field, subject, body):
    """The instant on each row and its notice, all or nothing."""
    now = timezone.now()
    reminded = people.unfinished().filter(**{field: None}).update(**{field: now})
    if reminded:
        queue_notice_to_all(
            people=AssignedPerson.objects.filter(assignment=assignment, **{field: now}).values(
                "person"
            ),
            kind=ASSIGNMENT_DUE,
            key=f"assignment:{assignment.pk}:{field}:{assignment.due_on}",
            subject=subject,
            body=body,
            link=reverse("learning:asked", args=[assignment.pk]),
        )
    return reminded
