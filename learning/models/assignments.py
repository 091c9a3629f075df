"""What people are asked to learn, and what became of it.

An assignment says whom it is for, never who that turned out to be: those are its `AssignedPerson`
rows, and nobody but the person themselves sees one unless the person agreed to be named.
"""

import datetime
import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Cover, Unit
from accounts.permissions import Permission
from assessments.models import Role, Skill

from .resources import Resource


class AssignmentQuerySet(models.QuerySet):
    def current(self):
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)

    def open(self, day=None):
        """Those of the current ones whose due date has not passed on `day` (today)."""
        return self.current().filter(due_on__gte=day or timezone.localdate())

    def overdue(self, day=None):
        return self.current().filter(due_on__lt=day or timezone.localdate())

    def looked_after_by(self, user):
        """Those the user may follow, change and withdraw.

        Of units where the user assigns learning, whoever set them; of the team of the user, or
        of a line manager they cover for now.
        """
        covered = Cover.objects.in_force().filter(cover=user).values("manager")
        return self.filter(
            Q(unit__in=Unit.objects.where(user, Permission.ASSIGN_LEARNING))
            | Q(team_of=user)
            | Q(team_of__in=covered)
        )

    def visible_to(self, user):
        """Those that were offered to the user, and those the user looks after."""
        offered = AssignedPerson.objects.filter(person=user).values("assignment")
        return self.filter(
            Q(pk__in=offered) | Q(pk__in=self.model.objects.looked_after_by(user).values("pk"))
        )

    # --- Who works on it: see docs/decisions/0002-the-row-is-the-truth.md

    def without_worker(self):
        """Those with work that nobody does: queued, or expanding with a lease that has run out."""
        return self.filter(
            Q(status=Assignment.Status.QUEUED)
            | Q(status=Assignment.Status.EXPANDING, lease_until__lt=timezone.now())
        )

    def never_offered(self):
        """Those that are on their way to people for the first time: queued or expanding."""
        under_way = (Assignment.Status.QUEUED, Assignment.Status.EXPANDING)
        return self.filter(status__in=under_way, expanded_at=None)

    def with_attempts_left(self):
        return self.filter(attempt__lt=F("attempt_limit"))

    def without_attempts_left(self):
        return self.filter(attempt__gte=F("attempt_limit"))

    def held_by(self, pk, attempt):
        """The assignment while this attempt holds it: every write of an expansion is through it."""
        return self.filter(pk=pk, attempt=attempt, status=Assignment.Status.EXPANDING)

    @transaction.atomic
    def claim(self, pk):
        """Take an assignment that nobody works on: its attempt number, or None for all but one."""
        claimed = (
            self.filter(pk=pk)
            .without_worker()
            .with_attempts_left()
            .update(
                status=Assignment.Status.EXPANDING,
                attempt=F("attempt") + 1,
                lease_until=new_lease(),
            )
        )
        return self.values_list("attempt", flat=True).get(pk=pk) if claimed else None


def new_lease():
    """Until when an expanding worker may be silent from now on."""
    return timezone.now() + datetime.timedelta(seconds=settings.EXPANSION_LEASE_SECONDS)


class Assignment(models.Model):
    """One row is something that an ambassador or a line manager asks people to learn.

    It is for the people of a unit and below, or of a line manager's team: all of them, those
    below their target level in a skill (or not rated), or some by name; `role` narrows the first
    two. Either a resource of the catalogue, or a title with a description and a link.

    The row is also the truth about bringing people up to date with it: `status`, `attempt`,
    `attempt_limit` and `lease_until` as in a gap report. People are gone through in the order of
    their keys, and `cursor` is the last one done, so that an attempt goes on where the one before
    it stopped. A change puts the row back into the queue with the cursor at 0. `progress_percent`
    counts everybody who is looked at and says nothing about who is offered it.
    """

    class Audience(models.TextChoices):
        BELOW_TARGET = "below", "People below their target level in the skill, or not rated"
        EVERYONE = "everyone", "Everyone"
        NAMED = "named", "People I name"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        EXPANDING = "expanding", "Being offered"
        EXPANDED = "expanded", "Offered"
        FAILED = "failed", "Failed"

    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments_set"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    team_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments_of_team",
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    audience = models.CharField(max_length=8, choices=Audience)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    link = models.CharField(
        max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    reason = models.TextField(max_length=1000)
    due_on = models.DateField()
    offered_also_later = models.BooleanField(default=False)
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    attempt_limit = models.PositiveIntegerField(default=settings.EXPANSION_MAX_ATTEMPTS)
    lease_until = models.DateTimeField(null=True, blank=True)
    cursor = models.PositiveBigIntegerField(default=0)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expanded_at = models.DateTimeField(null=True, blank=True)
    due_changed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["set_by", "form_key"], name="assignment_once_per_form"),
            models.CheckConstraint(
                condition=Q(unit__isnull=False, team_of=None) | Q(unit=None, team_of__isnull=False),
                name="assignment_is_for_a_unit_or_a_team",
            ),
            models.CheckConstraint(
                condition=Q(resource__isnull=False, title="", description="", link="")
                | (Q(resource=None) & ~Q(title="")),
                name="assignment_has_a_resource_or_a_title",
            ),
            models.CheckConstraint(
                condition=~Q(audience="below") | Q(skill__isnull=False),
                name="assignment_below_target_has_a_skill",
            ),
            models.CheckConstraint(
                condition=~Q(audience="named") | Q(offered_also_later=False, role=None),
                name="assignment_to_named_people_stays_with_them",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="assignment_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="assignment_failed_has_an_error"
            ),
        ]

    def __str__(self):
        return self.resource.title if self.resource_id else self.title

    def get_absolute_url(self):
        """The page of those who look after it; people it was offered to have another."""
        return reverse("learning:assignment", args=[self.pk])

    @property
    def place(self):
        """For whom it is, as part of a sentence; `unit` or `team_of` must be loaded."""
        return str(self.unit) if self.team_of_id is None else f"the team of {self.team_of}"

    @property
    def is_withdrawn(self):
        return self.withdrawn_at is not None

    @property
    def is_open(self):
        return not self.is_withdrawn and self.due_on >= timezone.localdate()

    @property
    def is_by_gap(self):
        """Whether being offered it says something about a rating."""
        return self.audience == self.Audience.BELOW_TARGET

    @property
    def is_up_to_date(self):
        """Whether nothing will change any more by itself, for now."""
        return self.status in {self.Status.EXPANDED, self.Status.FAILED}


