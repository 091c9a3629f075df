"""Which part of the log to take away, and as what."""

from django import forms

from govuk.forms import DateField, GovukForm, RadioSelect

FORMATS = {
    "csv": ("CSV", "For a spreadsheet, and to import again"),
    "ods": ("ODS spreadsheet", "Entries and totals on separate sheets"),
    "pdf": ("PDF", "To print or to send to a professional body"),
    "json": ("xAPI statements (JSON)", "For a learning platform"),
}


class ExportForm(GovukForm):
    first = DateField(label="From", error_messages={"required": "Enter the first date"})
    last = DateField(label="To", error_messages={"required": "Enter the last date"})
    format = forms.ChoiceField(
        label="Format",
        choices=[(value, label) for value, (label, _) in FORMATS.items()],
        widget=RadioSelect(hints={value: hint for value, (_, hint) in FORMATS.items()}),
        error_messages={
            "required": "Select a format",
            "invalid_choice": "Select a format from the list",
        },
    )

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last date must be the same as or after the first")
        return cleaned
