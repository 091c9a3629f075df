"""Everything the portal holds about one person, for that person (UK GDPR, article 15)."""

import json

from django.apps import apps
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit
from accounts.audit_actions import Action, in_words, register
from skills_portal.records_map import ABOUT_PEOPLE

DATA_EXPORTED = register(Action("data-exported", "downloaded a copy of all data"))


def export_of(person):
    """What there is about the person: {"made_at", "records"}, records as (title, rows).

    Rows are dicts of ready texts, numbers and None by field. One query for each part of
    `records_map`, however much there is; memory is that of one person's records.
    """
    found = []
    for label, records in ABOUT_PEOPLE.items():
        model = apps.get_model(label)
        for part in records.parts:
            rows = model._base_manager.filter(**{part.path: person.pk}).order_by("pk")
            rows = [
                {_key(lookup): _value(model, lookup, row[lookup]) for lookup in part.fields}
                for row in rows.values(*part.fields)
            ]
            found.append({"title": part.title, "model": label, "rows": rows})
    return {"made_at": timezone.now().isoformat(timespec="seconds"), "records": found}


def _key(lookup):
    """Such as "line manager" of line_manager__full_name, "post unit" of post__unit__name."""
    first, *rest = lookup.split("__")
    return " ".join([first, *rest[:-1]] if rest else [first]).replace("_", " ")


def _value(model, lookup, value):
    if lookup == "action":
        return in_words(value)
    if "__" not in lookup:
        choices = dict(model._meta.get_field(lookup).flatchoices)
        value = choices.get(value, value)
    if value is None or isinstance(value, bool | int | float | dict | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@transaction.atomic
def export_to(person, kind, *, by):
    """The content of the person's copy, "json" or "html"; noted in the audit log."""
    export = export_of(person)
    audit.note(DATA_EXPORTED, by=by, about=person)
    if kind == "json":
        return json.dumps(export, ensure_ascii=False, indent=1)
    return render_to_string("your_data_file.html", {"person": person} | export)