class AssignedPersonQuerySet(models.QuerySet):
    def own(self, user):
        """What the user was asked to do and can still do: withdrawn assignments are left out.

        Without a join, so that an update through it looks at the row again when it has waited for
        another request to finish with it.
        """
        return self.filter(person=user, assignment__in=Assignment.objects.current())

    def unfinished(self):
        """Neither done nor declined."""
        return self.filter(done_at=None, declined_at=None)

    def finished(self):
        return self.exclude(done_at=None, declined_at=None)

    def named(self):
        """Those who agreed to be named, as long as they are where the assignment was for.

        After a move neither the old unit's ambassador nor the old line manager sees them.
        """
        return self.filter(
            Q(person__posts__unit__path__startswith=F("assignment__unit__path"))
            | Q(person__posts__line_manager=F("assignment__team_of")),
            agreed_to_be_named_at__isnull=False,
            person__posts__ended_on=None,
        )

    def visible_to(self, user):
        """The user's own; of assignments the user looks after, people who agreed to be named."""
        named = AssignedPerson.objects.named().filter(
            assignment__in=Assignment.objects.looked_after_by(user)
        )
        return self.filter(Q(person=user) | Q(pk__in=named.values("pk")))


class AssignedPerson(models.Model):
    """One row is one assignment offered to one person, and what they made of it.

    The instants are the facts and `state` follows from them. Having been accepted stays when it
    is declined later; whoever accepts after declining has declined no more. `done_on` is the day
    the person says they did it, which may lie before the offer: then it was done already. It
    keeps its value when the log entry is deleted. Withdrawing is the assignment's.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "Not answered"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        DONE = "done", "Done"

    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="people", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assigned"
    )
    log_entry = models.ForeignKey(
        "learning.LogEntry",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned",
    )
    decline_reason = models.CharField(max_length=500, blank=True)
    done_on = models.DateField(null=True, blank=True)
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    agreed_to_be_named_at = models.DateTimeField(null=True, blank=True)
    reminded_before_at = models.DateTimeField(null=True, blank=True)
    reminded_after_at = models.DateTimeField(null=True, blank=True)

    objects = AssignedPersonQuerySet.as_manager()

    class Meta:
        ordering = ["assignment__due_on", "pk"]
        verbose_name_plural = "assigned people"
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "person"], name="assigned_person_once_per_assignment"
            ),
            models.CheckConstraint(
                condition=Q(declined_at=None) | Q(done_at=None),
                name="assigned_person_declined_or_done",
            ),
            models.CheckConstraint(
                condition=Q(declined_at=None, decline_reason="")
                | (Q(declined_at__isnull=False) & ~Q(decline_reason="")),
                name="assigned_person_declined_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_on=None)
                | Q(done_at__isnull=False, done_on__isnull=False),
                name="assigned_person_done_on_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.assignment}"

    def get_absolute_url(self):
        return reverse("learning:asked", args=[self.assignment_id])

    @property
    def state(self):
        if self.done_at is not None:
            return self.State.DONE
        if self.declined_at is not None:
            return self.State.DECLINED
        return self.State.ACCEPTED if self.accepted_at is not None else self.State.OFFERED

    @property
    def was_done_already(self):
        """Whether the person had done it before they were asked."""
        return self.done_on is not None and self.done_on < timezone.localdate(self.offered_at)

    @property
    def is_unfinished(self):
        return self.done_at is None and self.declined_at is None

    @property
    def is_overdue(self):
        return self.is_unfinished and self.assignment.due_on < timezone.localdate()
