"""Adding a checked file to a person's log."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from learning.log_import import read_log_file
from learning.models import LogEntry, LogImport
from learning.skills import skills_by_name
from learning.table_files import SourceFile


def check_file(source, *, by):
    """The `LogFile` of what somebody wants to import, checked against today's skills."""
    return read_log_file(source, today=timezone.localdate(), skills=skills_by_name(by))


def checked_again(waiting):
    """The `LogFile` of a file that waits to be confirmed: skills may have changed since."""
    source = SourceFile(waiting.name, waiting.text.encode())
    return check_file(source, by=waiting.person)


def split_known(entries, *, person):
    """Two lists: entries that are new to the person's log, and those it has already. One query."""
    known = set(
        LogEntry.objects.own(person).values_list("done_on", "title", "duration_minutes", "time")
    )
    new = [entry for entry in entries if entry.facts not in known]
    return new, [entry for entry in entries if entry.facts in known]


def keep_for_confirming(source, *, by):
    """The row that holds a file without mistakes until its owner confirms it."""
    return LogImport.objects.create(
        person=by, name=source.name[:200], text=source.content.decode("utf-8-sig")
    )


@transaction.atomic
def confirm_import(*, waiting, by):
    """How many entries were added: all that are new, or none. Confirming again adds nothing.

    Raises ValidationError when the file is no longer right, because a skill it names is gone.
    """
    waiting = (
        LogImport.objects.select_for_update().select_related(None).get(pk=waiting.pk, person=by)
    )
    if waiting.confirmed_at is not None:
        return 0
    read = checked_again(waiting)
    if read.errors:
        raise ValidationError("The file is no longer right: choose it again to see what changed.")
    new, _ = split_known(read.entries, person=by)
    made = LogEntry.objects.bulk_create(
        (
            LogEntry(
                person=by,
                title=entry.title,
                done_on=entry.done_on,
                duration_minutes=entry.duration_minutes,
                time=entry.time,
                kind=entry.kind,
                link=entry.link,
                reflection=entry.reflection,
                form_key=uuid.uuid5(waiting.key, str(entry.line)),
            )
            for entry in new
        ),
        batch_size=500,
    )
    through = LogEntry.skills.through
    through.objects.bulk_create(
        (
            through(logentry_id=row.pk, skill_id=pk)
            for row, entry in zip(made, new, strict=True)
            for pk in entry.skill_ids
        ),
        batch_size=1000,
    )
    waiting.text = ""
    waiting.confirmed_at = timezone.now()
    waiting.save(update_fields=["text", "confirmed_at"])
    return len(made)


def discard_import(*, waiting, by):
    """Forget the file; repeating it changes nothing."""
    LogImport.objects.filter(pk=waiting.pk, person=by).delete()
