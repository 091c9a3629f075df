"""Forms that print themselves as GOV.UK components: see README.md for how to use them."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.functional import cached_property

from govuk.widgets import (
    MONTHS,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateInput,
    EmailInput,
    FileInput,
    NumberInput,
    PasswordInput,
    RadioSelect,
    Select,
    Textarea,
    TextInput,
)

__all__ = [
    "CheckboxInput",
    "CheckboxSelectMultiple",
    "DateField",
    "DateInput",
    "EmailInput",
    "FileInput",
    "GovukForm",
    "GovukModelForm",
    "GovukRenderer",
    "NumberInput",
    "PasswordInput",
    "RadioSelect",
    "Select",
    "TextInput",
    "Textarea",
]


# --- Error messages --------------------------------------------------------------------------

# Source: GOV.UK Design System, "Error message", and the error messages section of each component,
# https://design-system.service.gov.uk/components/error-message/
MESSAGES = {
    "max_length": "{Label} must be %(limit_value)s characters or fewer",
    "min_length": "{Label} must be %(limit_value)s characters or more",
    "max_value": "{Label} must be %(limit_value)s or less",
    "min_value": "{Label} must be %(limit_value)s or more",
    "invalid_choice": "Select an option from the list",
}
INVALID = (
    (forms.EmailField, "Enter an email address in the correct format, like name@example.com"),
    (forms.URLField, "Enter a link in the correct format, like https://www.example.com"),
    (forms.IntegerField, "{Label} must be a whole number"),
    (forms.FloatField, "{Label} must be a number"),
    (forms.DecimalField, "{Label} must be a number"),
)


def lower_first(label):
    """Return the label as it reads inside a sentence: abbreviations keep their capitals."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def required_message(field, label):
    if isinstance(field, forms.FileField):
        return f"Select {lower_first(label)}"
    if isinstance(field, forms.BooleanField):
        return f"Select “{label}” to continue"
    choosing = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
    if label.endswith("?"):
        return "Select an answer" if choosing else "Enter an answer"
    return f"{'Select' if choosing else 'Enter'} {lower_first(label)}"


def use_govuk_messages(field, label):
    """Replace Django's default messages of one field; messages somebody wrote are kept."""
    label = str(label)
    # A dict's later entries win, as a subclass's do over its base's.
    defaults = {}
    for cls in reversed(type(field).__mro__):
        defaults |= getattr(cls, "default_error_messages", {})
    wanted = {"required": required_message(field, label)}
    for key, message in MESSAGES.items():
        # These are interpolated by Django, so a percent sign in a label is doubled.
        wanted[key] = message.format(Label=label.replace("%", "%%"))
    for cls, message in INVALID:
        if isinstance(field, cls):
            wanted["invalid"] = message.format(Label=label)
            break
    for key, message in wanted.items():
        if field.error_messages.get(key) is defaults.get(key):
            field.error_messages[key] = message


# --- Fields as they are printed --------------------------------------------------------------


def component_class(widget):
    """Return the class GOV.UK Frontend gives the control this widget prints."""
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.CheckboxInput):
        return "govuk-checkboxes__input"
    if isinstance(widget, forms.RadioSelect):
        return "govuk-radios__input"
    if isinstance(widget, forms.Textarea):
        return "govuk-textarea"
    if isinstance(widget, forms.Select):
        return "govuk-select"
    if isinstance(widget, forms.FileInput):
        return "govuk-file-upload"
    if isinstance(widget, forms.widgets.Input):
        return "govuk-input"
    return ""


def prepare_widget(widget):
    """Take away what GOV.UK advises against: limits that cut what is typed, number spinners.

    Sources: https://design-system.service.gov.uk/components/character-count/ and
    https://design-system.service.gov.uk/components/text-input/ (numbers).
    """
    if isinstance(widget, forms.Textarea):
        widget.attrs.pop("cols", None)
        widget.attrs.setdefault("rows", 5)
    elif isinstance(widget, forms.NumberInput):
        whole = "step" not in widget.attrs
        widget.input_type = "text"
        widget.attrs.setdefault("inputmode", "numeric" if whole else "decimal")
        for name in ("min", "max", "step"):
            widget.attrs.pop(name, None)
    if isinstance(widget, forms.NumberInput | forms.EmailInput | forms.PasswordInput):
        widget.attrs.setdefault("spellcheck", "false")
    for name in ("maxlength", "minlength"):
        widget.attrs.pop(name, None)


