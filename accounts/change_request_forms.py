"""What is wrong with a post, and why it stays as it is."""

from django import forms

from accounts.models import Grade
from govuk.forms import EmailInput, GovukForm, Select, Textarea, TextInput


class AskForChangeForm(GovukForm):
    unit_name = forms.CharField(
        label="Which unit do you work in?",
        help_text="Leave empty what is right already.",
        max_length=200,
        required=False,
        widget=TextInput(width="two-thirds"),
        error_messages={"max_length": "The unit must be 200 characters or fewer"},
    )
    line_manager_email = forms.EmailField(
        label="What is your line manager’s email address?",
        max_length=254,
        required=False,
        widget=EmailInput(width="two-thirds"),
    )
    grade = forms.ChoiceField(
        label="What is your grade?",
        choices=[("", "As it is now"), *Grade.choices],
        required=False,
        widget=Select,
    )
    note = forms.CharField(
        label="Anything else your administrator should know (optional)",
        max_length=500,
        required=False,
        widget=Textarea(rows=3),
        error_messages={"max_length": "This must be 500 characters or fewer"},
    )

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not any(cleaned.values()):
            self.add_error("unit_name", "Enter at least one thing that is wrong")
        return cleaned


class RefuseForm(GovukForm):
    reason = forms.CharField(
        label="Why does the post stay as it is?",
        help_text="The person reads this.",
        max_length=500,
        widget=Textarea(rows=3),
        error_messages={
            "required": "Enter why the post stays as it is",
            "max_length": "The reason must be 500 characters or fewer",
        },
    )
