"""Line managers' answers to submitted self-assessments, and what people share with them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Cover, Post

from .self_assessment import Rating, SelfAssessment


class SharingQuerySet(models.QuerySet):
    def current(self):
        return self.filter(withdrawn_at=None)

    def visible_to(self, user):
        """The user's own, and those by which somebody shows them something now."""
        return self.filter(self_assessment__in=SelfAssessment.objects.visible_to(user)).filter(
            Q(self_assessment__person=user) | Q(shared_with=user)
        )


class Sharing(models.Model):
    """One row says that a person shows a line manager what they submitted before, for a period.

    It shows nothing to somebody who is not, or no longer, the person's line manager.
    """

    self_assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="sharings"
    )
    shared_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    shared_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = SharingQuerySet.as_manager()

    class Meta:
        ordering = ["shared_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["self_assessment", "shared_with"],
                condition=Q(withdrawn_at=None),
                name="sharing_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("shared_at")),
                name="sharing_withdrawn_after_it_began",
            ),
        ]

    def __str__(self):
        return f"{self.self_assessment} with {self.shared_with}"


class ReviewQuerySet(models.QuerySet):
    def drafts(self):
        return self.filter(finished_at=None)

    def finished(self):
        return self.exclude(finished_at=None)

    def visible_to(self, user):
        """Finished reviews of every self-assessment the user may see; and the drafts they write.

        A draft is written by the line manager of now and by whoever covers for them. The person
        it is about does not see it before it is finished.
        """
        of_the_line_manager_now = Exists(
            Post.objects.current().filter(
                person=OuterRef("self_assessment__person"), line_manager=OuterRef("line_manager")
            )
        )
        covered = Cover.objects.in_force().filter(cover=user).values("manager")
        writes = (
            (Q(line_manager=user) | Q(line_manager__in=covered))
            & ~Q(self_assessment__person=user)
            & of_the_line_manager_now
        )
        return self.filter(self_assessment__in=SelfAssessment.objects.visible_to(user)).filter(
            Q(finished_at__isnull=False) | writes
        )


class Review(models.Model):
    """One row is one line manager's answers to one submitted self-assessment: a draft, then fixed.

    It never changes the self-assessment. `line_manager` is the person's line manager, in whose
    place somebody may answer who covers for them; each answer says who gave it. After a review
    is finished another one may follow, for the ratings that are still open.
    """

    self_assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="reviews"
    )
    line_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-finished_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["self_assessment", "line_manager"],
                condition=Q(finished_at=None),
                name="review_one_draft_each",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, finished_by=None)
                | Q(finished_at__isnull=False, finished_by__isnull=False),
                name="review_finished_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.self_assessment}, reviewed for {self.line_manager}"

    def get_absolute_url(self):
        return reverse("assessments:review_answers", args=[self.self_assessment_id])


class ReviewAnswerQuerySet(models.QuerySet):
    def fixed(self):
        return self.exclude(fixed_at=None)

    def in_force(self):
        """The newest finished answer to each rating that is itself in force."""
        return self.fixed().filter(superseded_at=None, rating__superseded_at=None)

    def levels_as_at(self, instant):
        """Answers with a level in force just before `instant`, the level as `confirmed`.

        One a person and skill at most: that of the rating in force. Where the line manager
        asked for evidence, or agreed that a skill is not applicable, there is no level.
        """
        return (
            self.filter(
                Q(superseded_at=None) | Q(superseded_at__gte=instant),
                Q(rating__superseded_at=None) | Q(rating__superseded_at__gte=instant),
                fixed_at__lt=instant,
                rating__rated_at__lt=instant,
            )
            .exclude(kind=ReviewAnswer.Kind.EVIDENCE)
            .annotate(confirmed=Coalesce("level", "rating__level"))
            .exclude(confirmed=None)
        )

    def visible_to(self, user):
        return self.filter(review__in=Review.objects.visible_to(user))


class ReviewAnswer(models.Model):
    """One row is what a line manager answers to one rating: agree, another level, or evidence.

    In a draft it may be incomplete, and `version` goes up with each save, so that a second tab
    cannot overwrite the first unseen. It is fixed when its review is finished, and is never
    changed or deleted after that: a later answer to the same rating closes it, and so does, by
    its own end, the rating it is about.
    """

    class Kind(models.TextChoices):
        AGREE = "agree", "Agree"
        OTHER_LEVEL = "level", "Another level"
        EVIDENCE = "evidence", "Ask for evidence"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="answers")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="review_answers")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(auto_now=True)
    fixed_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["review", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "rating"], name="review_answer_once"),
            models.UniqueConstraint(
                fields=["rating"],
                condition=Q(fixed_at__isnull=False, superseded_at=None),
                name="review_answer_one_in_force_per_rating",
            ),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__lte=8, kind="level"),
                name="review_answer_level_up_to_8_with_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(fixed_at=None)
                | Q(kind__in=["agree", "evidence"], level=None)
                | (Q(kind="level", level__isnull=False) & ~Q(reason="")),
                name="review_answer_complete_when_fixed",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None)
                | Q(fixed_at__isnull=False, superseded_at__gte=F("fixed_at")),
                name="review_answer_superseded_after_it_was_fixed",
            ),
        ]

    def __str__(self):
        return f"{self.rating}: {self.get_kind_display()}"

    def get_absolute_url(self):
        return reverse("assessments:review_answer", args=[self.pk])

    @property
    def confirmed_level(self):
        """The level the line manager sees; None where they asked for evidence or none applies."""
        if self.kind == self.Kind.OTHER_LEVEL:
            return self.level
        return self.rating.level if self.kind == self.Kind.AGREE else None

    @property
    def is_superseded(self):
        return self.superseded_at is not None or self.rating.superseded_at is not None


class ReviewReplyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(answer__in=ReviewAnswer.objects.visible_to(user))


class ReviewReply(models.Model):
    """One row is a remark below a line manager's answer, by the person or the line manager.

    `form_key` comes with each rendered form, so that a form sent twice makes one remark.
    """

    answer = models.ForeignKey(ReviewAnswer, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewReplyQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        verbose_name_plural = "review replies"
        constraints = [
            models.UniqueConstraint(
                fields=["author", "form_key"], name="review_reply_once_per_form"
            )
        ]

    def __str__(self):
        return self.text[:50]


class NudgeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(Q(sent_by=user) | Q(person=user))


class Nudge(models.Model):
    """One row says that a line manager asked somebody, on a day, to submit what is missing."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="nudges"
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = NudgeQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self):
        return f"{self.person} by {self.sent_by}"