class GovukBoundField(BoundField):
    """A form's field as the templates see it."""

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        use_govuk_messages(field, self.label)
        prepare_widget(field.widget)

    @property
    def component(self):
        """Which part of field.html prints this field."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        if isinstance(widget, forms.PasswordInput):
            return "password"
        return "fieldset" if self.use_fieldset else "control"

    @property
    def use_fieldset(self):
        widget = self.field.widget
        return widget.use_fieldset and not isinstance(widget, forms.FileInput)

    @cached_property
    def first_id(self):
        """The id that the error summary links to."""
        if self.error_parts:
            return f"{self.auto_id}-{self.error_parts[0]}"
        return self.field.widget.id_for_label(self.auto_id) or self.auto_id

    @cached_property
    def error_parts(self):
        """Which of a date's inputs the errors are about."""
        if not isinstance(self.field.widget, DateInput):
            return ()
        errors = self.errors.as_data()
        parts = [part for error in errors for part in (error.params or {}).get("parts", ())]
        return parts or (DateInput.parts if errors else ())

    @property
    def maximum_characters(self):
        """The most characters a counted text may have; nothing for other fields."""
        if isinstance(self.field.widget, forms.Textarea):
            return getattr(self.field, "max_length", None)
        return None

    @property
    def aria_describedby(self):
        if self.is_hidden:
            return ""
        ids = []
        if self.maximum_characters:
            ids.append(f"{self.auto_id}-info")
        if self.help_text:
            ids.append(f"{self.auto_id}-hint")
        ids.extend(error["id"] for error in self.error_list)
        return " ".join(ids)

    @property
    def error_list(self):
        """Each error with the id of its paragraph."""
        suffixes = ["", *(f"-{n}" for n in range(2, len(self.errors) + 1))]
        return [
            {"id": f"{self.auto_id}-error{suffix}", "message": message}
            for suffix, message in zip(suffixes, self.errors, strict=False)
        ]

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        # Choosing the empty option of radios is not an error the browser could explain better.
        for name in ("required", "aria-invalid"):
            attrs.pop(name, None)
        component = component_class(widget)
        if component and not widget.is_hidden:
            classes = [component, getattr(widget, "width_class", "")]
            if self.maximum_characters:
                classes.append("govuk-js-character-count")
            if self.component == "password":
                classes.append("govuk-password-input__input govuk-js-password-input-input")
            if self.errors and self.component in ("control", "password"):
                classes.append(f"{component}--error")
            classes.append(widget.attrs.get("class", ""))
            attrs["class"] = " ".join(filter(None, classes))
        return attrs

    def as_widget(self, widget=None, attrs=None, only_initial=False):
        """Return the control, with what only the form knows handed to the widget first."""
        own = widget or self.field.widget
        if isinstance(own, DateInput):
            own.error_parts = self.error_parts
        if isinstance(own, RadioSelect):
            own.conditional_html = {
                value: self.form[name].as_field_group() for value, name in own.conditional.items()
            }
        return super().as_widget(widget, attrs, only_initial)


class GovukRenderer(TemplatesSetting):
    form_template_name = "govuk/form.html"
    field_template_name = "govuk/field.html"
    bound_field_class = GovukBoundField
    widget_templates = {
        "django/forms/widgets/radio.html": "govuk/widgets/radios.html",
        "django/forms/widgets/checkbox_select.html": "govuk/widgets/checkboxes.html",
        "django/forms/widgets/clearable_file_input.html": "django/forms/widgets/file.html",
    }

    def get_template(self, template_name):
        return super().get_template(self.widget_templates.get(template_name, template_name))


# --- Forms -----------------------------------------------------------------------------------


class GovukFormMixin:
    """Makes any Django form print itself as GOV.UK components."""

    default_renderer = GovukRenderer
    use_required_attribute = False
    error_summary_shown = False  # set by the tag that shows it above the page's heading

    def get_context(self):
        """Return what form.html prints: fields revealed by a radio are printed under that radio."""
        context = super().get_context()
        revealed = {
            name
            for field in self.fields.values()
            for name in getattr(field.widget, "conditional", {}).values()
        }
        context["fields"] = [pair for pair in context["fields"] if pair[0].name not in revealed]
        return context


class GovukForm(GovukFormMixin, forms.Form):
    pass


class GovukModelForm(GovukFormMixin, forms.ModelForm):
    pass


# --- Fields ----------------------------------------------------------------------------------


class DateField(forms.Field):
    """A day, month and year, cleaned to a `datetime.date`; a month may be a name.

    `past_only` and `future_only` allow today.
    """

    widget = DateInput

    def __init__(self, *, past_only=False, future_only=False, **kwargs):
        super().__init__(**kwargs)
        self.past_only, self.future_only = past_only, future_only

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.date):
            return value
        label = self.label or "Date"
        missing = [part for part in DateInput.parts if not value[part]]
        if missing:
            self.fail(f"{label} must include a {' and '.join(missing)}", missing)
        if len(value["year"]) != 4 or not value["year"].isdecimal():
            self.fail("Year must include 4 numbers", ["year"])
        try:
            return datetime.date(
                int(value["year"]), month_number(value["month"]), whole_number(value["day"])
            )
        except ValueError:
            self.fail(f"{label} must be a real date", DateInput.parts)

    def validate(self, value):
        super().validate(value)
        label, today = self.label or "Date", timezone.localdate()
        if value and self.past_only and value > today:
            self.fail(f"{label} must be today or in the past", DateInput.parts)
        if value and self.future_only and value < today:
            self.fail(f"{label} must be today or in the future", DateInput.parts)

    @staticmethod
    def fail(message, parts):
        raise ValidationError(
            message.replace("%", "%%"), code="invalid", params={"parts": list(parts)}
        )


def whole_number(text):
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def month_number(text):
    """Return 1 to 12 for "1", "Jan" or "january"; ValueError for anything else."""
    for number, name in enumerate(MONTHS, start=1):
        if len(text) >= 3 and name.startswith(text.lower()):
            return number
    return whole_number(text)
