"""Forms about whole branches of the organisation tree."""

from django import forms

from accounts.forms import UnitField
from accounts.models import Unit
from accounts.permissions import Permission
from govuk.forms import GovukForm


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
