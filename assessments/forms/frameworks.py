"""Files of frameworks to import."""

from django import forms

from assessments.framework_import import gdd, portal_toml
from govuk.files.tables import SourceFile
from govuk.forms import FileInput, GovukForm, TextInput


def file_field(label, help_text, *, accept, required=True):
    """A file; an empty one is named among the problems of its content."""
    return forms.FileField(
        label=label,
        help_text=help_text,
        required=required,
        allow_empty_file=True,
        widget=FileInput(attrs={"accept": accept}),
        error_messages={"required": f"Select {label[0].lower()}{label[1:]}"},
    )


class GddFilesForm(GovukForm):
    """The official files of the Government Digital and Data framework."""

    skills = file_field(
        "The skills file", "The download called “Skill description”, a CSV file", accept=".csv"
    )
    roles = file_field(
        "The roles file", "The download called “Role content”, a CSV file", accept=".csv"
    )
    order = file_field(
        "The order of role levels (optional)",
        "A CSV file with the columns Role Family, Role, Role Level and Level Order. "
        "Without it the portal uses the order it knows.",
        accept=".csv",
        required=False,
    )
    label = forms.CharField(
        label="What to call this release (optional)",
        help_text="For example, September 2026. Without it, today’s date is used.",
        max_length=50,
        required=False,
        widget=TextInput(width=20),
        error_messages={"max_length": "The release’s name must be 50 characters or fewer"},
    )

    def read(self):
        files = {
            name: SourceFile.from_file(self.cleaned_data[name], self.cleaned_data[name].name)
            for name in ("skills", "roles", "order")
            if self.cleaned_data[name]
        }
        return gdd.read(**files)


class PortalFileForm(GovukForm):
    """A framework in the portal's own format."""

    file = file_field(
        "The framework’s file", "A TOML file in the portal’s own format", accept=".toml"
    )

    def read(self):
        file = self.cleaned_data["file"]
        return portal_toml.read(SourceFile.from_file(file, file.name))


IMPORT_FORMS = {"gdd": GddFilesForm, "portal": PortalFileForm}
