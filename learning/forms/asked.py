"""Answers to an assignment."""

from django import forms

from govuk.forms import GovukForm, Textarea

from .fields import BROKEN


class DeclineForm(GovukForm):
    reason = forms.CharField(
        label="Why not?",
        help_text="For example, you have no time for it before the due date, or your job no "
        "longer needs it.",
        max_length=500,
        widget=Textarea(rows=3),
        error_messages={
            "required": "Enter why you decline it",
            "max_length": "The reason must be 500 characters or fewer",
        },
    )


class NamedForm(GovukForm):
    """Whether the person's name may be shown."""

    is_agreed = forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.HiddenInput(),
        error_messages=dict.fromkeys(("required", "invalid_choice"), BROKEN),
    )
