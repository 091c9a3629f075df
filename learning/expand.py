"""Bringing people up to date with an assignment. The row is the truth, and every write is fenced.

1. Claim: one conditional update raises the attempt and sets a lease. Only one caller wins.
2. People are gone through in the order of their keys, some thousands at a time. The rows of such
   a batch, its notices, the cursor and the lease are one transaction, fenced by the attempt: an
   assignment no longer held means that it was changed, or that another worker has it.
3. An attempt goes on after the cursor, so a killed worker costs one batch.
4. An error puts the row back into the queue, or fails it after the last attempt; fenced too.

The database makes the rows out of posts and ratings. No list of people is ever in memory, and
nothing that can be watched (progress, batches, how often it runs) depends on a rating.
"""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.insert_select import insert_select
from accounts.notices import queue_notice_to_all
from accounts.services import day_in_words
from learning.audience import posts_for, posts_to_offer
from learning.models import AssignedPerson, Assignment
from learning.models.assignments import new_lease
from learning.notice_kinds import ASSIGNED, ASSIGNMENT_CHANGED

logger = logging.getLogger(__name__)

PEOPLE_AT_A_TIME = 5000
WORKER_LOST = "The program that was offering it stopped without saying why."


class ClaimLostError(Exception):
    """The assignment was changed meanwhile, or another attempt holds it now."""


@dataclass(frozen=True)
class Claim:
    """One attempt's hold on one assignment."""

    assignment_id: int
    attempt: int

    def write(self, **values):
        """Change the row and renew the lease; ClaimLostError when it is no longer ours."""
        held = Assignment.objects.held_by(self.assignment_id, self.attempt)
        if not held.update(**values):
            raise ClaimLostError


def expand_assignment(assignment_id):
    """Bring people up to date with it unless somebody else does; safe to call any number of times.

    Each person is offered it once, and told once of each thing that happened.
    """
    attempt = Assignment.objects.claim(assignment_id)
    if attempt is None:
        return
    claim = Claim(assignment_id, attempt)
    assignment = Assignment.objects.select_related("unit", "team_of", "set_by", "resource").get(
        pk=assignment_id
    )
    try:
        bring_up_to_date(assignment, claim)
    except ClaimLostError:
        logger.warning("Attempt %s at assignment %s was overtaken", attempt, assignment_id)
    except Exception as error:
        logger.exception("Attempt %s at assignment %s failed", attempt, assignment_id)
        # An error's own words may hold data, so they stay in the log.
        reason = f"It stopped with an error ({type(error).__name__})."
        record_failure(assignment_id, attempt, reason)


