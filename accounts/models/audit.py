"""Who did what to whose data."""

import hashlib
import json

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.permissions import Permission, may

HASH_LENGTH = 64


class AuditEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What others did to the user's data; everything for whoever may read the log.

        That somebody was refused is between them and whoever reads the log.
        """
        if may(user, Permission.READ_AUDIT_LOG):
            return self
        return self.filter(subject=user).exclude(action="refused")


class AuditEntry(models.Model):
    """One row is one thing that one person did, to one other person's data where it was.

    Rows are only ever added: the database refuses everything else. People are there by number and
    nothing is in words, so that an entry need not change when somebody is erased. `hash` is the
    SHA-256 of the row and of the hash before it, so that changing one row breaks all that follow.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit_entries",
        db_index=False,
    )
    action = models.CharField(max_length=40)
    thing = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    noted_at = models.DateTimeField()
    hash = models.CharField(
        max_length=HASH_LENGTH, validators=[RegexValidator(rf"^[0-9a-f]{{{HASH_LENGTH}}}$")]
    )

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["actor", "noted_at"], name="audit_entry_by_actor"),
            models.Index(fields=["subject", "number"], name="audit_entry_by_subject"),
            models.Index(fields=["noted_at"], name="audit_entry_by_instant"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="audit_entry_counts_from_one")
        ]

    def __str__(self):
        return f"Audit entry {self.number}"

    def hash_after(self, previous):
        """The SHA-256, in hexadecimal, of this row's facts and the hash of the row before."""
        facts = [
            self.number,
            self.noted_at.isoformat(timespec="microseconds"),
            self.actor_id,
            self.action,
            self.subject_id,
            self.thing,
            self.request_id,
            previous,
        ]
        text = json.dumps(facts, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class AuditHead(models.Model):
    """The one row says where the audit log ends: how many entries it has, and the last hash.

    Whoever adds entries locks it first. Entries taken away at the end are missed by it.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    count = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=HASH_LENGTH, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="audit_head_is_one_row")]

    def __str__(self):
        return f"{self.count} audit entries"
