"""The log as Experience API (xAPI 1.0.3) statements, for a learning platform to take in.

Source: the xAPI specification, https://github.com/adlnet/xAPI-Spec, and the verbs and activity
types of ADL's vocabulary, https://registry.tincanapi.com/.
"""

import datetime
import json
import uuid

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from learning.models import LogEntry

_ADL = "http://adlnet.gov/expapi"
LANGUAGE = "en-GB"
VERBS = {
    LogEntry.Kind.COURSE: "completed",
    LogEntry.Kind.EVENT: "attended",
    LogEntry.Kind.HACKATHON: "attended",
}
ACTIVITY_TYPES = {
    LogEntry.Kind.COURSE: "course",
    LogEntry.Kind.READING: "media",
    LogEntry.Kind.VIDEO: "media",
    LogEntry.Kind.PODCAST: "media",
    LogEntry.Kind.EVENT: "meeting",
    LogEntry.Kind.HACKATHON: "meeting",
}
# The log knows the day; a statement needs an instant.
NOON = datetime.time(12)


def xapi_bytes(record):
    """A JSON array of statements, oldest first, as an endpoint's POST takes them."""
    statements = [statement(entry, record.person) for entry in record.entries]
    return json.dumps(statements, ensure_ascii=False).encode()


def statement(entry, person):
    """One entry's statement. The same entry has the same id until it is changed."""
    own_address = f"{settings.SITE_URL}{entry.get_absolute_url()}"
    verb = VERBS.get(entry.kind, "experienced")
    definition = {"name": {LANGUAGE: entry.title}}
    if entry.kind in ACTIVITY_TYPES:
        definition["type"] = f"{_ADL}/activities/{ACTIVITY_TYPES[entry.kind]}"
    result = {"completion": True, "duration": iso_duration(entry.duration_minutes)}
    if entry.reflection:
        result["response"] = entry.reflection
    context = {
        "platform": settings.SERVICE_NAME,
        "language": LANGUAGE,
        "extensions": {
            f"{settings.SITE_URL}/xapi/time": entry.time,
            f"{settings.SITE_URL}/xapi/kind": entry.kind or "not given",
        },
    }
    if entry.named_skills:
        context["contextActivities"] = {
            "other": [_skill_activity(skill, name) for skill, name in entry.named_skills]
        }
    done_at = timezone.make_aware(datetime.datetime.combine(entry.done_on, NOON))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{own_address}#{entry.version}")),
        "version": "1.0.3",
        "actor": {
            "objectType": "Agent",
            "name": person.full_name,
            "account": {"homePage": settings.SITE_URL, "name": str(person.public_id)},
        },
        "verb": {"id": f"{_ADL}/verbs/{verb}", "display": {LANGUAGE: verb}},
        "object": {
            "objectType": "Activity",
            "id": (entry.resource and entry.resource.url) or entry.link or own_address,
            "definition": definition,
        },
        "result": result,
        "context": context,
        "timestamp": done_at.isoformat(),
    }


def _skill_activity(skill, name):
    path = reverse("assessments:framework_skill", args=[skill.framework.slug, skill.slug])
    return {
        "objectType": "Activity",
        "id": f"{settings.SITE_URL}{path}",
        "definition": {"name": {LANGUAGE: name}, "type": f"{_ADL}/activities/objective"},
    }


def iso_duration(minutes):
    """ "PT1H30M" for 90."""
    hours, rest = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
