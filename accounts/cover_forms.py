"""The form with which cover is arranged."""

from django import forms

from accounts.cover import people_who_may_cover
from govuk.forms import DateField, EmailInput, GovukForm


class CoverForm(GovukForm):
    cover = forms.EmailField(
        label="Email address of the person who covers",
        help_text="Somebody in the same department. On the days below they can read and answer "
        "what was submitted to the line manager, with names.",
        max_length=254,
        error_messages={"required": "Enter the email address of the person who covers"},
        widget=EmailInput(width="two-thirds"),
    )
    first_day = DateField(label="First day", future_only=True)
    last_day = DateField(label="Last day", future_only=True)

    def __init__(self, *args, manager, **kwargs):
        super().__init__(*args, **kwargs)
        self.manager = manager

    def clean_cover(self):
        found = people_who_may_cover(self.manager).filter(email=self.cleaned_data["cover"].lower())
        person = found.first()
        if person is None:
            raise forms.ValidationError(
                "Enter the email address of somebody else with a post in the same department"
            )
        return person
