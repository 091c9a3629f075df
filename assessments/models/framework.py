"""Frameworks, their dated releases, and the skills and roles that releases describe.

Two kinds of row. *Identities* (`Skill`, `Role`, `RoleLevel`) belong to a framework and last:
ratings point at them, so that last year's answer is about the same skill. *Versions*
(`SkillVersion`, `RoleVersion`, `RoleLevelVersion` with their texts) belong to one release and
never change once it is published.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Grade


class Framework(models.Model):
    """One row is a named scheme of skills with its own scale of levels."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    attribution = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("assessments:framework", args=[self.slug])


class ScaleLevel(models.Model):
    """One row is one level of a framework's scale, 1 the lowest. Level 0 is "not yet"."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="scale")
    value = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["framework", "value"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "value"], name="scale_level_value_once"),
            models.CheckConstraint(
                condition=Q(value__gte=1, value__lte=8), name="scale_level_is_1_to_8"
            ),
        ]

    def __str__(self):
        return self.name


class ReleaseQuerySet(models.QuerySet):
    def published(self):
        return self.exclude(published_at=None)

    def drafts(self):
        return self.filter(published_at=None)

    def current(self):
        return self.filter(published_at__isnull=False, superseded_at=None)

    def as_at(self, instant):
        """The releases in force at `instant`: one a framework at most."""
        return self.filter(
            Q(superseded_at=None) | Q(superseded_at__gt=instant), published_at__lte=instant
        )


class Release(models.Model):
    """One row is one dated publication of a framework: draft, published, then superseded.

    `attribution` goes with the release's texts; the framework shows that of the one in force.
    `source` says what was read: the names of the files, or that the portal ships it.
    """

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="releases")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    label = models.CharField(max_length=60)
    source = models.CharField(max_length=300, blank=True)
    attribution = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["framework", "-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["framework"],
                condition=Q(published_at__isnull=False, superseded_at=None),
                name="release_one_current_per_framework",
            ),
            models.UniqueConstraint(
                fields=["framework"],
                condition=Q(published_at=None),
                name="release_one_draft_per_framework",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gte=F("published_at")),
                name="release_superseded_after_publication",
            ),
        ]

    def __str__(self):
        return f"{self.framework}, {self.label}"

    def get_absolute_url(self):
        return reverse("assessments:release", args=[self.framework.slug, self.pk])

    @property
    def is_draft(self):
        return self.published_at is None

    @property
    def is_current(self):
        return self.published_at is not None and self.superseded_at is None

    def counts(self):
        """How much the release holds, by kind, in the order to show it."""
        levels = self.role_level_versions
        return {
            "role_families": self.role_families.count(),
            "roles": self.role_versions.count(),
            "role_levels": levels.count(),
            "role_levels_without_targets": levels.exclude(
                role_level__in=self.requirements.values("role_level")
            ).count(),
            "skill_areas": self.areas.count(),
            "skills": self.skill_versions.count(),
            "requirements": self.requirements.count(),
        }


class ReleaseNote(models.Model):
    """One row is something the import mended or passed over, for whoever publishes the release."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="notes")
    file = models.CharField(max_length=200, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    column = models.CharField(max_length=100, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["release", "pk"]

    def __str__(self):
        return self.text


class ReleaseChange(models.Model):
    """One row is one way in which a release differs from the one before."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        CHANGED = "changed", "Changed"
        RETIRED = "retired", "Retired"

    class Subject(models.TextChoices):
        SKILL = "skill", "Skill"
        ROLE = "role", "Role"
        ROLE_LEVEL = "role_level", "Role level"
        REQUIREMENT = "requirement", "Required level"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=12, choices=Subject)
    name = models.CharField(max_length=400)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["release", "subject", "kind", "name"]

    def __str__(self):
        return f"{self.get_subject_display()} {self.kind}: {self.name}"


class Skill(models.Model):
    """One row is a skill that lasts across releases; what it is called stands in its versions."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="skills")
    slug = models.SlugField(max_length=100)

    class Meta:
        ordering = ["framework", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "slug"], name="skill_slug_once")
        ]

    def __str__(self):
        return self.slug


