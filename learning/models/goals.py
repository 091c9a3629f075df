"""What people aim at."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models import Skill

from .resources import MOST_MINUTES


class GoalQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_at=None)

    def visible_to(self, user):
        """The user's own: goals are nobody else's."""
        return self.filter(person=user)


class MinutesGoal(models.Model):
    """One row is how many minutes a month somebody wants to learn, until they change it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="minutes_goals"
    )
    minutes_a_month = models.PositiveIntegerField()
    set_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_at=None),
                name="minutes_goal_one_current_per_person",
            ),
            models.CheckConstraint(
                condition=Q(minutes_a_month__gte=1, minutes_a_month__lte=MOST_MINUTES),
                name="minutes_goal_is_1_to_6000",
            ),
        ]

    def __str__(self):
        return f"{self.minutes_a_month} minutes a month"


class LevelGoal(models.Model):
    """One row is a level of a skill that somebody wants to reach by a day.

    It is also how a person says that they wish to learn a skill. Reached or not is derived from
    ratings; `ended_at` is when the person took the goal away.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="level_goals"
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    reach_by = models.DateField()
    set_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["reach_by", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "skill"],
                condition=Q(ended_at=None),
                name="level_goal_one_current_per_skill",
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=8), name="level_goal_is_1_to_8"
            ),
        ]

    def __str__(self):
        return f"{self.skill} at {self.level} by {self.reach_by}"
