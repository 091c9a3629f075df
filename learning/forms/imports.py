"""A file of log entries."""

from django import forms

from govuk.forms import FileInput, GovukForm


class LogFileForm(GovukForm):
    file = forms.FileField(
        label="Your file",
        help_text="A CSV file made from the template, up to 5 MB",
        allow_empty_file=True,  # named among the problems of its content
        widget=FileInput(attrs={"accept": ".csv"}),
        error_messages={"required": "Select your file"},
    )
