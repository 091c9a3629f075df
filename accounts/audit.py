"""Writing the audit log and proving that nobody changed it.

An entry is written in the transaction of what it tells of: both happen, or neither. Entries
come one after the other, so from the first one to the end of its transaction all others wait:
write entries last, and in short transactions.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from structlog.contextvars import get_contextvars

from accounts.models import AuditEntry, AuditHead

ROWS_AT_A_TIME = 2000


def note(action, *, by, about=None, thing=""):
    """Write one entry; `by` is None for the portal itself, `about` the person whose data it is.

    `thing` is the kind and key of a row, such as "self-assessment 12": never words of a person.
    """
    _append(action, by, [about.pk if about is not None else None], thing)


def note_all(action, *, by, people, thing=""):
    """Write an entry for each of the people's keys, with four queries however many they are."""
    _append(action, by, sorted(set(people)), thing)


def note_reading(action, *, by, people, thing=""):
    """Note that somebody read what is about these people (keys), once an hour; themselves apart.

    One query where everything is noted already. Two requests at one moment may both be noted.
    """
    others = set(people) - {by.pk}
    if not others:
        return
    noted = _noted_this_hour(action, by, thing).filter(subject__in=others)
    others -= set(noted.order_by().values_list("subject", flat=True))
    if others:
        note_all(action, by=by, people=others, thing=thing)


def note_once_an_hour(action, *, by, about=None, thing=""):
    """As `note`, unless the same is noted in this hour already."""
    if not _noted_this_hour(action, by, thing).filter(subject=about).exists():
        note(action, by=by, about=about, thing=thing)


def _noted_this_hour(action, by, thing):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return AuditEntry.objects.filter(actor=by, noted_at__gte=hour, action=action.key, thing=thing)


@transaction.atomic
def _append(action, by, people, thing):
    if not people:
        return
    request_id = get_contextvars().get("request_id", "")
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=AuditHead.ONLY)
    now = timezone.now()  # read behind the lock, so that instants follow each other too
    entries = []
    for person in people:
        entry = AuditEntry(
            number=head.count + 1,
            actor=by,
            subject_id=person,
            action=action.key,
            thing=thing,
            request_id=request_id,
            noted_at=now,
        )
        head.hash = entry.hash = entry.hash_after(head.hash)
        head.count = entry.number
        entries.append(entry)
    AuditEntry.objects.bulk_create(entries, batch_size=ROWS_AT_A_TIME)
    head.save(update_fields=["count", "hash"])


# --- Proof -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verified:
    """What reading the whole log found; `problems` are sentences, in the order of the log."""

    count: int
    hash: str
    problems: list


def verify(*, expected=None):
    """Read the log from its first entry to its last and say where it is not as it was written.

    `expected` is the (number, hash) of an entry that was noted elsewhere before: who can rewrite
    the whole database could write another log that follows from itself. Memory is bounded.
    """
    head = AuditHead.objects.filter(pk=AuditHead.ONLY).first() or AuditHead()
    problems, number, previous = [], 0, ""
    marks = dict([expected] if expected else [])
    if head.count:
        marks.setdefault(head.count, head.hash)
    entries = AuditEntry.objects.order_by("number").iterator(chunk_size=ROWS_AT_A_TIME)
    for entry in entries:
        if entry.number != number + 1:
            problems.append(_missing(number + 1, entry.number - 1))
        elif entry.hash != entry.hash_after(previous):
            problems.append(
                f"Entry {entry.number} is not as it was written, or the one before it is not."
            )
        if marks.get(entry.number, entry.hash) != entry.hash:
            problems.append(f"Entry {entry.number} is another one than was noted elsewhere.")
        number, previous = entry.number, entry.hash
    end = max([head.count, *marks])
    if number < end:
        problems.append(_missing(number + 1, end))
    # Read again: entries may have been added since.
    newest = AuditHead.objects.filter(pk=AuditHead.ONLY).values_list("count", flat=True).first()
    if number > (newest or 0):
        problems.append(f"There are entries after the log’s noted end, {newest or 0}.")
    return Verified(number, previous, problems)


def _missing(first, last):
    return (
        f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."
    )
