"""What people answer: role levels they are measured against, drafts and fixed ratings."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from accounts.models import Post

from .framework import Release, RoleLevel, Skill, Statement


class PostRoleLevelQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_on=None)

    def as_at(self, day):
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day)

    def visible_to(self, user):
        return self.filter(post__in=Post.objects.visible_to(user))


class PostRoleLevel(models.Model):
    """One row says that in a post somebody is measured against a role level, for a period.

    Days as in `Post`: from `started_on`, until the day before `ended_on`. Role levels that
    everybody at a grade has (`GradeRoleLevel`) have no row here.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="role_levels")
    role_level = models.ForeignKey(RoleLevel, on_delete=models.PROTECT, related_name="post_links")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects = PostRoleLevelQuerySet.as_manager()

    class Meta:
        ordering = ["post", "started_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "role_level"],
                condition=Q(ended_on=None),
                name="post_role_level_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gt=F("started_on")),
                name="post_role_level_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.post}: {self.role_level}"


class SelfAssessmentQuerySet(models.QuerySet):
    def drafts(self):
        return self.filter(submitted_at=None)

    def submitted(self):
        return self.exclude(submitted_at=None)

    def visible_to(self, user):
        """The user's own; and what was shown to the line manager whom the user is, or covers for.

        A draft belongs to its author alone. A submitted self-assessment is shown to the line
        manager it was submitted to and to those it was shared with again, but only while they
        are named in the person's current post: after a move the old manager sees nothing, and
        the new one what is submitted, or shared again, from then on. Whoever covers for a line
        manager sees what that manager sees, within the days of the cover.
        """
        from .review import Sharing

        current = Post.objects.current().filter(person=OuterRef("person"))
        shared_again = Sharing.objects.current().filter(
            self_assessment=OuterRef("pk"),
            shared_with__in=Post.objects.current()
            .filter(person=OuterRef("self_assessment__person"))
            .values("line_manager"),
        )
        return self.filter(
            Q(person=user)
            | Q(
                Exists(current.filter(line_manager=OuterRef("submitted_to")))
                | Exists(shared_again),
                submitted_at__isnull=False,
                person__in=Post.objects.current()
                .managed_by(user, with_cover=True)
                .values("person"),
            )
        )

    def reviewable_by(self, user):
        """Submitted self-assessments that the user may answer: what they see of other people."""
        return self.visible_to(user).submitted().exclude(person=user)


class SelfAssessment(models.Model):
    """One row is one person's set of answers for one role level: a draft, then fixed.

    `submitted_to` is the line manager whom the person was told about before submitting.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="self_assessments"
    )
    role_level = models.ForeignKey(
        RoleLevel, on_delete=models.PROTECT, related_name="self_assessments"
    )
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="self_assessments")
    submitted_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = SelfAssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "submitted_at"], name="self_assessment_by_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role_level"],
                condition=Q(submitted_at=None),
                name="self_assessment_one_draft_each",
            ),
        ]

    def __str__(self):
        return f"{self.person}, {self.role_level}"

    def get_absolute_url(self):
        name = "assessments:task_list" if self.is_draft else "assessments:result"
        return reverse(name, args=[self.pk])

    @property
    def is_draft(self):
        return self.submitted_at is None


class Answer(models.Model):
    """The fields of one answer about one skill, drafted or fixed.

    `level` 0 is "not yet"; no level and `not_applicable` is the third answer, with its reason.
    `override_reason` says why somebody who ticked statements chose another level than these
    suggest.
    """

    class Confidence(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    # No index of its own: skills are never deleted, and reports read whole people.
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    not_applicable = models.BooleanField(default=False)
    not_applicable_reason = models.CharField(max_length=500, blank=True)
    no_opportunity = models.BooleanField(default=False)
    confidence = models.CharField(max_length=6, choices=Confidence, blank=True)
    evidence = models.TextField(blank=True)
    override_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        abstract = True

    @property
    def is_given(self):
        """Whether a level, "not yet" or "not applicable" has been chosen."""
        return self.level is not None or self.not_applicable


class DraftAnswerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The user's own: nobody else ever sees a draft."""
        return self.filter(self_assessment__person=user)

    def given(self):
        """Answers that count when the draft is submitted."""
        return self.filter(Q(level__isnull=False) | Q(not_applicable=True), ask_again="")


class DraftAnswer(Answer):
    """One row is what somebody has answered so far about one skill of a draft.

    It may still lack a level (evidence typed first). `version` goes up with each save, so that
    a second tab cannot overwrite the first unseen. `carried_rated_at` is when an answer taken
    over from an earlier self-assessment was rated, `given_on` the release on whose words an
    answer was given, where that is another than the draft's, and `ask_again` why it does not
    count until its author has looked at it. Saving the answer clears all three. Deleted at
    submission, when ratings replace it.
    """

    class AskAgain(models.TextChoices):
        CHANGED = "changed", "Changed in the framework"
        STALE = "stale", "Rated long ago"
        CHOSEN = "chosen", "You asked for it"

    self_assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.CASCADE, related_name="draft_answers", db_index=False
    )
    given_on = models.ForeignKey(
        Release,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    version = models.PositiveIntegerField(default=1)
    ask_again = models.CharField(
        max_length=7, choices=AskAgain, blank=True, default="", db_default=""
    )
    carried_rated_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    objects = DraftAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["self_assessment", "skill"], name="draft_answer_once_per_skill"
            ),
            models.CheckConstraint(
                condition=Q(level=None) | Q(not_applicable=False),
                name="draft_answer_level_or_not_applicable",
            ),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__lte=8), name="draft_answer_level_up_to_8"
            ),
        ]

    def __str__(self):
        return f"{self.skill}: {self.level}"

    @property
    def is_given(self):
        return super().is_given and not self.ask_again


