"""Asking for a gap report, and choosing what to look at in one."""

import datetime

from django import forms
from django.db.models import Q
from django.utils.formats import date_format

from govuk.forms import GovukForm, NumberInput, Select, TextInput
from reports.models import LEAST_SMALLEST_COUNT, MOST_SMALLEST_COUNT

UNITS_LISTED = 50


class UnitField(forms.ModelChoiceField):
    """A unit by its slug, with the unit above it in its name."""

    def label_from_instance(self, unit):
        return f"{unit.name}, {unit.parent.name}" if unit.parent else unit.name


class GapReportForm(GovukForm):
    """`units` are those the person may ask for; only some are listed, any is accepted."""

    unit = UnitField(
        queryset=None,
        to_field_name="slug",
        label="Unit",
        help_text="The report counts this unit and everything below it.",
        empty_label="Choose a unit",
        error_messages={
            "required": "Choose a unit",
            "invalid_choice": "Choose a unit from the list",
        },
    )
    as_at = forms.TypedChoiceField(
        label="Report date",
        coerce=datetime.date.fromisoformat,
        help_text="Posts, ratings and frameworks are taken as they were at the end of this day.",
        widget=Select,
        error_messages={
            "required": "Choose a report date",
            "invalid_choice": "Choose a report date from the list",
        },
    )

    def __init__(self, *args, units, listed, days, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        field.queryset = units.select_related("parent")
        chosen = self.data.get("unit") if self.is_bound else None
        options = list(listed)
        if chosen and chosen not in {unit.slug for unit in options}:
            options += units.filter(slug=chosen).select_related("parent")
        field.widget.choices = [
            ("", field.empty_label),
            *((unit.slug, field.label_from_instance(unit)) for unit in options),
        ]
        self.fields["as_at"].choices = [
            (day.isoformat(), date_format(day, "j F Y")) for day in days
        ]
        self.fields["as_at"].initial = days[0].isoformat()


class UnitSearchForm(GovukForm):
    q = forms.CharField(
        label="Find a unit by name", required=False, max_length=100, widget=TextInput(width=20)
    )


def listed_units(units, search):
    """Units for the list: those whose name has the words searched for, else the topmost."""
    ordered = units.select_related("parent").order_by("path")
    if search:
        return ordered.filter(name__icontains=search)[:UNITS_LISTED]
    tops = units.exclude(parent__in=units)
    return ordered.filter(Q(pk__in=tops) | Q(parent__in=tops))[:UNITS_LISTED]


class EarlierReportForm(GovukForm):
    """`days` are those of the reports there are to compare with, the latest first."""

    day = forms.TypedChoiceField(
        label="Compare with", required=False, coerce=datetime.date.fromisoformat, widget=Select
    )

    def __init__(self, *args, days, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [(day.isoformat(), date_format(day, "j F Y")) for day in days]

    @property
    def chosen(self):
        """The day asked for; else the latest."""
        asked_for = self.cleaned_data.get("day") if self.is_valid() else None
        return asked_for or datetime.date.fromisoformat(self.fields["day"].choices[0][0])


class AreaForm(GovukForm):
    area = forms.ChoiceField(label="Skill area", required=False)

    def __init__(self, *args, areas, first, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", first), *areas]

    @property
    def chosen(self):
        """The area's key, or "" when none, or none of these, was asked for."""
        return self.cleaned_data["area"] if self.is_valid() else ""


class SmallestCountForm(GovukForm):
    minimum_count = forms.IntegerField(
        label="Smallest published count",
        help_text=f"From {LEAST_SMALLEST_COUNT} to {MOST_SMALLEST_COUNT} people.",
        min_value=LEAST_SMALLEST_COUNT,
        max_value=MOST_SMALLEST_COUNT,
        widget=NumberInput(width=3),
        error_messages={"required": "Enter the smallest published count"},
    )
