"""Which two days somebody wants to compare."""

from govuk.forms import DateField, GovukForm


class CompareForm(GovukForm):
    earlier = DateField(
        label="First date",
        help_text="For example, 31 3 2026",
        past_only=True,
        error_messages={"required": "Enter the first date"},
    )
    later = DateField(
        label="Second date",
        past_only=True,
        error_messages={"required": "Enter the second date"},
    )

    def clean(self):
        cleaned = super().clean()
        if not self.errors and cleaned["earlier"] >= cleaned["later"]:
            self.add_error("later", "The second date must be after the first date")
        return cleaned
