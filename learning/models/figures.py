"""What is counted of assignments, and what of it may be shown."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models import Rating, RoleLevel, Skill

from .assignments import Assignment


class CountedAnswerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The user's own: nobody else learns whose answers are counted where."""
        return self.filter(person=user)


class CountedAnswer(models.Model):
    """One row is one person's answer in a skill, counted in the figures of one assignment.

    The answer is a rating, or that there is none yet. It was in force when the assignment was set,
    and is counted in no other assignment's figures, ever: what two figures have in common could be
    worked out by subtraction. `role_level` is the one that asks most of the person in the skill.
    """

    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="counted_answers", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counted_answers"
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", db_index=False)
    role_level = models.ForeignKey(
        RoleLevel, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rating = models.ForeignKey(
        Rating, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = CountedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["assignment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "person"], name="counted_answer_once_per_assignment"
            ),
            models.UniqueConstraint(
                fields=["rating"],
                condition=Q(rating__isnull=False),
                name="counted_answer_once_per_rating",
            ),
            models.UniqueConstraint(
                fields=["skill", "person"],
                condition=Q(rating=None),
                name="counted_answer_once_without_rating",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.assignment}"


class AssignmentFigures(models.Model):
    """One row is what may be shown of one assignment: counts of people and means, never raw.

    `counted` is how many people's answers are counted, 0 where the assignment is for no skill. By
    gap, `offered_least` is the lower end of the band of those of them who were offered it, NULL
    where it is withheld; otherwise it has none, because how many were asked is no secret.

    Of those who finished and rated themselves anew (`finished`), `matched` had somebody to be
    compared with, and `compared` are these. The means are of the change in level, in tenths, and
    NULL where they are withheld.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="figures")
    counted = models.PositiveIntegerField(default=0)
    offered_least = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField()
    finished = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    finished_tenths = models.SmallIntegerField(null=True)
    compared_tenths = models.SmallIntegerField(null=True)
    is_clear = models.BooleanField(default=False)
    measured_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "assignment figures"
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_tenths=None, compared_tenths=None)
                | Q(
                    finished_tenths__isnull=False,
                    compared_tenths__isnull=False,
                    measured_at__isnull=False,
                ),
                name="assignment_figures_have_both_means_or_none",
            )
        ]

    def __str__(self):
        return f"{self.assignment}: {self.counted}"


class AnswerCount(models.Model):
    """One row says how many people had answered an assignment in which way, at one time.

    Lower ends of bands; NULL is withheld. The rows are published as they are and never change.
    """

    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="answer_counts", db_index=False
    )
    unanswered = models.PositiveIntegerField(null=True)
    accepted = models.PositiveIntegerField(null=True)
    declined = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["assignment", "counted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "counted_at"], name="answer_count_once_at_a_time"
            )
        ]

    def __str__(self):
        return f"{self.assignment}, {self.counted_at}"
