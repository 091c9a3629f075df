"""Forms about whole branches of the organisation tree."""

from django import forms

from accounts.forms import UnitField
from accounts.models import Unit
from accounts.permissions import Permission
from govuk.forms import CheckboxInput, FileInput, GovukForm


class MoveUnitForm(GovukForm):
    """Where a unit goes; `was_below` tells whether it is still where the page showed it."""

    parent = UnitField(
        label="Move it directly below",
        help_text="Everything below it comes along. People keep their posts and line managers.",
        empty_label="Select a unit",
        error_messages={"required": "Select the unit it will be directly below"},
    )
    was_below = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, by, unit):
        super().__init__(data, initial={"was_below": unit.parent.slug if unit.parent else ""})
        manageable = Unit.objects.where(by, Permission.MANAGE_ORGANISATION)
        self.fields["parent"].queryset = manageable.exclude(path__startswith=unit.path)

    def clean_was_below(self):
        slug = self.cleaned_data["was_below"]
        # One that is gone or made up is no unit's parent, so the move is refused further on.
        return Unit.objects.filter(slug=slug).first() if slug else None


class OrganisationFilesForm(GovukForm):
    """Files with the units and the people of a part of the organisation: one of them, or both."""

    unit = UnitField(
        label="Which part of the organisation the files are about",
        help_text="This unit and all below it. Nothing outside it is changed.",
        empty_label="Select a unit",
        error_messages={"required": "Select the unit that the files are about"},
    )
    people = forms.FileField(
        label="File of people",
        help_text="A CSV file up to 5 MB. Leave it out if only units change.",
        required=False,
        allow_empty_file=True,  # named among the problems of its content
        widget=FileInput(attrs={"accept": ".csv"}),
    )
    units = forms.FileField(
        label="File of units",
        help_text="A CSV file up to 5 MB. Leave it out if units stay as they are.",
        required=False,
        allow_empty_file=True,
        widget=FileInput(attrs={"accept": ".csv"}),
    )
    closes_missing = forms.BooleanField(
        label="People who are not in the file of people have left",
        help_text="Their posts end today and their accounts are closed. "
        "Leave it unticked if the file has only some of the people.",
        required=False,
        widget=CheckboxInput(),
    )

    def __init__(self, data=None, files=None, *, by):
        super().__init__(data, files)
        self.fields["unit"].queryset = Unit.objects.where(by, Permission.MANAGE_ORGANISATION)

    def clean(self):
        cleaned = self.cleaned_data
        if not self.errors and not cleaned.get("people") and not cleaned.get("units"):
            self.add_error("people", "Select a file of people, a file of units or both")
        elif cleaned.get("closes_missing") and not cleaned.get("people"):
            self.add_error("people", "Select the file of people who have not left")
        return cleaned
