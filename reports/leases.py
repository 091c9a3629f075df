"""Rows of background work: who does it, for how long they may be silent, how often it is tried.

The rules, with their reasons, are in docs/decisions/0002-the-row-is-the-truth.md.
"""

import datetime
import time

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

WORKER_LOST = "The program that was at work on it stopped without saying why."


class ClaimLostError(Exception):
    """Another attempt holds the row now, or it is finished."""


def new_lease():
    """Until when a worker may be silent from now on."""
    return timezone.now() + datetime.timedelta(seconds=settings.REPORT_LEASE_SECONDS)


class LeasedQuerySet(models.QuerySet):
    """For models with the fields of `LeasedWork`, a status "queued" and one named by WORKING."""

    def without_worker(self):
        """Rows that nobody works on: queued, or worked on with a lease that has run out."""
        return self.filter(
            Q(status="queued") | Q(status=self.model.WORKING, lease_until__lt=timezone.now())
        )

    def with_attempts_left(self):
        return self.filter(attempt__lt=F("attempt_limit"))

    def without_attempts_left(self):
        return self.filter(attempt__gte=F("attempt_limit"))

    def held_by(self, pk, attempt):
        """The row while this attempt holds it: every write of a worker goes through here."""
        return self.filter(pk=pk, attempt=attempt, status=self.model.WORKING)

    @transaction.atomic
    def claim(self, pk, **first):
        """Take a row that nobody works on: its new attempt number, or None for all but one.

        `first` are fields to set with it.
        """
        claimed = (
            self.filter(pk=pk)
            .without_worker()
            .with_attempts_left()
            .update(
                status=self.model.WORKING,
                attempt=F("attempt") + 1,
                lease_until=new_lease(),
                started_at=timezone.now(),
                **first,
            )
        )
        return self.values_list("attempt", flat=True).get(pk=pk) if claimed else None


class LeasedWork(models.Model):
    """One row is one piece of background work and the truth about it; a message only hints.

    `attempt` goes up with each claim and fences every later write; `lease_until` says how long
    the claim holds without a sign of life. After attempt number `attempt_limit` the work fails;
    asking again raises the limit and never lowers `attempt`, so that a worker frozen since an
    earlier attempt still finds its number taken.
    """

    attempt = models.PositiveSmallIntegerField(default=0)
    attempt_limit = models.PositiveSmallIntegerField(default=settings.REPORT_MAX_ATTEMPTS)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Heartbeat:
    """Renews a claim's lease when called, but no more often than a sixth of the lease.

    Raises ClaimLostError when the row is no longer held.
    """

    def __init__(self, held):
        self.held = held
        self.every = settings.REPORT_LEASE_SECONDS / 6
        self.renewed_at = time.monotonic()

    def __call__(self):
        if time.monotonic() - self.renewed_at < self.every:
            return
        if not self.held.update(lease_until=new_lease()):
            raise ClaimLostError
        self.renewed_at = time.monotonic()
