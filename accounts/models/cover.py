"""Who stands in for a line manager who is away."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .organisation import Post
from .user import User


class CoverQuerySet(models.QuerySet):
    def in_force(self, day=None):
        """Cover that holds on `day` (today, when left out) by people who hold a post."""
        day = day or timezone.localdate()
        return self.filter(
            withdrawn_at=None,
            starts_on__lte=day,
            ends_on__gt=day,
            cover__in=Post.objects.current().values("person"),
        )

    def now_or_later(self):
        return self.filter(withdrawn_at=None, ends_on__gt=timezone.localdate())

    def visible_to(self, user):
        """Cover that the user gives, takes on, looks after as administrator, or works under."""
        from accounts.permissions import Permission

        own_manager = Post.objects.current().filter(person=user, line_manager__isnull=False)
        return self.filter(
            Q(manager=user)
            | Q(cover=user)
            | Q(manager__in=own_manager.values("line_manager"))
            | Q(manager__in=User.objects.where(user, Permission.MANAGE_ORGANISATION).values("pk"))
        )


class Cover(models.Model):
    """One row says who does a line manager's part for the people they manage, for some days.

    Days as in `Post`: from `starts_on`, until the day before `ends_on`. Whoever covers sees what
    the line manager sees and answers in their place, on those days only. A row is withdrawn and
    never deleted: it says who could read whose answers, and when.
    """

    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="covered_by"
    )
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="covers_for"
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CoverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name_plural = "cover"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="cover_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(manager=F("cover")), name="cover_is_by_somebody_else"
            ),
            models.UniqueConstraint(
                fields=["manager", "cover", "starts_on", "ends_on"],
                condition=Q(withdrawn_at=None),
                name="cover_once_for_the_same_days",
            ),
        ]

    def __str__(self):
        return f"{self.cover} for {self.manager} from {self.starts_on}"

    @property
    def last_day(self):
        return self.ends_on - datetime.timedelta(days=1)
