"""What the demo's ambassador has asked people to learn, and what they answered."""

import datetime
import uuid

from django.db.models import F
from django.utils import timezone

from accounts.insert_select import insert_select
from accounts.models import Unit, User
from assessments.models import Skill
from learning.audience import posts_to_offer
from learning.models import AssignedPerson, Assignment, LogEntry, Resource
from learning.progress import count_progress
from skills_portal.demo.organisation import DEMO_PEOPLE

# Shares of people by what they answered; the rest has not answered yet.
DONE, ACCEPTED, DECLINED = 0.3, 0.25, 0.1
REASONS_TO_DECLINE = (
    "I did something much like it last year.",
    "No time before the timetable changes.",
    "I am leaving this team next month.",
)


def add_assignments(rng, until):
    """Two open assignments as they would stand on the day `until`, with answers to them.

    One is for everyone in Services, and waits for the civil servant's answer; the other is for
    people below target in one skill, in the whole department.
    """
    by_kind = {person.kind: person.email for person in DEMO_PEOPLE}
    ambassador = User.objects.get(email=by_kind["Ambassador"])
    civil_servant = User.objects.get(email=by_kind["Civil servant"])
    everyone = _assignment(
        ambassador,
        until,
        days_ago=50,
        unit=Unit.objects.get(name="Services"),
        audience=Assignment.Audience.EVERYONE,
        resource=Resource.objects.get(title="Agile delivery"),
        reason="All three service teams start to plan in two-week cycles this winter.",
    )
    by_gap = _assignment(
        ambassador,
        until,
        days_ago=45,
        unit=Unit.objects.get(parent=None),
        audience=Assignment.Audience.BELOW_TARGET,
        skill=Skill.objects.get(
            versions__name="Understanding what people need",
            framework__slug="digital-essentials",
        ),
        resource=Resource.objects.get(title="Learning about users and their needs"),
        reason="Every paper to the board now says which users it is for.",
    )
    for assignment in (everyone, by_gap):
        insert_select(
            AssignedPerson,
            posts_to_offer(assignment),
            {
                "assignment": assignment.pk,
                "person": F("person"),
                "offered_at": assignment.expanded_at,
            },
        )
        _answer(assignment, rng, but=civil_servant)
    count_progress(now=_instant(until))


def _instant(day, minute=0):
    noon = datetime.datetime.combine(day, datetime.time(12))
    return timezone.make_aware(noon) + datetime.timedelta(minutes=minute)


def _assignment(by, until, *, days_ago, **values):
    day = until - datetime.timedelta(days=days_ago)
    made = Assignment.objects.create(
        set_by=by,
        due_on=until + datetime.timedelta(days=60),
        offered_also_later=True,
        status=Assignment.Status.EXPANDED,
        progress_percent=100,
        expanded_at=_instant(day, minute=1),
        **values,
    )
    Assignment.objects.filter(pk=made.pk).update(created_at=_instant(day))
    return made


def _answer(assignment, rng, *, but):
    """Answers within four weeks, a log entry for each that is done."""
    rows = list(assignment.people.exclude(person=but).order_by("person"))
    entries = []
    for row, share in zip(rows, rng.random(len(rows)), strict=True):
        days, minute = int(rng.integers(1, 28)), int(rng.integers(300))
        day = timezone.localdate(row.offered_at) + datetime.timedelta(days=days)
        if share < DONE:
            row.log_entry = _log_entry(assignment, row, day, rng)
            row.done_on, row.done_at = day, _instant(day, minute)
            entries.append(row.log_entry)
        elif share < DONE + ACCEPTED:
            row.accepted_at = _instant(day, minute)
        elif share < DONE + ACCEPTED + DECLINED:
            row.declined_at = _instant(day, minute)
            row.decline_reason = str(rng.choice(REASONS_TO_DECLINE))
        if rng.random() < 0.1:
            row.agreed_to_be_named_at = _instant(day, minute)
    LogEntry.objects.bulk_create(entries)
    skills = list(assignment.resource.skills.all())
    links = LogEntry.skills.through
    links.objects.bulk_create(
        links(logentry=entry, skill=skill) for entry in entries for skill in skills
    )
    facts = ("log_entry", "done_on", "done_at", "accepted_at", "declined_at", "decline_reason")
    AssignedPerson.objects.bulk_update(rows, [*facts, "agreed_to_be_named_at"], batch_size=500)


def _log_entry(assignment, row, day, rng):
    return LogEntry(
        person_id=row.person_id,
        resource=assignment.resource,
        title=assignment.resource.title,
        link=assignment.resource.url,
        done_on=day,
        duration_minutes=int(rng.integers(3, 13)) * 10,
        time=LogEntry.Time.OWN if rng.random() < 0.3 else LogEntry.Time.WORK,
        kind=LogEntry.Kind.READING,
        form_key=uuid.UUID(bytes=rng.bytes(16)),
    )
