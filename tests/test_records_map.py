"""Every model and field of the portal and of allauth is in the map of records about people."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from accounts.models import User
from skills_portal.records_map import ABOUT_PEOPLE, NOT_ABOUT_PEOPLE

MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def unmapped(models, about, other):
    """Labels of models, and fields of those about people, that the map says nothing of."""
    missing = [label for label in models if (label in about) + (label in other) != 1]
    for label in about.keys() & models.keys():
        told = set(about[label].left_out)
        for part in about[label].parts:
            told |= {lookup.split("__")[0] for lookup in (part.path, *part.fields)}
        fields = {field.name for field in models[label]._meta.concrete_fields} - {"number"}
        missing += [f"{label}.{name}" for name in fields - told]
    return missing


def test_every_model_and_field_is_in_the_map():
    assert unmapped(MODELS, ABOUT_PEOPLE, NOT_ABOUT_PEOPLE) == []
    assert (ABOUT_PEOPLE.keys() | NOT_ABOUT_PEOPLE.keys()) - MODELS.keys() == set()


def test_the_map_is_missed_where_it_says_nothing():
    about = {label: one for label, one in ABOUT_PEOPLE.items() if label != "accounts.Post"}
    assert unmapped(MODELS, about, NOT_ABOUT_PEOPLE) == ["accounts.Post"]
    rating = ABOUT_PEOPLE["assessments.Rating"]
    part = rating.parts[0]
    fields = tuple(name for name in part.fields if name != "evidence")
    short = type(rating)((type(part)(part.title, part.path, fields),), rating.left_out)
    missing = unmapped(MODELS, ABOUT_PEOPLE | {"assessments.Rating": short}, NOT_ABOUT_PEOPLE)
    assert missing == ["assessments.Rating.evidence"]


def test_nothing_is_both_given_and_left_out():
    for label, records in ABOUT_PEOPLE.items():
        given = {name for part in records.parts for name in part.fields if "__" not in name}
        assert (label, given & records.left_out.keys()) == (label, set())
        assert (label, set(records.left_out) - field_names(label)) == (label, set())


def field_names(label):
    return {field.name for field in MODELS[label]._meta.concrete_fields}


@pytest.mark.parametrize("label", sorted(MODELS))
def test_every_way_from_a_row_to_a_person_is_a_part_or_a_fact_of_one(label):
    ways = {
        field.name
        for field in MODELS[label]._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User
    }
    if label in NOT_ABOUT_PEOPLE:
        assert ways == set()
        return
    parts = ABOUT_PEOPLE[label].parts
    assert ways <= {part.path for part in parts}


def test_every_path_and_field_can_be_asked_for(db):
    for label, records in ABOUT_PEOPLE.items():
        for part in records.parts:
            list(MODELS[label]._base_manager.filter(**{part.path: 0}).values(*part.fields))
