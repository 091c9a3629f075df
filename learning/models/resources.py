"""The catalogue of what can be learnt from."""

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Unit
from accounts.permissions import Permission
from assessments.models import Skill

# The longest anything may take, in minutes: 100 hours, more than a working fortnight.
MOST_MINUTES = 6000


class ResourceQuerySet(models.QuerySet):
    def approved(self):
        return self.exclude(approved_at=None)

    def offered(self):
        """What people can choose now: approved and not retired."""
        return self.filter(approved_at__isnull=False, retired_at=None)

    def waiting(self):
        """Suggestions that nobody has decided on."""
        return self.filter(approved_at=None, declined_at=None)

    def for_skills(self, skill_ids):
        links = self.model.skills.through.objects.filter(skill__in=skill_ids)
        return self.filter(pk__in=links.values("resource"))

    def for_level(self, level):
        """Those that cover the level and those that state none."""
        return self.filter(Q(level_from=None) | Q(level_from__lte=level, level_to__gte=level))

    def skill_ids(self):
        """The keys of all their skills, as a query."""
        links = self.model.skills.through.objects.filter(resource__in=self.order_by())
        return links.values("skill")

    def decidable_by(self, user):
        """Suggestions from the units in which the user approves resources."""
        units = Unit.objects.where(user, Permission.APPROVE_RESOURCES)
        return self.waiting().filter(unit__in=units)

    def visible_to(self, user):
        """Approved resources for everybody or for a unit the user belongs to; own suggestions;
        what the user may decide on or look after; and whatever the user's own log, or an
        assignment offered to them, refers to.
        """
        from .assignments import AssignedPerson
        from .log import LogEntry

        seen = (
            Q(approved_at__isnull=False, unit=None)
            | Q(suggested_by=user)
            | Q(unit__in=Unit.objects.where(user, Permission.APPROVE_RESOURCES))
            | Q(pk__in=LogEntry.objects.own(user).values("resource"))
            | Q(pk__in=AssignedPerson.objects.own(user).values("assignment__resource"))
        )
        if user.current_post is not None:
            seen |= Q(
                approved_at__isnull=False,
                unit__path__in=user.current_post.unit.paths_from_root(),
            )
        return self.filter(seen)


class Resource(models.Model):
    """One row is something to learn from: offered, suggested, declined or retired.

    `unit` is for whom: everybody in it and below, or, without one, everybody everywhere. While a
    suggestion waits it is the unit it came from. Rows are retired, never deleted, so that old
    log entries keep what they refer to. `skill_names` repeats the names of the skills for the
    search, and is kept by `learning.services.resources`.
    """

    class Format(models.TextChoices):
        COURSE = "course", "Course"
        ARTICLE = "article", "Article"
        VIDEO = "video", "Video"
        PODCAST = "podcast", "Podcast"
        BOOK = "book", "Book"
        EVENT = "event", "Event"

    class Cost(models.TextChoices):
        FREE = "free", "Free"
        PAID = "paid", "Costs money"

    skills = models.ManyToManyField(Skill, blank=True, related_name="resources")
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="resources"
    )
    suggested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="suggested_resources",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=200)
    provider = models.CharField(max_length=200, blank=True)
    url = models.CharField(
        "link", max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    description = models.TextField(blank=True, max_length=2000)
    format = models.CharField(max_length=10, choices=Format)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)
    cost = models.CharField(max_length=4, choices=Cost, blank=True)  # empty: not known
    level_from = models.PositiveSmallIntegerField(null=True, blank=True)
    level_to = models.PositiveSmallIntegerField(null=True, blank=True)
    skill_names = models.TextField(blank=True, editable=False)
    decline_reason = models.CharField(max_length=500, blank=True)
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["suggested_by", "form_key"], name="resource_once_per_form"
            ),
            models.UniqueConstraint(
                fields=["url"],
                condition=Q(approved_at__isnull=False, retired_at=None, unit=None) & ~Q(url=""),
                name="resource_link_once_for_everybody",
            ),
            models.UniqueConstraint(
                fields=["url", "unit"],
                condition=Q(approved_at__isnull=False, retired_at=None, unit__isnull=False)
                & ~Q(url=""),
                name="resource_link_once_in_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(declined_at=None),
                name="resource_approved_or_declined",
            ),
            models.CheckConstraint(
                condition=Q(level_from=None, level_to=None)
                | Q(
                    level_from__isnull=False,
                    level_to__isnull=False,
                    level_from__gte=1,
                    level_to__lte=8,
                    level_to__gte=F("level_from"),
                ),
                name="resource_levels_ascend_from_1_to_8",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes=None)
                | Q(duration_minutes__gte=1, duration_minutes__lte=MOST_MINUTES),
                name="resource_takes_1_to_6000_minutes",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("learning:resource", args=[self.pk])

    @property
    def is_offered(self):
        return self.approved_at is not None and self.retired_at is None

    @property
    def is_waiting(self):
        return self.approved_at is None and self.declined_at is None


class ResourceOutcome(models.Model):
    """One row is what is known of how one resource worked: counts of people, never shown raw.

    `followers` logged it. Of them, `measured` rated one of its skills both before and after and
    `improved` gave a higher level after; these two stand still until enough further people are
    measured, so that nobody's rating shows in a difference. `learning.outcomes` keeps the rows.
    """

    resource = models.OneToOneField(Resource, on_delete=models.CASCADE, related_name="outcome")
    followers = models.PositiveIntegerField()
    measured = models.PositiveIntegerField(default=0)
    improved = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()
    measured_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(improved__lte=F("measured")), name="outcome_improved_among_measured"
            )
        ]

    def __str__(self):
        return f"{self.resource}: {self.followers}"
