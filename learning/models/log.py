"""What people record of their learning."""

import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Post
from assessments.models import Skill

from .resources import MOST_MINUTES, Resource


class LogEntryQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(deleted_at=None)

    def deleted(self):
        return self.exclude(deleted_at=None)

    def own(self, user):
        """The user's log: their own entries that are not deleted."""
        return self.kept().filter(person=user)

    def done_between(self, first, last):
        """Entries of the days from `first` to `last`, both included."""
        return self.filter(done_on__gte=first, done_on__lte=last)

    def visible_to(self, user):
        """The user's own, deleted ones included; and those shared with them by people whose line
        manager they still are. After a move neither the old nor the new manager sees what was
        shared before.
        """
        return self.filter(
            Q(person=user)
            | Q(
                shared_with=user,
                deleted_at=None,
                person__in=Post.objects.current().managed_by(user).values("person"),
            )
        )


class LogEntry(models.Model):
    """One row is one person's record of one learning activity. The rows are their CPD log.

    Private, unless shared with the line manager whom the person was told about. `version` goes
    up with each save, so that a second tab cannot overwrite the first unseen. `form_key` comes
    with each rendered form, so that a form sent twice makes one entry. A deleted entry can be
    brought back until it is cleared.
    """

    class Time(models.TextChoices):
        WORK = "work", "Work time"
        OWN = "own", "My own time"

    class Kind(models.TextChoices):
        COURSE = "course", "Course"
        READING = "reading", "Reading"
        VIDEO = "video", "Video"
        PODCAST = "podcast", "Podcast"
        EVENT = "event", "Event"
        HACKATHON = "hackathon", "Hackathon"
        SHADOWING = "shadowing", "Shadowing"
        MENTORING = "mentoring", "Mentoring"
        PROJECT = "project", "Project"
        TEACHING = "teaching", "Teaching others"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="log_entries"
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="log_entries"
    )
    skills = models.ManyToManyField(Skill, blank=True, related_name="log_entries")
    shared_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=200)
    done_on = models.DateField()
    duration_minutes = models.PositiveIntegerField()
    time = models.CharField(max_length=4, choices=Time)
    kind = models.CharField(max_length=10, choices=Kind, blank=True)
    link = models.CharField(
        max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    reflection = models.TextField(blank=True, max_length=4000)
    version = models.PositiveIntegerField(default=1)
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    shared_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name_plural = "log entries"
        indexes = [
            models.Index(
                fields=["person", "-done_on", "-id"],
                condition=Q(deleted_at=None),
                name="log_entry_person_done_on",
            ),
            models.Index(
                fields=["shared_with"],
                condition=Q(shared_with__isnull=False),
                name="log_entry_shared_with",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "form_key"], name="log_entry_once_per_form"),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=1, duration_minutes__lte=MOST_MINUTES),
                name="log_entry_took_1_to_6000_minutes",
            ),
            models.CheckConstraint(
                condition=Q(shared_at=None, shared_with=None)
                | Q(shared_at__isnull=False, shared_with__isnull=False),
                name="log_entry_shared_with_somebody_since_a_time",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("learning:entry", args=[self.pk])

    @property
    def is_shared(self):
        return self.shared_at is not None


class LogImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The user's own: nobody else sees what somebody is about to log."""
        return self.filter(person=user)


class LogImport(models.Model):
    """One row is a file that a person has had checked and may add to their log.

    It holds the text until it is confirmed or its time is over (`settings.RETENTION_DAYS`); the
    empty row stays until then, so that confirming twice adds nothing twice.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="log_imports"
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = LogImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("learning:check_import", args=[self.pk])