class RatingQuerySet(models.QuerySet):
    def current(self):
        return self.filter(superseded_at=None)

    def as_at(self, instant):
        """The ratings in force just before `instant`: one a person and skill at most."""
        return self.filter(
            Q(superseded_at=None) | Q(superseded_at__gte=instant), rated_at__lt=instant
        )

    def visible_to(self, user):
        return self.filter(self_assessment__in=SelfAssessment.objects.visible_to(user))


class Rating(Answer):
    """One row is one submitted answer, in force from `rated_at` until `superseded_at`.

    Rows are added and closed, never edited. `person` repeats the self-assessment's, so that
    reports read ratings without a join.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ratings",
        db_index=False,
    )
    self_assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="ratings", db_index=False
    )
    rated_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["person", "rated_at"], name="rating_person_rated_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "skill"],
                condition=Q(superseded_at=None),
                name="rating_one_current_per_skill",
            ),
            models.UniqueConstraint(
                fields=["self_assessment", "skill"], name="rating_once_per_self_assessment"
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=False, not_applicable=False)
                | Q(level=None, not_applicable=True),
                name="rating_level_or_not_applicable",
            ),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__lte=8), name="rating_level_up_to_8"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gte=F("rated_at")),
                name="rating_superseded_after_it_was_given",
            ),
        ]

    def __str__(self):
        return f"{self.skill}: {self.level}"


class TickedStatementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the user's own drafts, and those of ratings that the user may see."""
        return self.filter(
            Q(draft_answer__self_assessment__person=user)
            | Q(rating__in=Rating.objects.visible_to(user))
        )


class TickedStatement(models.Model):
    """One row is a statement that somebody ticked as true of them.

    It belongs to a draft's answer and, once that is submitted, to the rating, for good.
    """

    draft_answer = models.ForeignKey(
        DraftAnswer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="ticks",
        db_index=False,
    )
    rating = models.ForeignKey(
        Rating,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="ticks",
        db_index=False,
    )
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = TickedStatementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft_answer", "statement"], name="ticked_once_in_a_draft_answer"
            ),
            models.UniqueConstraint(fields=["rating", "statement"], name="ticked_once_in_a_rating"),
            models.CheckConstraint(
                condition=Q(draft_answer__isnull=False, rating=None)
                | Q(draft_answer=None, rating__isnull=False),
                name="ticked_in_a_draft_answer_or_a_rating",
            ),
        ]

    def __str__(self):
        return f"{self.statement}"