def bring_up_to_date(assignment, claim):
    """Go through everybody after the cursor; ClaimLostError when the assignment is not ours."""
    everybody = posts_for(assignment)
    total = everybody.count()
    done = everybody.filter(person__lte=assignment.cursor).count()
    news = news_of(assignment)
    while (upper := _last_of_batch(everybody, assignment.cursor)) is not None:
        done = min(done + PEOPLE_AT_A_TIME, total)
        batch = {"person__gt": assignment.cursor, "person__lte": upper}
        write_batch(assignment, claim, news, batch, percent=99 * done // total)
        assignment.cursor = upper
    finish(assignment, claim, news)


def _last_of_batch(everybody, cursor):
    """The last person of the next full batch; None when the rest fits into one."""
    people = everybody.filter(person__gt=cursor).order_by("person").values_list("person", flat=True)
    return people[PEOPLE_AT_A_TIME - 1 : PEOPLE_AT_A_TIME].first()


@transaction.atomic
def write_batch(assignment, claim, news, batch, *, percent):
    """The rows of one batch, all or nothing; `batch` says whose, as a filter."""
    _offer(assignment, batch)
    _tell(assignment, news, batch)
    claim.write(
        cursor=batch["person__lte"],
        progress_percent=percent,
        lease_until=new_lease(),
        # What counts is attempts without progress: restarts must not fail a long expansion.
        attempt_limit=claim.attempt + settings.EXPANSION_MAX_ATTEMPTS,
    )


@transaction.atomic
def finish(assignment, claim, news):
    """The last batch and "expanded", all or nothing.

    It has no upper end: those who have left since they were asked are told of changes too.
    """
    rest = {"person__gt": assignment.cursor}
    _offer(assignment, rest)
    _tell(assignment, news, rest)
    claim.write(
        status=Assignment.Status.EXPANDED,
        expanded_at=timezone.now(),
        progress_percent=100,
        cursor=0,
        error="",
        lease_until=None,
    )


# --- What a batch writes ----------------------------------------------------------------------


def _offer(assignment, batch):
    """Offer it to those of the batch who are to have it, and tell them."""
    is_first_time = assignment.expanded_at is None
    if not assignment.is_open or not (is_first_time or assignment.offered_also_later):
        return
    offer_to(assignment, posts_to_offer(assignment), batch)


def offer_to(assignment, posts, batch):
    """Offer it to those of these posts in the batch who were not offered it before.

    Two queries, also where that is nobody: how long it takes must tell nothing either.
    """
    now = timezone.now()
    insert_select(
        AssignedPerson,
        posts.filter(**batch),
        {"assignment": assignment.pk, "person": F("person"), "offered_at": now},
    )
    new = AssignedPerson.objects.filter(assignment=assignment, offered_at=now, **batch)
    queue_notice_to_all(
        people=new.values("person"),
        kind=ASSIGNED,
        key=f"assignment:{assignment.pk}:offered",
        subject=f"{assignment.set_by} asks you to learn something",
        body=(
            f"“{assignment}”, by {day_in_words(assignment.due_on)}.\n\n"
            f"Why: {assignment.reason}\n\n"
            "You can accept it, decline it with a reason, or say that you have done it already."
        ),
        link=reverse("learning:asked", args=[assignment.pk]),
    )


@dataclass(frozen=True)
class News:
    """What people who were asked before `since`, and have not finished, must be told."""

    key: str
    subject: str
    body: str
    since: object
    due_is_new: bool = False


def news_of(assignment):
    """The `News` of a change that not everybody has been told of yet; None without one."""
    told_at = assignment.expanded_at
    withdrawn_at, changed_at = assignment.withdrawn_at, assignment.due_changed_at
    if withdrawn_at is not None:
        if told_at is not None and told_at >= withdrawn_at:
            return None
        return News(
            key=f"assignment:{assignment.pk}:withdrawn",
            subject="An assignment was withdrawn",
            body=f"“{assignment}” was withdrawn. There is nothing more for you to do about it.",
            since=withdrawn_at,
        )
    if changed_at is None or (told_at is not None and told_at >= changed_at):
        return None
    day = day_in_words(assignment.due_on)
    return News(
        key=f"assignment:{assignment.pk}:due:{changed_at.isoformat()}",
        subject="The due date of an assignment has changed",
        body=f"“{assignment}” is now due on {day}.",
        since=changed_at,
        due_is_new=True,
    )


def _tell(assignment, news, batch):
    """Tell those of the batch who were asked, and remind them anew before a new due date."""
    if news is None:
        return
    asked = AssignedPerson.objects.filter(assignment=assignment, offered_at__lt=news.since, **batch)
    queue_notice_to_all(
        people=asked.unfinished().values("person"),
        kind=ASSIGNMENT_CHANGED,
        key=news.key,
        subject=news.subject,
        body=news.body,
        link="" if assignment.is_withdrawn else reverse("learning:asked", args=[assignment.pk]),
    )
    if news.due_is_new:
        asked.filter(reminded_before_at__lt=news.since).update(reminded_before_at=None)
        asked.filter(reminded_after_at__lt=news.since).update(reminded_after_at=None)


# --- Failing ----------------------------------------------------------------------------------


def record_failure(assignment_id, attempt, reason):
    """Note an attempt's error: back into the queue, or failed after the last attempt."""
    held = Assignment.objects.held_by(assignment_id, attempt)
    over = {"error": reason, "lease_until": None}
    held.with_attempts_left().update(status=Assignment.Status.QUEUED, **over)
    held.without_attempts_left().update(status=Assignment.Status.FAILED, **over)


def fail_exhausted_assignments():
    """Fail each assignment whose last attempt ended without a word."""
    exhausted = Assignment.objects.without_worker().without_attempts_left()
    exhausted.update(
        status=Assignment.Status.FAILED,
        error=Case(When(error="", then=Value(WORKER_LOST)), default=F("error")),
        lease_until=None,
    )


# --- Queueing ---------------------------------------------------------------------------------


def requeue(assignments):
    """How many of these went back into the queue, to be gone through from the start.

    Whoever works on one loses the claim: what it set out to do is no longer what is wanted.
    """
    return assignments.update(
        status=Assignment.Status.QUEUED,
        cursor=0,
        progress_percent=0,
        attempt_limit=F("attempt") + settings.EXPANSION_MAX_ATTEMPTS,
        error="",
        lease_until=None,
    )


def requeue_for_newcomers():
    """How many open assignments are gone through again, for people who joined or fell below target.

    Those that are also offered later, and are not being worked on anyway.
    """
    return requeue(
        Assignment.objects.open().filter(offered_also_later=True, status=Assignment.Status.EXPANDED)
    )