class SkillArea(models.Model):
    """One row is a group of skills, as a release arranges them for people."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="areas")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["release", "position"]
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="skill_area_name_once")
        ]

    def __str__(self):
        return self.name


class SkillVersion(models.Model):
    """One row is what a release says of one skill."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="skill_versions")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="versions")
    area = models.ForeignKey(SkillArea, on_delete=models.CASCADE, related_name="skill_versions")
    name = models.CharField(max_length=150)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["release", "area__position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["release", "skill"], name="skill_version_once"),
            models.UniqueConstraint(fields=["release", "name"], name="skill_version_name_once"),
        ]

    def __str__(self):
        return self.name


class SkillLevel(models.Model):
    """One row is a level that a release defines for a skill; an undefined level has no row."""

    skill_version = models.ForeignKey(SkillVersion, on_delete=models.CASCADE, related_name="levels")
    value = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["skill_version", "value"]
        constraints = [
            models.UniqueConstraint(fields=["skill_version", "value"], name="skill_level_once"),
            models.CheckConstraint(
                condition=Q(value__gte=1, value__lte=8), name="skill_level_is_1_to_8"
            ),
        ]

    def __str__(self):
        return f"{self.skill_version}, level {self.value}"


class Statement(models.Model):
    """One row is one "You can ..." line of a level, without those two words."""

    skill_level = models.ForeignKey(SkillLevel, on_delete=models.CASCADE, related_name="statements")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["skill_level", "position"]
        constraints = [
            models.UniqueConstraint(fields=["skill_level", "position"], name="statement_once")
        ]

    def __str__(self):
        return self.text


class RoleFamily(models.Model):
    """One row is a group of roles, as a release arranges them."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="role_families")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["release", "position"]
        verbose_name_plural = "role families"
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="role_family_name_once")
        ]

    def __str__(self):
        return self.name


class Role(models.Model):
    """One row is a role that lasts across releases. Never an access right."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="roles")
    slug = models.SlugField(max_length=100)

    class Meta:
        ordering = ["framework", "slug"]
        constraints = [models.UniqueConstraint(fields=["framework", "slug"], name="role_slug_once")]

    def __str__(self):
        return self.slug


class RoleVersion(models.Model):
    """One row is what a release says of one role."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="role_versions")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="versions")
    family = models.ForeignKey(RoleFamily, on_delete=models.CASCADE, related_name="role_versions")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["release", "family__position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["release", "role"], name="role_version_once"),
            models.UniqueConstraint(fields=["release", "name"], name="role_version_name_once"),
        ]

    def __str__(self):
        return self.name


class RoleLevel(models.Model):
    """One row is a step of a role that lasts across releases: what people are measured against."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="levels")
    slug = models.SlugField(max_length=100)

    class Meta:
        ordering = ["role", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["role", "slug"], name="role_level_slug_once")
        ]

    def __str__(self):
        return self.slug


class RoleLevelVersion(models.Model):
    """One row is what a release says of one role level.

    `seniority` orders the levels of a role, 1 the most junior. `unlevelled_skills` are skills
    the role lists without saying how much of each (the framework's Senior Civil Service roles):
    they are shown, never counted as a gap.
    """

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="role_level_versions"
    )
    role_level = models.ForeignKey(RoleLevel, on_delete=models.PROTECT, related_name="versions")
    role_version = models.ForeignKey(RoleVersion, on_delete=models.CASCADE, related_name="levels")
    unlevelled_skills = models.ManyToManyField(Skill, blank=True, related_name="+")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    seniority = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["role_version", "seniority"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "role_level"], name="role_level_version_once"
            )
        ]

    def __str__(self):
        return self.name


class GradeRoleLevel(models.Model):
    """One row says that everybody at a grade is measured against a role level.

    This is how *Digital essentials* reaches everyone without a row for each person.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="grade_role_levels")
    role_level = models.ForeignKey(RoleLevel, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=4, choices=Grade)

    class Meta:
        ordering = ["release", "grade"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "role_level", "grade"], name="grade_role_level_once"
            )
        ]

    def __str__(self):
        return f"{self.grade}: {self.role_level}"


class Requirement(models.Model):
    """One row is the target level of one skill for one role level, in one release."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="requirements")
    role_level = models.ForeignKey(RoleLevel, on_delete=models.PROTECT, related_name="requirements")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="requirements")
    target = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["release", "role_level", "skill"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "role_level", "skill"], name="requirement_once"
            ),
            models.CheckConstraint(
                condition=Q(target__gte=1, target__lte=8), name="requirement_target_is_1_to_8"
            ),
        ]

    def __str__(self):
        return f"{self.role_level}: {self.skill} at {self.target}"
