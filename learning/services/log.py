"""Writes to a person's log."""

import json
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Post
from assessments.services.self_assessments import LineManagerChanged
from learning.models import LogEntry
from learning.services.asked import mark_done

# What an entry says, apart from whose it is and who sees it.
ENTRY_FIELDS = (
    "title",
    "done_on",
    "duration_minutes",
    "time",
    "kind",
    "link",
    "reflection",
    "resource",
)


class StaleEntry(Exception):
    """The entry was changed elsewhere since the form was shown; `saved` is what it is now."""

    def __init__(self, saved):
        super().__init__("The entry was changed elsewhere.")
        self.saved = saved


def entry_key(form_key, values, skill_ids):
    """One key for one form sent with one content.

    The same form sent twice makes one entry; a form changed after going back makes another.
    """
    resource = values["resource"]
    content = {name: str(values[name]) for name in ENTRY_FIELDS if name != "resource"}
    content |= {"resource": resource and resource.pk, "skills": sorted(skill_ids)}
    return uuid.uuid5(form_key, json.dumps(content, sort_keys=True))


@transaction.atomic
def log_learning(*, by, form_key, skills=(), assigned=None, **values):
    """The person's new entry with these ENTRY_FIELDS; the same form again gives the same entry.

    With `assigned`, that assignment of theirs is done with it.
    """
    values = {"kind": "", "link": "", "reflection": "", "resource": None} | values
    skill_ids = [skill.pk for skill in skills]
    entry, created = LogEntry.objects.get_or_create(
        person=by, form_key=entry_key(form_key, values, skill_ids), defaults=values
    )
    if created:
        entry.skills.set(skill_ids)
    if assigned is not None:
        mark_done(assigned=assigned, entry=entry, by=by)
    return entry


@transaction.atomic
def change_entry(*, entry, by, version, skills, assigned=None, **values):
    """The entry with these values; saving the same again changes nothing.

    With `assigned`, that assignment of theirs is done with it. `version` is the one the form was
    shown with. Raises StaleEntry when another tab or device has saved something different since.
    """
    saved = LogEntry.objects.select_for_update().get(pk=entry.pk, person=by, deleted_at=None)
    wanted = {skill.pk for skill in skills}
    if assigned is not None:
        mark_done(assigned=assigned, entry=saved, by=by)
    if {skill.pk for skill in saved.skills.all()} == wanted and all(
        getattr(saved, name) == values[name] for name in ENTRY_FIELDS
    ):
        return saved
    if saved.version != version:
        raise StaleEntry(saved)
    for name in ENTRY_FIELDS:
        setattr(saved, name, values[name])
    saved.version += 1
    saved.save(update_fields=[*ENTRY_FIELDS, "version", "saved_at"])
    saved.skills.set(wanted)
    return saved


def delete_entry(*, entry, by):
    """Hide the entry from everybody; repeating it changes nothing. It can be brought back."""
    LogEntry.objects.filter(pk=entry.pk, person=by, deleted_at=None).update(
        deleted_at=timezone.now()
    )


def restore_entry(*, entry, by):
    """Bring a deleted entry back as it was; repeating it changes nothing."""
    LogEntry.objects.deleted().filter(pk=entry.pk, person=by).update(deleted_at=None)


@transaction.atomic
def share_entry(*, entry, by, shown_manager):
    """Share the entry with the person's line manager; again with the same one changes nothing.

    `shown_manager` is the one named to the author. Raises LineManagerChanged when that is no
    longer so, and ValidationError when the author has no line manager.
    """
    post = (
        Post.objects.select_for_update(of=("self",))
        .select_related("line_manager")
        .filter(person=by, ended_on=None)
        .first()
    )
    line_manager = post.line_manager if post is not None else None
    if line_manager is None:
        raise ValidationError("You have no line manager in the portal to share this with.")
    if line_manager != shown_manager:
        raise LineManagerChanged(line_manager)
    LogEntry.objects.filter(pk=entry.pk, person=by, deleted_at=None).exclude(
        shared_with=line_manager
    ).update(shared_with=line_manager, shared_at=timezone.now())


def stop_sharing(*, entry, by):
    """Make the entry private again; repeating it changes nothing."""
    LogEntry.objects.filter(pk=entry.pk, person=by).update(shared_with=None, shared_at=None)
