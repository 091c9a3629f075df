"""Writes to frameworks: a draft from files, its publication, its end.

A published release never changes. Whoever calls has checked `Permission.EDIT_FRAMEWORKS`.
"""

import datetime
import logging
from dataclasses import dataclass
from enum import Enum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.framework_import import gdd_facts, portal_toml
from assessments.framework_import.check import check
from assessments.framework_import.difference import difference
from assessments.framework_import.problems import Reading
from assessments.framework_import.store import read_release, write_draft, write_framework
from assessments.models import Framework, Release, Role, RoleLevel, Skill
from govuk.files.tables import SourceFile

logger = logging.getLogger(__name__)

SHIPPED_SOURCE = "Shipped with the portal"
DIGITAL_ESSENTIALS = gdd_facts.FOLDER.parent / "digital_essentials.toml"


class Outcome(Enum):
    DRAFTED = "drafted"
    SAME_AS_CURRENT = "same as the release in force"
    SAME_AS_DRAFT = "same as the draft"


@dataclass(frozen=True)
class Import:
    """What came of an import that met no error, and the release that now says what was read."""

    outcome: Outcome
    release: Release


class DraftExists(Exception):
    """There is another draft of the framework: publish or discard it first."""

    def __init__(self, release):
        super().__init__(
            f"There is already a draft of {release.framework}, “{release.label}”. "
            "Publish or discard it before you import another."
        )
        self.release = release


def checked(reading):
    """The reading with what `check` finds wrong with the framework as a whole."""
    if reading.framework is None:
        return reading
    problems = check(reading.framework)
    if not problems.errors:
        return reading
    return Reading(
        framework=None,
        source=reading.source,
        errors=tuple(problems.errors),
        errors_left_out=problems.errors_left_out,
        notes=reading.notes,
    )


@transaction.atomic
def draft_release(reading, *, by, label="", source=None):
    """Make a draft of what was read, or return the release that already says the same.

    Takes a `checked` reading without errors. Importing the same again changes nothing, whether
    it has been published or not. Raises DraftExists when there is another draft, and
    ValidationError when the framework has another scale.
    """
    parsed = reading.framework
    framework = write_framework(parsed)
    # Whoever imports, publishes or discards at the same time waits here.
    framework = Framework.objects.select_for_update().get(pk=framework.pk)
    if [(level.value, level.name) for level in framework.scale.all()] != [
        (level.value, level.name) for level in parsed.scale
    ]:
        raise ValidationError(
            f"The file has other levels than {framework} has in the portal. The scale of a "
            "framework cannot change, because ratings are made on it. Import it as a new "
            "framework, with another slug."
        )
    current = framework.releases.current().first()
    before = read_release(current) if current else None
    draft = framework.releases.drafts().first()
    if before == parsed:
        return Import(Outcome.SAME_AS_CURRENT, current)
    if draft is not None:
        if read_release(draft) == parsed:
            return Import(Outcome.SAME_AS_DRAFT, draft)
        raise DraftExists(draft)
    release = write_draft(
        framework,
        parsed,
        label=_free_label(framework, label or parsed.label or _label_of_today()),
        source=(reading.source if source is None else source)[:300],
        changes=difference(before, parsed),
        notes=reading.notes,
        by=by,
    )
    return Import(Outcome.DRAFTED, release)


def _label_of_today():
    return f"Imported {date_format(timezone.localdate(), 'j F Y')}"


def _free_label(framework, wanted):
    """The label, numbered when another release of the framework has it."""
    taken = set(framework.releases.values_list("label", flat=True))
    label, number = wanted, 1
    while label in taken:
        number += 1
        label = f"{wanted[:50]} ({number})"
    return label


@transaction.atomic
def publish_release(release, *, by, at=None):
    """Put a draft in force from `at` (now) on, in place of the release before.

    Raises ValidationError when it is published already, or `at` lies in the future or not
    after the day the release before was published.
    """
    # Whoever imports, publishes or discards at the same time waits here.
    Framework.objects.select_for_update().filter(pk=release.framework_id).first()
    draft = Release.objects.select_related("framework").filter(pk=release.pk).first()
    if draft is None:
        raise ValidationError("This draft has been discarded. Nothing was published.")
    if not draft.is_draft:
        raise ValidationError("This release has been published already.")
    now = timezone.now()
    at = at or now
    if at > now:
        raise ValidationError("A release cannot be published in the future.")
    before = draft.framework.releases.current().first()
    if before is not None:
        if at <= before.published_at:
            raise ValidationError(
                "A release must be published after the one it takes the place of, which was "
                f"published on {date_format(timezone.localtime(before.published_at), 'j F Y')}."
            )
        before.superseded_at = at
        before.save(update_fields=["superseded_at"])
    draft.published_at = at
    draft.save(update_fields=["published_at"])
    framework = draft.framework
    framework.attribution = draft.attribution
    framework.save(update_fields=["attribution"])
    logger.info("release %s published by user %s", draft.pk, by.pk if by else "(command)")
    return draft


@transaction.atomic
def discard_draft(release, *, by):
    """Delete a draft and what only it brought in; a framework without releases goes with it.

    Returns whether there was a draft to discard. Raises ValidationError when it is published.
    """
    framework = Framework.objects.select_for_update().filter(pk=release.framework_id).first()
    draft = Release.objects.filter(pk=release.pk).first()
    if draft is None:
        return False
    if not draft.is_draft:
        raise ValidationError("This release has been published and cannot be discarded.")
    draft.delete()
    RoleLevel.objects.filter(role__framework=framework, versions=None).delete()
    Role.objects.filter(framework=framework, versions=None).delete()
    Skill.objects.filter(framework=framework, versions=None).delete()
    if not framework.releases.exists():
        framework.delete()
    logger.info("release %s discarded by user %s", release.pk, by.pk if by else "(command)")
    return True


@transaction.atomic
def load_shipped_frameworks(*, published_at=None):
    """Publish the frameworks that the portal ships, where that is for the portal to do.

    Safe to repeat. A framework of which an editor has published a release, or begun a draft, is
    left as it is. The first release of each is in force from `published_at`, or else from the
    day its file gives; a later one from now on. Returns the releases in force.
    """
    readings = [portal_toml.read(SourceFile.from_path(DIGITAL_ESSENTIALS)), gdd_facts.read()]
    loaded = [_load_shipped(checked(reading), published_at) for reading in readings]
    return [release for release in loaded if release is not None]


def _load_shipped(reading, published_at):
    if reading.errors:
        raise ValidationError([str(error) for error in reading.errors])
    existing = Framework.objects.filter(slug=reading.framework.slug).first()
    current = existing and existing.releases.current().first()
    if current is not None and current.source != SHIPPED_SOURCE:
        return current
    try:
        made = draft_release(reading, by=None, source=SHIPPED_SOURCE)
    except DraftExists:
        return current
    if made.outcome is Outcome.SAME_AS_CURRENT or made.release.source != SHIPPED_SOURCE:
        return current
    at = None
    if current is None:
        at = published_at or timezone.make_aware(
            datetime.datetime.combine(reading.framework.published_on, datetime.time())
        )
    return publish_release(made.release, by=None, at=at)
